// consumers.json: who may sign tokens, and with what.

import { readCredential } from './credential.mjs';
import { decodeBase64, showWeakKey, showWeakSecret } from './key-fault.mjs';

/** @import { Credential } from './credential.mjs' */
/** @import { Entity } from './entity.mjs' */
/** @import { Consumer } from './model.mjs' */
/** @import { Random } from './random.mjs' */

/**
 * @typedef {object} ConsumerEntry
 * @property {string} id
 * @property {string} [username]
 * @property {string} [custom_id]
 * @property {Credential[]} jwt_secrets
 */

/**
 * Converts the consumers.
 *
 * @param {readonly Consumer[]} consumers each gets the id that it has not
 * @param {Random} random
 * @returns {ConsumerEntry[]}
 */
export function convertConsumers(consumers, random) {
  /** @type {Set<string>} */
  const keys = new Set();
  return consumers.map((consumer) => {
    const { entity, name, credentials } = consumer;
    const whose = name ?? consumer.id ?? entity.text('custom_id') ?? 'a consumer';
    consumer.id ??= makeId(consumer, whose, random);
    const custom = entity.text('custom_id');
    return {
      id: consumer.id,
      ...(name !== undefined && { username: name }),
      ...(custom !== undefined && { custom_id: custom }),
      jwt_secrets: credentials.flatMap((from) => {
        const credential = readCredential(from, whose, random);
        if (credential !== undefined && keys.has(credential.key)) {
          from.fault('is the key of another credential', 'key');
        }
        keys.add(credential?.key ?? '');
        return credential ?? [];
      }),
    };
  });
}

/**
 * @param {Consumer} consumer
 * @param {string} whose
 * @param {Random} random
 */
function makeId({ entity }, whose, random) {
  entity.findings.note(
    `${whose} has no id; Kong makes one up, and so does this. Write the one in consumers.json into the file to keep it.`,
  );
  return random.id();
}

/**
 * Warns of credentials that nginx will not use.
 *
 * @param {readonly Consumer[]} consumers
 * @param {readonly ConsumerEntry[]} entries in the same order, where nothing was at fault
 * @param {readonly boolean[]} bases what the policies say of secrets: whether they are base64
 */
export function warnOfWeak(consumers, entries, bases) {
  consumers.forEach(({ credentials }, at) => {
    credentials.forEach((from, nth) => {
      const { secret, jwk, algorithm } = entries[at]?.jwt_secrets[nth] ?? {};
      if (secret !== undefined) {
        checkSecret(from, secret, bases);
      }
      const weakness = jwk && showWeakKey(jwk);
      if (weakness !== undefined) {
        from.warn(`${weakness}: tokens of this credential will be refused`, 'rsa_public_key');
      }
      if (algorithm === 'EdDSA') {
        from.warn('works only where nginx was built with Ed25519', 'algorithm');
      }
    });
  });
}

/**
 * A secret that cannot be decoded would make all of consumers.json unreadable for its policy.
 *
 * @param {Entity} from
 * @param {string} secret
 * @param {readonly boolean[]} bases
 */
function checkSecret(from, secret, bases) {
  const kinds = [...new Set(bases)].map((isBase64) =>
    isBase64 ? decodeBase64(secret) : Buffer.from(secret),
  );
  if (kinds.includes(undefined)) {
    from.fault('is no base64, and a plugin says secret_is_base64', 'secret');
    return;
  }
  const [weakness] = kinds.flatMap((bytes) => (bytes && showWeakSecret(bytes)) ?? []);
  if (weakness !== undefined) {
    from.warn(`${weakness}: tokens of this credential will be refused`, 'secret');
  }
}

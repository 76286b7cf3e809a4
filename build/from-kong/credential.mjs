// One credential: the jwt_secret of Kong, and the entry of consumers.json.

import { createPublicKey } from 'node:crypto';
import { showFault } from './key-fault.mjs';
import { isExample, isPlaceholder } from './placeholder.mjs';

/** @import { Entity } from './entity.mjs' */
/** @import { Random } from './random.mjs' */

/**
 * @typedef {object} Credential
 * @property {string} key value of the key claim
 * @property {string} algorithm
 * @property {string} [secret]
 * @property {JsonWebKey} [jwk]
 */

/** @typedef {import('node:crypto').JsonWebKey} JsonWebKey */

const ALGORITHMS = [
  ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];

const UNDERSTOOD = [
  ...['key', 'algorithm', 'secret', 'rsa_public_key', 'consumer', 'id', 'tags', 'created_at'],
];

/**
 * Reads a credential. What Kong makes up where it is missing is made up here, too.
 *
 * @param {Entity} entity
 * @param {string} whose name of the consumer, for notes
 * @param {Random} random
 * @returns {Credential | undefined} nothing where it cannot be understood
 */
export function readCredential(entity, whose, random) {
  entity.warnOfOthers(UNDERSTOOD);
  tellOfPlaceholders(entity);
  const algorithm = entity.text('algorithm') ?? 'HS256';
  if (!ALGORITHMS.includes(algorithm)) {
    entity.fault(`must be one of ${ALGORITHMS.join(' ')}`, 'algorithm');
    return undefined;
  }
  const key = entity.word('key') ?? makeKey(entity, whose, random);
  return algorithm.startsWith('HS')
    ? { key, algorithm, secret: readSecret(entity, whose, random) }
    : withPublicKey(entity, key, algorithm);
}

/**
 * Whoever has read the template of the file could sign with what stands in the place of a secret.
 *
 * @param {Entity} entity
 */
function tellOfPlaceholders(entity) {
  for (const name of ['key', 'secret', 'rsa_public_key']) {
    const value = entity.get(name);
    if (typeof value === 'string' && isPlaceholder(value)) {
      entity.fault('a placeholder for another value; write the value', name);
    } else if (name === 'secret' && typeof value === 'string' && isExample(value)) {
      entity.warn('looks like an example; others may know it', name);
    }
  }
}

/**
 * @param {Entity} entity
 * @param {string} whose
 * @param {Random} random
 */
function makeKey(entity, whose, random) {
  const key = random.text();
  entity.findings.note(
    `A credential of ${whose} has no key; Kong makes one up, and so does this: ${key}. Write it into the file to keep it.`,
  );
  return key;
}

/**
 * @param {Entity} entity
 * @param {string} whose
 * @param {Random} random
 */
function readSecret(entity, whose, random) {
  const secret = entity.word('secret');
  if (secret !== undefined || entity.get('secret') !== undefined) {
    return secret ?? '';
  }
  entity.findings.note(
    `A credential of ${whose} has no secret; Kong makes one up, and so does this: it is in consumers.json.`,
  );
  return random.text();
}

/**
 * @param {Entity} entity
 * @param {string} key
 * @param {string} algorithm
 * @returns {Credential | undefined}
 */
function withPublicKey(entity, key, algorithm) {
  const pem = entity.text('rsa_public_key');
  if (pem === undefined) {
    entity.fault(`is needed for ${algorithm}`, 'rsa_public_key');
    return undefined;
  }
  const jwk = toJwk(pem);
  const fault = jwk === undefined ? 'is no public key in PEM' : showFault(jwk, algorithm);
  if (jwk === undefined || fault !== undefined) {
    entity.fault(fault ?? '', 'rsa_public_key');
    return undefined;
  }
  return { key, algorithm, jwk };
}

/**
 * @param {string} pem
 * @returns {JsonWebKey | undefined}
 */
function toJwk(pem) {
  // Of a private key Node would take the public half; but then the file holds what it should not.
  if (!pem.includes('PUBLIC KEY-----')) {
    return undefined;
  }
  try {
    return createPublicKey(pem).export({ format: 'jwk' });
  } catch {
    return undefined;
  }
}

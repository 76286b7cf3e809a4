import { digestOf } from '../digest.ts';
import { type JsonObject, member } from '../json.ts';
import { refuse } from '../refusal.ts';
import type { Algorithm } from '../signature/algorithms.ts';
import { isForSignatures } from '../signature/key-use.ts';
import { toVerificationKey } from '../signature/verification-key.ts';
import { algorithmOf, kidOf, pick, publicMembers } from './jwk.ts';
import { FILE_SETTING } from './signing-file.ts';

/**
 * Makes the JWK Set by which others verify the tokens: the public halves of all keys for signatures, be
 * the private half there or gone already. Secrets have no public half.
 *
 * @param keys keys of `$auth_jwt_signing_key_file`
 * @returns JSON
 * @throws Refusal `bad_configuration` where nothing is left to publish
 */
export function publicJwks(keys: readonly JsonObject[]): string {
  const published = keys
    .map((jwk) => toPublicJwk(jwk, algorithmOf(jwk)))
    .filter((jwk) => jwk !== undefined);
  if (published.length === 0) {
    throw refuse(
      'bad_configuration',
      FILE_SETTING,
      `$${FILE_SETTING} holds no pair of keys whose public half could be published`,
    );
  }
  return JSON.stringify({ keys: published });
}

function toPublicJwk(jwk: JsonObject, algorithm: Algorithm | undefined): JsonObject | undefined {
  if (
    algorithm === undefined ||
    algorithm.kty === 'oct' ||
    !isForSignatures(jwk, ['sign', 'verify'])
  ) {
    return undefined;
  }
  const half = pick(jwk, publicMembers(algorithm.kty));
  if (toVerificationKey(half, algorithm) === undefined) {
    return undefined;
  }
  const kid = kidOf(jwk) ?? thumbprint(half, algorithm.kty);
  return { ...half, kid, alg: algorithm.name, use: 'sig' };
}

/** RFC 7638: SHA-256 over the members that identify the key, which hold base64url and plain words. */
function thumbprint(half: JsonObject, kty: Algorithm['kty']): string {
  const pairs = publicMembers(kty).map((name) => `"${name}":"${String(member(half, name))}"`);
  return digestOf(`{${pairs.join(',')}}`);
}

import { decodeBase64url } from '../base64url.ts';
import { type JsonObject, member } from '../json.ts';
import type { Algorithm } from '../signature/algorithms.ts';
import { toVerificationKey, type VerificationKey } from '../signature/verification-key.ts';
import { pick, privateMembers, publicMembers } from './jwk.ts';

/** Key material that has been checked, ready for `importKey`. Never kept, never written. */
export interface SigningKey {
  readonly algorithm: Algorithm;
  /** Header of the tokens; `undefined` where the key has no name. */
  readonly kid: string | undefined;
  readonly format: 'jwk' | 'raw';
  /** The secret, or a JWK with nothing in it but the pair. */
  readonly data: object;
  /** The half that verifies. */
  readonly verification: VerificationKey;
}

/** What is wanted of a key, for the log. */
export const WANTED =
  'RSA keys need 2048 bits at least and all of n, e, d, p, q, dp, dq and qi, secrets 32 bytes at ' +
  'least, and everything must be base64url without padding';

/**
 * Checks a private key and takes from it what signs, and no more. What signs must be as strong as what
 * would be accepted: the public half is held to the rules of verification.
 *
 * @param jwk a key of the algorithm's type and curve
 * @param algorithm what to sign with
 * @param kid name of the key, if it has one
 * @returns `undefined` where the key is too weak, incomplete or malformed
 */
export function toSigningKey(
  jwk: JsonObject,
  algorithm: Algorithm,
  kid: string | undefined,
): SigningKey | undefined {
  const halves = [publicMembers(algorithm.kty), privateMembers(algorithm.kty)] as const;
  const verification = toVerificationKey(pick(jwk, halves[0]), algorithm);
  if (verification === undefined || !halves[1].every((name) => isPrivate(jwk, name, algorithm))) {
    return undefined;
  }
  const [format, data] =
    verification.format === 'raw'
      ? (['raw', verification.data] as const)
      : (['jwk', pick(jwk, halves[0].concat(halves[1]))] as const);
  return { algorithm, kid, format, data, verification };
}

/** Canonical base64url, and as long as a coordinate where there are coordinates. */
function isPrivate(jwk: JsonObject, name: string, { coordinateLength }: Algorithm): boolean {
  const text = member(jwk, name);
  const bytes = typeof text === 'string' ? decodeBase64url(text) : undefined;
  return (
    bytes !== undefined &&
    bytes.length > 0 &&
    (coordinateLength === undefined || bytes.length === coordinateLength)
  );
}

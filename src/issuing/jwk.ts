import { type JsonObject, member } from '../json.ts';
import { type Algorithm, findAlgorithm } from '../signature/algorithms.ts';

/**
 * Members that identify a key, in the order of RFC 7638, section 3.2, which is that of the letters; for
 * a pair they are the public half (RFC 7518, section 6; RFC 8037, section 2).
 */
const PUBLIC_MEMBERS: { readonly [Kty in Algorithm['kty']]: readonly string[] } = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  oct: ['k', 'kty'],
};

/** What signs, beside the public half: for RSA all of RFC 7518, section 6.3.2, for njs takes no less. */
const PRIVATE_MEMBERS: { readonly [Kty in Algorithm['kty']]: readonly string[] } = {
  RSA: ['d', 'p', 'q', 'dp', 'dq', 'qi'],
  EC: ['d'],
  OKP: ['d'],
  oct: [],
};

/** Names of the members that identify a key of this type, in the order of their letters. */
export function publicMembers(kty: Algorithm['kty']): readonly string[] {
  return PUBLIC_MEMBERS[kty];
}

/** Names of the members that make it a private key; none for a secret. */
export function privateMembers(kty: Algorithm['kty']): readonly string[] {
  return PRIVATE_MEMBERS[kty];
}

/**
 * Takes some members of a JWK, and nothing else. A list of what to take cannot forget what to leave.
 *
 * @param jwk any key
 * @param names the members; those that it does not have are left out
 */
export function pick(jwk: JsonObject, names: readonly string[]): JsonObject {
  const picked: { [name: string]: JsonObject[string] } = {};
  for (const name of names) {
    const value = member(jwk, name);
    if (value !== undefined) {
      picked[name] = value;
    }
  }
  return picked;
}

/**
 * Tells what a key signs with: its own `alg`, or where it has none the one that its type and curve
 * suggest.
 *
 * @param jwk any key
 * @returns `undefined` where that is nothing that there is here, or another type of key
 */
export function algorithmOf(jwk: JsonObject): Algorithm | undefined {
  const alg = member(jwk, 'alg') ?? suggested(jwk);
  const algorithm = typeof alg === 'string' ? findAlgorithm(alg) : undefined;
  const fits =
    algorithm !== undefined &&
    member(jwk, 'kty') === algorithm.kty &&
    (algorithm.crv === undefined || member(jwk, 'crv') === algorithm.crv);
  return fits ? algorithm : undefined;
}

function suggested(jwk: JsonObject): string {
  const kty = member(jwk, 'kty');
  if (kty === 'RSA') {
    return 'RS256';
  }
  if (kty === 'oct') {
    return 'HS256';
  }
  switch (member(jwk, 'crv')) {
    case 'P-256':
      return 'ES256';
    case 'P-384':
      return 'ES384';
    case 'P-521':
      return 'ES512';
    case 'Ed25519':
      return 'EdDSA';
    default:
      return '';
  }
}

/** The name of a key; a `kid` that is no text is none. */
export function kidOf(jwk: JsonObject): string | undefined {
  const kid = member(jwk, 'kid');
  return typeof kid === 'string' ? kid : undefined;
}

import { decodeBase64url } from '../base64url.ts';
import { type JsonObject, member } from '../json.ts';
import type { Algorithm } from './algorithms.ts';
import { encodeRsaKey } from './spki.ts';
import type { ImportedKey } from './subtle.ts';

/** Fewest bits of an RSA modulus (RFC 7518, section 3.3). */
export const MIN_RSA_BITS = 2048;

/** Most bits of an RSA modulus: what one verification may cost is bounded by it. */
export const MAX_RSA_BITS = 8192;

/** Longest modulus that njs takes from a JWK, in bytes; a longer one it takes as SPKI. */
const MAX_JWK_MODULUS_BYTES = 512;

/** Most bytes of an RSA exponent. */
export const MAX_RSA_EXPONENT_BYTES = 8;

/**
 * Fewest bytes of an HMAC secret. RFC 7518, section 3.2 wants as many as the hash has; 32 are asked
 * for whatever the hash, for a secret of 256 bits cannot be guessed and many HS512 secrets in use
 * have no more.
 */
export const MIN_HMAC_BYTES = 32;

/** Key material that has been checked, ready for `importKey`. */
export interface VerificationKey {
  readonly format: 'jwk' | 'raw' | 'spki';
  /** The secret, or nothing but the public key. */
  readonly data: object;
  /** Length of a signature by this key in bytes. */
  readonly signatureLength: number;
  /** `kid` of the key (RFC 7517, section 4.5), if it has one. */
  readonly kid?: string;
  /** The issuers whose tokens it may sign; absent: any. */
  readonly issuers?: readonly string[];
  /** The key as WebCrypto has it, once it has been imported for the one algorithm it was made for. */
  imported?: ImportedKey;
}

/**
 * Checks the material of a JWK and takes from it what verifies, and no more. njs imports nearly
 * anything: an empty modulus, an exponent of 1, coordinates of the wrong length; so nothing is left
 * to it (RFC 7518, section 6; RFC 8037, section 2).
 *
 * @param jwk a key whose `kty` and `crv` fit the algorithm
 * @param algorithm what to verify with it
 * @returns the material, or `undefined` where the key cannot be used
 */
export function toVerificationKey(
  jwk: JsonObject,
  algorithm: Algorithm,
): VerificationKey | undefined {
  switch (algorithm.kty) {
    case 'RSA':
      return rsaKey(jwk);
    case 'EC':
      return ecKey(jwk, algorithm);
    case 'OKP':
      return okpKey(jwk, algorithm);
    case 'oct':
      return hmacKey(jwk, algorithm);
  }
}

function rsaKey(jwk: JsonObject): VerificationKey | undefined {
  const n = publicBytes(jwk, 'n');
  const e = publicBytes(jwk, 'e');
  if (!n || !e || !isRsaModulus(n) || !isRsaExponent(e)) {
    return undefined;
  }
  const signatureLength = n.length;
  if (n.length > MAX_JWK_MODULUS_BYTES) {
    return { format: 'spki', data: encodeRsaKey(n, e), signatureLength };
  }
  return {
    format: 'jwk',
    data: { kty: 'RSA', n: member(jwk, 'n'), e: member(jwk, 'e') },
    signatureLength,
  };
}

/** Odd, without leading zeros, of a length between the two limits. */
function isRsaModulus(n: Buffer): boolean {
  const first = n[0] ?? 0;
  const last = n[n.length - 1] ?? 0;
  const bits = 8 * (n.length - 1) + bitLength(first);
  return first !== 0 && last % 2 === 1 && bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS;
}

/** Odd and at least 3: with an exponent of 1 every message is its own signature. */
function isRsaExponent(e: Buffer): boolean {
  const first = e[0] ?? 0;
  const last = e[e.length - 1] ?? 0;
  return (
    e.length <= MAX_RSA_EXPONENT_BYTES &&
    first !== 0 &&
    last % 2 === 1 &&
    (e.length > 1 || last >= 3)
  );
}

function bitLength(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) {
    bits += 1;
  }
  return bits;
}

function ecKey(jwk: JsonObject, algorithm: Algorithm): VerificationKey | undefined {
  const x = publicBytes(jwk, 'x');
  const y = publicBytes(jwk, 'y');
  const { crv, coordinateLength, signatureLength = 0 } = algorithm;
  if (!x || !y || x.length !== coordinateLength || y.length !== coordinateLength) {
    return undefined;
  }
  const data = { kty: 'EC', crv, x: member(jwk, 'x'), y: member(jwk, 'y') };
  return { format: 'jwk', data, signatureLength };
}

function okpKey(jwk: JsonObject, algorithm: Algorithm): VerificationKey | undefined {
  const x = publicBytes(jwk, 'x');
  const { crv, coordinateLength, signatureLength = 0 } = algorithm;
  if (!x || x.length !== coordinateLength) {
    return undefined;
  }
  return { format: 'jwk', data: { kty: 'OKP', crv, x: member(jwk, 'x') }, signatureLength };
}

/** Imported raw: as a JWK, njs 0.8.9 gives the key no hash and 1.0 refuses it where `alg` is absent. */
function hmacKey(jwk: JsonObject, algorithm: Algorithm): VerificationKey | undefined {
  const secret = bytes(jwk, 'k');
  const { signatureLength = 0 } = algorithm;
  if (!secret || secret.length < MIN_HMAC_BYTES) {
    return undefined;
  }
  return { format: 'raw', data: secret, signatureLength };
}

/** A member of a public key. A private key that somebody published vouches for nothing. */
function publicBytes(jwk: JsonObject, name: string): Buffer | undefined {
  return member(jwk, 'd') === undefined ? bytes(jwk, name) : undefined;
}

function bytes(jwk: JsonObject, name: string): Buffer | undefined {
  const text = member(jwk, name);
  return typeof text === 'string' ? decodeBase64url(text) : undefined;
}

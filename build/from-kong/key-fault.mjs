// What speaks against a key: a fault, or that this project does not use it.

/** @import { JsonWebKey } from 'node:crypto' */

/** Fewest bytes of an HMAC secret that is used. */
export const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;

/** @type {Readonly<Record<string, string>>} */
const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', EdDSA: 'Ed25519' };

/**
 * @param {JsonWebKey} jwk
 * @param {string} algorithm
 * @returns {string | undefined} why the algorithm cannot be used with the key at all
 */
export function showFault(jwk, algorithm) {
  const curve = CURVES[algorithm];
  const fits = curve === undefined ? jwk.kty === 'RSA' : jwk.crv === curve;
  return fits ? undefined : `is no key for ${algorithm}: ${curve ?? 'RSA'} is needed`;
}

/**
 * @param {JsonWebKey} jwk
 * @returns {string | undefined} why the key is not good enough
 */
export function showWeakKey({ kty, n = '' }) {
  const bytes = Buffer.from(n, 'base64url');
  const bits = 8 * bytes.length - Math.clz32(bytes[0] ?? 0) + 24;
  return kty === 'RSA' && bits < MIN_RSA_BITS
    ? `has ${bits} bits; RSA keys under ${MIN_RSA_BITS} are not used`
    : undefined;
}

/**
 * @param {Buffer} bytes of a secret
 * @returns {string | undefined} why the secret is not good enough
 */
export function showWeakSecret(bytes) {
  return bytes.length < MIN_SECRET_BYTES
    ? `has ${bytes.length} bytes; HMAC secrets under ${MIN_SECRET_BYTES} are not used`
    : undefined;
}

/**
 * Base64 of either alphabet, with its padding or without, as Kong takes it.
 *
 * @param {string} text
 * @returns {Buffer | undefined}
 */
export function decodeBase64(text) {
  const bare = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={0,2}$/, '');
  const bytes = Buffer.from(bare, 'base64');
  return bytes.toString('base64').replace(/={0,2}$/, '') === bare ? bytes : undefined;
}

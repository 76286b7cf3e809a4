// The fixed keys of test/vectors/own-keys.json, as what signs and as what a key set says of them.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rsaKey, toBytes } from './rsa.mjs';

/** @typedef {{ [name: string]: unknown }} Jwk */
/** @typedef {import('./rsa.mjs').RsaKey} RsaKey */

/** @type {{ rsa_primes: Record<string, string[]>, jwk: Record<string, Jwk>, secret: Record<string, string> }} */
const STORED = JSON.parse(
  readFileSync(new URL('../../test/vectors/own-keys.json', import.meta.url), 'utf8'),
);

/** @param {Buffer | string} value */
export const b64 = (value) => Buffer.from(/** @type {string} */ (value)).toString('base64url');

/**
 * A pair of RSA.
 *
 * @param {string} name `r1`, or `r` and the bits of the modulus
 * @param {bigint} [e] another exponent than 65537
 */
export function rsa(name, e) {
  const primes = STORED.rsa_primes[name];
  if (!primes) {
    throw new Error(`there is no key ${name}`);
  }
  return rsaKey(
    primes.map((prime) => BigInt(`0x${prime}`)),
    e,
  );
}

/**
 * The public half as a JWK (RFC 7518, section 6.3.1).
 *
 * @param {RsaKey} key
 * @param {object} [members] what else it says
 * @returns {Jwk}
 */
export function rsaJwk({ n, e }, members = {}) {
  return { kty: 'RSA', n: b64(toBytes(n)), e: b64(toBytes(e)), ...members };
}

/**
 * A private key of a curve, for `crypto.sign`.
 *
 * @param {string} name
 */
export function curveKey(name) {
  return createPrivateKey({ key: /** @type {never} */ (privateJwk(name)), format: 'jwk' });
}

/** @param {string} name */
export function privateJwk(name) {
  const jwk = STORED.jwk[name];
  if (!jwk) {
    throw new Error(`there is no key ${name}`);
  }
  return jwk;
}

/**
 * The public half of it as a JWK.
 *
 * @param {string} name
 * @param {object} [members]
 * @returns {Jwk}
 */
export function curveJwk(name, members = {}) {
  const { d: _private, ...rest } = privateJwk(name);
  return { ...rest, ...members };
}

/**
 * A secret.
 *
 * @param {string} name
 */
export function secret(name) {
  return Buffer.from(STORED.secret[name] ?? '', 'base64url');
}

/**
 * @param {Buffer | string} bytes
 * @param {object} [members]
 * @returns {Jwk}
 */
export function octJwk(bytes, members = {}) {
  return { kty: 'oct', k: b64(bytes), ...members };
}

/**
 * A public key in a form of OpenSSL's.
 *
 * @param {Jwk} jwk
 * @param {'spki' | 'pkcs1'} type
 * @param {'pem' | 'der'} format
 * @returns {Buffer}
 */
export function encodePublic(jwk, type, format) {
  const key = createPublicKey({ key: /** @type {never} */ (jwk), format: 'jwk' });
  return Buffer.from(
    /** @type {never} */ (key.export({ type, format: /** @type {never} */ (format) })),
  );
}

export const R1 = rsa('r1');
export const R2 = rsa('r2');
export const H1 = secret('h1');

/** Key sets by name. None of the keys has an `alg`, so that it is the token that would have to be believed. */
export const KEYSETS = {
  rsa: { keys: [rsaJwk(R1, { kid: 'r1' })] },
  ec: { keys: [curveJwk('e1', { kid: 'e1' })] },
  ec384: { keys: [curveJwk('e3', { kid: 'e3' })] },
  ec521: { keys: [curveJwk('e5', { kid: 'e5' })] },
  ed: { keys: [curveJwk('d1', { kid: 'd1' })] },
  hmac: { keys: [octJwk(H1, { kid: 'h1' })] },
  all: {
    keys: [
      rsaJwk(R1, { kid: 'r1' }),
      curveJwk('e1', { kid: 'e1' }),
      curveJwk('e3', { kid: 'e3' }),
      curveJwk('e5', { kid: 'e5' }),
      octJwk(H1, { kid: 'h1' }),
    ],
  },
};

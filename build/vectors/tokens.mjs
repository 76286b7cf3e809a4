// Tokens, well-formed or not, with any signature (RFC 7515, section 5.1).

import { createHmac, sign } from 'node:crypto';
import { b64, curveKey, H1, R1 } from './keys.mjs';
import { encodePkcs1, encodePss, rsaRaw } from './rsa.mjs';

/** @typedef {import('./rsa.mjs').HashName} HashName */
/** @typedef {(input: Buffer) => Buffer} Signer */
/** @typedef {object | string | Buffer} Part an object becomes JSON; a text or bytes stand as they are */

/** What every policy here accepts; `exp` is far away, so that nginx may see the token by its own clock. */
export const CLAIMS = {
  iss: 'https://issuer.example',
  sub: 'alice',
  aud: 'api',
  iat: 1699999990,
  exp: 4102444800,
};

/** The clock of the cases, in seconds since the epoch. */
export const NOW = 1700000000;

/**
 * @param {string} alg of RFC 7518
 * @returns {HashName}
 */
const hashOf = (alg) => /** @type {HashName} */ (`sha${alg.slice(-3)}`);

/**
 * Signs with RSASSA-PKCS1-v1_5.
 *
 * @param {string} alg
 * @returns {Signer}
 */
export function rs(alg = 'RS256', key = R1) {
  return (input) => rsaRaw(key, encodePkcs1(input, hashOf(alg), key.length));
}

/**
 * Signs with RSASSA-PSS.
 *
 * @param {string} alg
 * @param {Partial<Parameters<typeof encodePss>[1]>} [options]
 * @returns {Signer}
 */
export function ps(alg = 'PS256', options = {}, key = R1) {
  const hash = hashOf(alg);
  const salt = Number(alg.slice(-3)) / 8;
  return (input) =>
    rsaRaw(key, encodePss(input, { hash, salt, ...options }, key.n.toString(2).length));
}

/**
 * Signs with ECDSA: r and s, one after the other. Another signature each time.
 *
 * @param {string} name of the key
 * @param {string} alg
 * @param {'ieee-p1363' | 'der'} [dsaEncoding]
 * @returns {Signer}
 */
export function es(name = 'e1', alg = 'ES256', dsaEncoding = 'ieee-p1363') {
  return (input) => sign(hashOf(alg), input, { key: curveKey(name), dsaEncoding });
}

/** @returns {Signer} */
export function ed(name = 'd1') {
  return (input) => sign(null, input, curveKey(name));
}

/**
 * @param {Buffer | string} secret
 * @param {string} alg
 * @returns {Signer}
 */
export function hs(secret = H1, alg = 'HS256') {
  return (input) => createHmac(hashOf(alg), secret).update(input).digest();
}

/** No signature at all. */
export const unsigned = () => Buffer.alloc(0);

/**
 * One part of a token.
 *
 * @param {Part} part
 */
export function encode(part) {
  const isText = typeof part === 'string' || Buffer.isBuffer(part);
  return b64(isText ? part : JSON.stringify(part));
}

/**
 * A token.
 *
 * @param {Part} header
 * @param {Part} [claims]
 * @param {Signer} [signer] by default HMAC with the secret `h1`
 */
export function token(header, claims = CLAIMS, signer = hs()) {
  return seal(encode(header), encode(claims), signer);
}

/**
 * A token of parts that are encoded already, well or not; the signature covers them as they stand.
 *
 * @param {string} header
 * @param {string} payload
 * @param {Signer} [signer]
 */
export function seal(header, payload, signer = hs()) {
  const input = `${header}.${payload}`;
  return `${input}.${b64(signer(Buffer.from(input)))}`;
}

/** Header of most tokens here: HMAC makes them short. */
export const HS = { alg: 'HS256', kid: 'h1' };
export const RS = { alg: 'RS256', kid: 'r1' };
export const ES = { alg: 'ES256', kid: 'e1' };

/** A good token of each kind, to be spoiled. */
export const goodHs = () => token(HS);
export const goodRs = () => token(RS, CLAIMS, rs());

// RSA by hand, for keys that no library makes and signatures that none gives (RFC 8017).

import { createHash } from 'node:crypto';

/**
 * @typedef {object} RsaKey
 * @property {bigint} n modulus
 * @property {bigint} e public exponent
 * @property {bigint} d private exponent; 0 where the exponent has none
 * @property {readonly bigint[]} primes factors of the modulus, two or more
 * @property {number} length bytes of the modulus
 */

/** DER of each DigestInfo, without the digest (RFC 8017, section 9.2, note 1). */
export const DIGEST_INFO = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** @typedef {keyof typeof DIGEST_INFO} HashName */

/**
 * @param {readonly bigint[]} primes
 * @param {bigint} e
 * @returns {RsaKey}
 */
export function rsaKey(primes, e = 65537n) {
  const n = primes.reduce((product, prime) => product * prime);
  const order = primes.reduce((product, prime) => product * (prime - 1n), 1n);
  return { n, e, d: inverse(e, order), primes, length: Math.ceil(n.toString(2).length / 8) };
}

/**
 * The signature of an encoded message: RSASP1 of RFC 8017, section 5.2.1, prime by prime.
 *
 * @param {RsaKey} key
 * @param {Buffer} encoded
 */
export function rsaRaw({ n, d, primes, length }, encoded) {
  const message = toInteger(encoded);
  let result = 0n;
  for (const prime of primes) {
    const rest = n / prime;
    const part = power(message % prime, d % (prime - 1n), prime);
    result += part * rest * inverse(rest % prime, prime);
  }
  return toBytes(result % n, length);
}

/**
 * EMSA-PKCS1-v1_5 (RFC 8017, section 9.2).
 *
 * @param {Buffer} input what is signed
 * @param {HashName} hash
 * @param {number} length bytes of the modulus
 */
export function encodePkcs1(input, hash, length) {
  return padPkcs1(
    Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest(hash, input)]),
    length,
  );
}

/**
 * The padding by itself: `00 01 ff … ff 00` and what it is given.
 *
 * @param {Buffer} content
 * @param {number} length
 */
export function padPkcs1(content, length) {
  const fill = Buffer.alloc(length - content.length - 3, 0xff);
  return Buffer.concat([Buffer.from([0, 1]), fill, Buffer.from([0]), content]);
}

/**
 * EMSA-PSS (RFC 8017, section 9.1), with a salt that follows from the input: the same file each time.
 *
 * @param {Buffer} input what is signed
 * @param {{ hash: HashName, mgf?: HashName, salt: number, trailer?: number }} options
 * @param {number} bits of the modulus
 */
export function encodePss(input, { hash, mgf = hash, salt, trailer = 0xbc }, bits) {
  const length = Math.ceil((bits - 1) / 8);
  const salted = stretch('sha512', input, salt);
  const mHash = digest(hash, input);
  const h = digest(hash, Buffer.concat([Buffer.alloc(8), mHash, salted]));
  const fill = Buffer.alloc(length - salt - h.length - 2);
  const db = Buffer.concat([fill, Buffer.from([1]), salted]);
  const mask = stretch(mgf, h, db.length);
  const masked = Buffer.from(db.map((byte, index) => byte ^ (mask[index] ?? 0)));
  masked.writeUInt8(masked.readUInt8(0) & (0xff >> (8 * length - bits + 1)), 0);
  return Buffer.concat([masked, h, Buffer.from([trailer])]);
}

/**
 * MGF1 (RFC 8017, appendix B.2.1).
 *
 * @param {HashName} hash
 * @param {Buffer} seed
 * @param {number} length
 */
function stretch(hash, seed, length) {
  const blocks = [];
  for (let counter = 0; blocks.length * digest(hash, seed).length < length; counter += 1) {
    const suffix = Buffer.alloc(4);
    suffix.writeUInt32BE(counter);
    blocks.push(digest(hash, Buffer.concat([seed, suffix])));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/**
 * @param {HashName} hash
 * @param {Buffer} input
 */
export function digest(hash, input) {
  return createHash(hash).update(input).digest();
}

/** @param {Buffer} bytes */
export function toInteger(bytes) {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

/**
 * Big-endian bytes, as many as the number needs, or with zeros before them.
 *
 * @param {bigint} value
 * @param {number} [length]
 */
export function toBytes(value, length) {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Buffer.from(length === undefined ? even : even.padStart(2 * length, '0'), 'hex');
}

/**
 * @param {bigint} base
 * @param {bigint} exponent
 * @param {bigint} modulus
 */
function power(base, exponent, modulus) {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) {
      result = (result * square) % modulus;
    }
    square = (square * square) % modulus;
  }
  return result;
}

/**
 * @param {bigint} value
 * @param {bigint} modulus
 * @returns 0 where there is none
 */
function inverse(value, modulus) {
  let [a, b] = [value % modulus, modulus];
  let [x, y] = [1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : 0n;
}

// Keys that a seed decides: WebCrypto makes others each time, and a case could not be had again.

import {
  checkPrimeSync,
  createECDH,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
} from 'node:crypto';
import type { Random } from './random.ts';

/** A private key or a secret, as a JWK (RFC 7517). */
export type Material = JsonWebKey & { readonly kty: 'RSA' | 'EC' | 'OKP' | 'oct' };

/** Curves of ECDSA as JWK and OpenSSL call them, with the length of a coordinate in bytes and the order. */
export const CURVES = {
  'P-256': {
    openssl: 'prime256v1',
    length: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'P-384': {
    openssl: 'secp384r1',
    length: 48,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  'P-521': {
    openssl: 'secp521r1',
    length: 66,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
} as const;

/** Name of a curve of ECDSA. */
export type Curve = keyof typeof CURVES;

const PUBLIC_EXPONENT = 65537n;

/** Makes an RSA key. `bits` is a multiple of 16. */
export function rsaMaterial(random: Random, bits: number): Material {
  const [p, q] = [prime(random, bits / 2), prime(random, bits / 2)];
  const d = inverse(PUBLIC_EXPONENT, (p - 1n) * (q - 1n));
  return {
    kty: 'RSA',
    n: encode(p * q),
    e: encode(PUBLIC_EXPONENT),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(d % (p - 1n)),
    dq: encode(d % (q - 1n)),
    qi: encode(inverse(q, p)),
  };
}

/** Makes a key for ECDSA. */
export function ecMaterial(random: Random, crv: Curve): Material {
  const { openssl, length, order } = CURVES[crv];
  const d = toBytes((toNumber(random.bytes(length)) % (order - 1n)) + 1n, length);
  const ecdh = createECDH(openssl);
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 1 + length), point.subarray(1 + length)];
  return { kty: 'EC', crv, x: text(x), y: text(y), d: text(d) };
}

/** Makes a key for Ed25519. */
export function edMaterial(random: Random): Material {
  // The head of PKCS #8 for it (RFC 8410, section 7).
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    random.bytes(32),
  ]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { ...key.export({ format: 'jwk' }), kty: 'OKP' };
}

/** Makes a secret of so many bytes. */
export function secretMaterial(random: Random, length: number): Material {
  return { kty: 'oct', k: text(random.bytes(length)) };
}

/** What others may know of a key; a secret as a whole, for those who verify with it. */
export function publicHalf(material: Material): JsonWebKey {
  if (material.kty === 'oct') {
    return { ...material };
  }
  const { kty, crv, n, e, x, y } = createPublicKey({
    key: createPrivateKey({ key: material, format: 'jwk' }),
  } as never).export({ format: 'jwk' });
  return JSON.parse(JSON.stringify({ kty, crv, n, e, x, y }));
}

/** The inverse of a number, by the algorithm of Euclid. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next, factor, nextFactor] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return ((factor % modulus) + modulus) % modulus;
}

/** Bytes as a number, the greatest first. */
export function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

/** A number as so many bytes. */
export function toBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
}

function prime(random: Random, bits: number): bigint {
  const bytes = random.bytes(bits / 8);
  // So that the product of two of them has all its bits, and is odd.
  bytes[0] = (bytes[0] as number) | 0xc0;
  let candidate = toNumber(bytes) | 1n;
  while (!isPrime(candidate) || (candidate - 1n) % PUBLIC_EXPONENT === 0n) {
    candidate += 2n;
  }
  return candidate;
}

/** Divided by small numbers first: most have such a factor, and the real test is slow. */
function isPrime(candidate: bigint): boolean {
  for (let divisor = 3n; divisor < 500n; divisor += 2n) {
    if (candidate % divisor === 0n) {
      return false;
    }
  }
  return checkPrimeSync(candidate);
}

function encode(value: bigint): string {
  const hex = value.toString(16);
  return text(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url');
}

import { describe, expect, test } from 'vitest';
import { ALGORITHM_NAMES, findAlgorithm } from '../../../src/signature/algorithms.ts';

const PKCS1 = 'RSASSA-PKCS1-v1_5';

/** RFC 7518, section 3.1, RFC 8037 and RFC 9864, with what WebCrypto is told. */
const TABLE = [
  ['RS256', { kty: 'RSA' }, { name: PKCS1, hash: 'SHA-256' }, { name: PKCS1 }],
  ['RS384', { kty: 'RSA' }, { name: PKCS1, hash: 'SHA-384' }, { name: PKCS1 }],
  ['RS512', { kty: 'RSA' }, { name: PKCS1, hash: 'SHA-512' }, { name: PKCS1 }],
  [
    'PS256',
    { kty: 'RSA' },
    { name: 'RSA-PSS', hash: 'SHA-256' },
    { name: 'RSA-PSS', saltLength: 32 },
  ],
  [
    'PS384',
    { kty: 'RSA' },
    { name: 'RSA-PSS', hash: 'SHA-384' },
    { name: 'RSA-PSS', saltLength: 48 },
  ],
  [
    'PS512',
    { kty: 'RSA' },
    { name: 'RSA-PSS', hash: 'SHA-512' },
    { name: 'RSA-PSS', saltLength: 64 },
  ],
  [
    'ES256',
    ec('P-256', 32),
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', hash: 'SHA-256' },
  ],
  [
    'ES384',
    ec('P-384', 48),
    { name: 'ECDSA', namedCurve: 'P-384' },
    { name: 'ECDSA', hash: 'SHA-384' },
  ],
  [
    'ES512',
    ec('P-521', 66),
    { name: 'ECDSA', namedCurve: 'P-521' },
    { name: 'ECDSA', hash: 'SHA-512' },
  ],
  [
    'HS256',
    { kty: 'oct', signatureLength: 32 },
    { name: 'HMAC', hash: 'SHA-256' },
    { name: 'HMAC' },
  ],
  [
    'HS384',
    { kty: 'oct', signatureLength: 48 },
    { name: 'HMAC', hash: 'SHA-384' },
    { name: 'HMAC' },
  ],
  [
    'HS512',
    { kty: 'oct', signatureLength: 64 },
    { name: 'HMAC', hash: 'SHA-512' },
    { name: 'HMAC' },
  ],
  ['EdDSA', okp(), { name: 'Ed25519' }, { name: 'Ed25519' }],
  ['Ed25519', okp(), { name: 'Ed25519' }, { name: 'Ed25519' }],
] as const;

function ec(crv: string, coordinateLength: number) {
  return { kty: 'EC', crv, coordinateLength, signatureLength: 2 * coordinateLength };
}

function okp() {
  return { kty: 'OKP', crv: 'Ed25519', coordinateLength: 32, signatureLength: 64 };
}

test('the table is complete, and holds nothing else', () => {
  expect(ALGORITHM_NAMES).toEqual(TABLE.map(([name]) => name));
});

test.each(TABLE)('%s', (name, key, importParameters, verifyParameters) => {
  expect(findAlgorithm(name)).toEqual({ name, ...key, importParameters, verifyParameters });
});

describe('is no algorithm', () => {
  test.each([
    ...['', 'none', 'None', 'NONE', 'nOnE', 'no\u200bne', ' none', 'plain', 'null', 'undefined'],
    ...['rs256', 'Rs256', 'RS256 ', ' RS256', 'RS256\0', 'RS1', 'RS265', 'HS1', 'ES521', 'ES256K'],
    ...['Ed448', 'eddsa', 'EDDSA', 'RSA-OAEP', 'dir', 'A128KW', 'ECDH-ES', '0', '13', 'length'],
    ...['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf', 'RS256,HS256'],
  ])('%j', (name) => {
    expect(findAlgorithm(name)).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { type Algorithm, findAlgorithm } from '../../../src/signature/algorithms.ts';
import { toVerificationKey } from '../../../src/signature/verification-key.ts';
import { rows } from '../../support/rows.ts';

const read = (jwk: JsonObject, alg: string) =>
  toVerificationKey(jwk, findAlgorithm(alg) as Algorithm);

const encode = (bytes: readonly number[] | Buffer) => Buffer.from(bytes).toString('base64url');

/** A number of so many bits, odd. */
function modulus(bits: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0x5b);
  bytes[0] = 1 << ((bits - 1) % 8);
  return bytes;
}

/** Things that stand for no bytes in any member of any key. */
const NO_BYTES = [undefined, null, '', 1, true, ['AQAB'], {}, 'AQAB=', 'AQ+B', 'AQ B', '!', 'A'];

describe('RSA', () => {
  const n = encode(modulus(2048));
  const rsa = (members: object) =>
    read({ kty: 'RSA', n, e: 'AQAB', ...members } as JsonObject, 'RS256');

  test('leaves a key with nothing in it but modulus and exponent', () => {
    const jwk = { kid: 'a', alg: 'RS256', use: 'sig', key_ops: ['verify'], x5c: ['x'], ext: true };
    expect(rsa(jwk)).toEqual({
      format: 'jwk',
      data: { kty: 'RSA', n, e: 'AQAB' },
      signatureLength: 256,
    });
  });

  test.each([
    [2048, 256],
    [2049, 257],
    [3072, 384],
    [4096, 512],
    [8192, 1024],
  ])('takes %d bits, and signatures of %d bytes', (bits, signatureLength) => {
    expect(rsa({ n: encode(modulus(bits)) })).toMatchObject({ signatureLength });
  });

  test.each([8, 512, 1024, 2040, 2047, 8193, 16384])('does not take %d bits', (bits) => {
    expect(rsa({ n: encode(modulus(bits)) })).toBeUndefined();
  });

  test('does not count zeros in front of the modulus', () => {
    expect(rsa({ n: encode([...Buffer.alloc(128), ...modulus(1024)]) })).toBeUndefined();
    expect(rsa({ n: encode([0, ...modulus(2048)]) })).toBeUndefined();
  });

  test('does not take an even modulus', () => {
    const even = modulus(2048);
    even[255] = 0x5a;
    expect(rsa({ n: encode(even) })).toBeUndefined();
  });

  test.each([
    ['3', [3]],
    ['17', [17]],
    ['257', [1, 1]],
    ['65537', [1, 0, 1]],
    ['a number of eight bytes', [1, 0, 0, 0, 0, 0, 0, 1]],
  ])('takes the exponent %s', (_what, e) => {
    expect(rsa({ e: encode(e) })).toBeDefined();
  });

  test.each([
    ['0', [0]],
    ['1', [1]],
    ['2', [2]],
    ['65536', [1, 0, 0]],
    ['1 with a zero in front', [0, 1]],
    ['3 with a zero in front', [0, 3]],
    ['a number of nine bytes', [1, 0, 0, 0, 0, 0, 0, 0, 1]],
  ])('does not take the exponent %s', (_what, e) => {
    expect(rsa({ e: encode(e) })).toBeUndefined();
  });

  test.each(rows(NO_BYTES))('does not take $value for modulus or exponent', ({ value }) => {
    expect(rsa({ n: value })).toBeUndefined();
    expect(rsa({ e: value })).toBeUndefined();
  });

  test('does not take a private key that somebody published', () => {
    expect(rsa({ d: 'AQAB' })).toBeUndefined();
    expect(rsa({ d: null })).toBeUndefined();
  });
});

describe.each([
  ['ES256', 'P-256', 32],
  ['ES384', 'P-384', 48],
  ['ES512', 'P-521', 66],
])('EC with %s', (alg, crv, length) => {
  const x = encode(Buffer.alloc(length, 1));
  const y = encode(Buffer.alloc(length, 2));
  const ec = (members: object) => read({ kty: 'EC', crv, x, y, ...members } as JsonObject, alg);

  test('leaves a key with nothing in it but the point', () => {
    expect(ec({ kid: 'a', alg, use: 'sig' })).toEqual({
      format: 'jwk',
      data: { kty: 'EC', crv, x, y },
      signatureLength: 2 * length,
    });
  });

  test('takes coordinates of the length of the curve only', () => {
    for (const wrong of [0, 1, length - 1, length + 1, 2 * length]) {
      expect(ec({ x: encode(Buffer.alloc(wrong, 1)) })).toBeUndefined();
      expect(ec({ y: encode(Buffer.alloc(wrong, 1)) })).toBeUndefined();
    }
  });

  test.each(rows(NO_BYTES))('does not take $value for a coordinate', ({ value }) => {
    expect(ec({ x: value })).toBeUndefined();
    expect(ec({ y: value })).toBeUndefined();
  });

  test('does not take a private key', () => {
    expect(ec({ d: x })).toBeUndefined();
  });
});

describe.each(['EdDSA', 'Ed25519'])('OKP with %s', (alg) => {
  const x = encode(Buffer.alloc(32, 1));
  const okp = (members: object) =>
    read({ kty: 'OKP', crv: 'Ed25519', x, ...members } as JsonObject, alg);

  test('leaves a key with nothing in it but the point', () => {
    expect(okp({ kid: 'a', alg, y: x })).toEqual({
      format: 'jwk',
      data: { kty: 'OKP', crv: 'Ed25519', x },
      signatureLength: 64,
    });
  });

  test.each([0, 1, 31, 33, 57, 64])('does not take %d bytes', (length) => {
    expect(okp({ x: encode(Buffer.alloc(length, 1)) })).toBeUndefined();
  });

  test.each(rows(NO_BYTES))('does not take $value', ({ value }) => {
    expect(okp({ x: value })).toBeUndefined();
  });

  test('does not take a private key', () => {
    expect(okp({ d: x })).toBeUndefined();
  });
});

describe.each([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
])('oct with %s', (alg, signatureLength) => {
  const oct = (k: unknown) => read({ kty: 'oct', k, kid: 'a' } as JsonObject, alg);

  test.each([32, 33, 64, 65, 128, 1024])('takes a secret of %d bytes as it is', (length) => {
    const secret = Buffer.alloc(length, 7);
    expect(oct(encode(secret))).toEqual({ format: 'raw', data: secret, signatureLength });
  });

  test.each([0, 1, 16, 31])('does not take one of %d bytes', (length) => {
    expect(oct(encode(Buffer.alloc(length, 7)))).toBeUndefined();
  });

  test.each(rows(NO_BYTES))('does not take $value', ({ value }) => {
    expect(oct(value)).toBeUndefined();
  });
});

// njs reads no number of more than 512 bytes from a JWK: longer keys, which are good, verified nothing.
test.each([
  [4096, 'jwk'],
  [4104, 'spki'],
  [8192, 'spki'],
])('a modulus over 4096 bits is not left to the JWK import of njs: %s', (bits, format) => {
  const jwk = { kty: 'RSA', n: encode(modulus(bits)), e: 'AQAB' };
  expect(read(jwk, 'RS256')).toMatchObject({ format, signatureLength: bits / 8 });
});

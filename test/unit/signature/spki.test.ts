import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { rsa, rsaJwk } from '../../../build/vectors/keys.mjs';
import { toBytes } from '../../../build/vectors/rsa.mjs';
import { encodeRsaKey } from '../../../src/signature/spki.ts';

const bytesOf = (text: unknown) => Buffer.from(String(text), 'base64url');

describe('SubjectPublicKeyInfo of an RSA key', () => {
  test.each(['r512', 'r1024', 'r2047', 'r2049', 'r8192', 'r8193', 'r16384'])(
    'is what OpenSSL makes of %s',
    (name) => {
      const key = rsa(name);
      const expected = createPublicKey({ key: rsaJwk(key) as never, format: 'jwk' });
      expect(encodeRsaKey(toBytes(key.n), toBytes(key.e))).toEqual(
        expected.export({ type: 'spki', format: 'der' }),
      );
    },
  );

  test('is what OpenSSL makes of an exponent of any length', () => {
    for (const publicExponent of [3, 129, 32769, 65537]) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent });
      const { n, e } = publicKey.export({ format: 'jwk' });
      expect(encodeRsaKey(bytesOf(n), bytesOf(e))).toEqual(
        publicKey.export({ type: 'spki', format: 'der' }),
      );
    }
  });

  test('is what OpenSSL makes of it at the lengths where the form changes', () => {
    for (const length of [
      105, 110, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
    ].flatMap((each) => [each, each + 128])) {
      const n = Buffer.alloc(length, 0x7f);
      const jwk = { kty: 'RSA', n: n.toString('base64url'), e: 'AQAB' };
      const expected = createPublicKey({ key: jwk, format: 'jwk' });
      expect(encodeRsaKey(n, bytesOf('AQAB'))).toEqual(
        expected.export({ type: 'spki', format: 'der' }),
      );
    }
  });
});

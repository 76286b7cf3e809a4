import type { JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { chooseSigningKey } from '../../../src/issuing/choose.ts';
import type { JsonObject } from '../../../src/json.ts';
import { refused } from '../../support/refusals.ts';
import { createPrivateJwk } from '../../support/signing-keys.ts';

const EC = await createPrivateJwk('ES256', { kid: 'ec' });
const RSA = await createPrivateJwk('RS256', { kid: 'rsa' });
const SECRET = await createPrivateJwk('HS256', { kid: 'secret' });

const choose = (keys: readonly unknown[], kid?: string) =>
  chooseSigningKey(keys as JsonObject[], kid);
const chosen = (keys: readonly unknown[], kid?: string) => {
  const key = choose(keys, kid);
  return [key.algorithm.name, key.kid];
};
const NONE = refused('bad_configuration', 'auth_jwt_signing_key_file');

describe('the first key that may sign does', () => {
  test.each([
    ['its use is another', { ...EC, use: 'enc' }],
    ['its use is odd', { ...EC, use: null }],
    ['its operations are others', { ...EC, key_ops: ['verify'] }],
    ['its operations are no list', { ...EC, key_ops: 'sign' }],
    ['its private half is missing', { ...EC, d: undefined }],
    ['it is for another algorithm', { ...EC, alg: 'ECDH-ES' }],
    ['its algorithm is of another type', { ...EC, alg: 'RS256' }],
    ['its algorithm is of another curve', { ...EC, alg: 'ES384' }],
    ['its algorithm is no text', { ...EC, alg: 5 }],
    ['it signs nothing', { ...EC, alg: 'none' }],
    ['its curve is unknown', { ...EC, crv: 'secp256k1' }],
    ['its type is unknown', { kty: 'toString', d: 'x' }],
  ])('but not where %s', (_why, key) => {
    const parsed = JSON.parse(JSON.stringify(key));
    expect(chosen([parsed, RSA, EC])).toEqual(['RS256', 'rsa']);
    expect(() => choose([parsed])).toThrow(NONE);
  });

  test('where it says that it may', () => {
    expect(chosen([{ ...EC, use: 'sig', key_ops: ['verify', 'sign'] }, RSA])).toEqual([
      'ES256',
      'ec',
    ]);
  });
});

test.each(['ES256', 'ES384', 'ES512', 'RS256', 'HS256', 'EdDSA'])(
  'without an algorithm it is %s',
  async (alg) => {
    expect(chosen([await createPrivateJwk(alg, {})])).toEqual([alg, undefined]);
  },
);

test.each(['PS512', 'RS384'])('with one it is that: %s', (alg) => {
  expect(chosen([{ ...RSA, alg }])).toEqual([alg, 'rsa']);
});

describe('a name', () => {
  test('chooses', () => {
    expect(chosen([EC, RSA, SECRET], 'secret')).toEqual(['HS256', 'secret']);
    expect(
      chosen(
        [
          { ...EC, use: 'enc' },
          { ...RSA, kid: 'ec' },
        ],
        'ec',
      ),
    ).toEqual(['RS256', 'ec']);
  });

  test.each(['nobody', 'EC', 'toString'])('that no key has is a fault: %s', (kid) => {
    expect(() => choose([EC, RSA], kid)).toThrow(
      refused('bad_configuration', 'auth_jwt_signing_kid'),
    );
  });

  test('that is no text is none', () => {
    expect(chosen([{ ...EC, kid: 5 }])).toEqual(['ES256', undefined]);
    expect(() => choose([{ ...EC, kid: 5 }], '5')).toThrow();
  });
});

describe('material that cannot be used is a fault, whatever else there is', () => {
  test.each<[string, JWK]>([
    ['a short secret', { kty: 'oct', k: Buffer.alloc(31).toString('base64url') }],
    ['a secret with padding', { ...SECRET, k: `${SECRET.k}==` }],
    ['a weak modulus', { ...RSA, n: RSA.n?.slice(0, 172) as string }],
    ['an exponent of 1', { ...RSA, e: 'AQ' }],
    ['RSA without its factors', { kty: 'RSA', n: RSA.n, e: RSA.e, d: RSA.d } as JWK],
    ['RSA with an empty factor', { ...RSA, q: '' }],
    ['a short coordinate', { ...EC, x: EC.x?.slice(4) as string }],
    ['a short private half', { ...EC, d: EC.d?.slice(4) as string }],
    ['a private half that is no text', { ...EC, d: 5 as unknown as string }],
    ['a private half with line breaks', { ...EC, d: `${EC.d}\n` }],
  ])('%s', (_what, key) => {
    expect(() => choose([key, EC, RSA])).toThrow(NONE);
    try {
      choose([EC, key].slice(1));
    } catch (thrown) {
      const { explanation } = thrown as { explanation: string };
      expect(explanation).toMatch(/^key 1 of \$auth_jwt_signing_key_file cannot sign: /);
      for (const value of [key.d, key.k, key.n, key.x].filter((each) => typeof each === 'string')) {
        expect(explanation).not.toContain(value);
      }
    }
  });
});

test('nothing but what is needed is handed on', () => {
  const key = choose([{ ...EC, alg: 'ES256', key_ops: ['sign'], x5c: ['…'], ext: false }]);
  expect(Object.keys(key.data).sort()).toEqual(['crv', 'd', 'kty', 'x', 'y']);
  expect(choose([SECRET]).format).toBe('raw');
});

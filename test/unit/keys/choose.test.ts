import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { chooseKeys, MAX_CANDIDATES } from '../../../src/keys/choose.ts';
import { type Algorithm, findAlgorithm } from '../../../src/signature/algorithms.ts';
import { keySetOf } from '../../support/fake-ring.ts';
import { rows } from '../../support/rows.ts';
import { createSigner } from '../../support/tokens.ts';

const algorithm = (name: string) => findAlgorithm(name) as Algorithm;

const { jwk: EC } = await createSigner('ES256', 'ec');
const { jwk: RSA } = await createSigner('RS256', 'rsa');
const { jwk: SECRET } = await createSigner('HS256', 'secret');
const { jwk: OTHER_CURVE } = await createSigner('ES384', 'ec');

/** How many keys a set offers for an ES256 token. */
const offers = (keys: readonly JsonObject[], kid?: string, alg = 'ES256') =>
  chooseKeys(keySetOf(keys), algorithm(alg), kid).candidates.length;

const without = (jwk: JsonObject, name: string): JsonObject => {
  const { [name]: _left, ...rest } = jwk;
  return rest;
};

test('a key brings its name along, where it is one', () => {
  const kids = ['a', '', undefined, 5, null].map((kid) => ({ ...EC, kid }) as JsonObject);
  const { candidates } = chooseKeys(keySetOf(kids), algorithm('ES256'), undefined);
  expect(candidates.map(({ kid }) => kid)).toEqual(['a', '', undefined, undefined, undefined]);
});

describe('the type of the key', () => {
  const all = [EC, RSA, SECRET, OTHER_CURVE].map((jwk) => without(without(jwk, 'alg'), 'kid'));

  test.each(['RS256', 'PS512', 'ES256', 'ES384', 'HS256', 'HS512'])('fits %s', (alg) => {
    expect(offers(all, undefined, alg)).toBe(1);
  });

  test.each([
    ['HS256', [EC, RSA, OTHER_CURVE]],
    ['RS256', [EC, SECRET]],
    ['ES256', [RSA, SECRET, OTHER_CURVE]],
    ['EdDSA', [RSA, SECRET, EC]],
    ['ES512', [EC, OTHER_CURVE]],
  ])('must fit %s', (alg, keys) => {
    const choice = chooseKeys(
      keySetOf(keys.map((jwk) => without(jwk, 'alg'))),
      algorithm(alg),
      undefined,
    );
    expect(choice).toEqual({ candidates: [], hasUnusable: false });
  });

  test.each(rows([undefined, null, '', 'ec', 5, ['EC']]))(
    'is exactly that: not $value',
    ({ value: kty }) => {
      expect(offers([{ ...without(EC, 'kty'), ...(kty === undefined ? {} : { kty }) }])).toBe(0);
    },
  );

  test.each([undefined, null, 'p-256', 'secp256k1', 'P-384'])('has its curve: not %j', (crv) => {
    expect(offers([{ ...without(EC, 'crv'), ...(crv === undefined ? {} : { crv }) }])).toBe(0);
  });
});

describe('kid', () => {
  test('chooses among keys', () => {
    const keys = [EC, { ...EC, kid: 'b' }, { ...EC, kid: 'b' }];
    expect(offers(keys, 'ec')).toBe(1);
    expect(offers(keys, 'b')).toBe(2);
    expect(offers(keys, undefined)).toBe(3);
  });

  test.each(['EC', 'ec ', '', 'e', 'toString', '__proto__'])(
    'is compared exactly: not %j',
    (kid) => {
      expect(offers([EC], kid)).toBe(0);
    },
  );

  test('of a token fits no key without one', () => {
    expect(offers([without(EC, 'kid')], 'ec')).toBe(0);
  });

  test.each(rows([1, null, ['ec'], { a: 'ec' }]))(
    'of a key is a text: not $value',
    ({ value: kid }) => {
      expect(offers([{ ...EC, kid }], 'ec')).toBe(0);
    },
  );
});

describe('what a key says of its use', () => {
  test.each([
    ['nothing', {}],
    ['its algorithm', { alg: 'ES256' }],
    ['use sig', { use: 'sig' }],
    ['key_ops with verify', { key_ops: ['verify'] }],
    ['key_ops with verify among others', { key_ops: ['sign', 'verify', 'x'] }],
    ['all of them', { alg: 'ES256', use: 'sig', key_ops: ['verify'] }],
  ])('may be %s', (_what, says) => {
    expect(offers([{ ...without(EC, 'alg'), ...says }])).toBe(1);
  });

  test.each([
    { alg: 'ES384' },
    { alg: 'es256' },
    { alg: '' },
    { alg: null },
    { alg: ['ES256'] },
    { alg: 'ECDH-ES' },
    { use: 'enc' },
    { use: 'SIG' },
    { use: '' },
    { use: null },
    { use: ['sig'] },
    { key_ops: [] },
    { key_ops: ['sign'] },
    { key_ops: ['encrypt'] },
    { key_ops: ['Verify'] },
    { key_ops: 'verify' },
    { key_ops: { verify: true } },
    { key_ops: null },
    { use: 'enc', key_ops: ['verify'] },
    { use: 'sig', key_ops: ['encrypt'] },
  ] as JsonObject[])('must not be %j', (says) => {
    expect(
      chooseKeys(keySetOf([{ ...without(EC, 'alg'), ...says }]), algorithm('ES256'), 'ec'),
    ).toEqual({
      candidates: [],
      hasUnusable: false,
    });
  });
});

describe('a key that cannot be used', () => {
  const BROKEN = { ...EC, x: '' };

  test('is told from none', () => {
    expect(chooseKeys(keySetOf([BROKEN]), algorithm('ES256'), 'ec')).toEqual({
      candidates: [],
      hasUnusable: true,
    });
    expect(chooseKeys(keySetOf([BROKEN]), algorithm('ES256'), 'other').hasUnusable).toBe(false);
    expect(chooseKeys(keySetOf([]), algorithm('ES256'), undefined).hasUnusable).toBe(false);
  });

  test('does not spoil the set', () => {
    expect(offers([BROKEN, EC, {}, { kty: 5 }, BROKEN], 'ec')).toBe(1);
  });
});

test(`no more than ${MAX_CANDIDATES} keys are tried, the first of the set`, () => {
  const keys = Array.from({ length: 3 * MAX_CANDIDATES }, (_none, at) => ({
    ...RSA,
    e: at === 0 ? 'Aw' : 'AQAB',
  }));
  const { candidates } = chooseKeys(keySetOf(keys), algorithm('RS256'), 'rsa');
  expect(candidates).toHaveLength(MAX_CANDIDATES);
  expect(candidates[0]?.data).toMatchObject({ e: 'Aw' });
});

test.each([
  ['ES256', 'P-256', 32, MAX_CANDIDATES],
  ['ES384', 'P-384', 48, MAX_CANDIDATES / 2],
  ['ES512', 'P-521', 66, MAX_CANDIDATES / 2],
])('%s: of its keys, by what they cost, so many are tried', (alg, crv, length, most) => {
  const coordinate = Buffer.alloc(length, 1).toString('base64url');
  const key = { kty: 'EC', crv, x: coordinate, y: coordinate };
  expect(offers(Array(20).fill(key), undefined, alg)).toBe(most);
});

test.each([
  [2048, 'AQAB', MAX_CANDIDATES],
  [4096, 'AQAB', MAX_CANDIDATES],
  [4104, 'AQAB', MAX_CANDIDATES / 2],
  [8192, 'AQAB', MAX_CANDIDATES / 2],
  [2048, 'AQAAAQ', MAX_CANDIDATES / 4],
  [8192, 'AQAAAAAAAAE', 1],
])('RSA of %d bits with the exponent %s: the slower, the fewer', (bits, e, most) => {
  const n = Buffer.alloc(bits / 8, 0xff).toString('base64url');
  expect(offers(Array(20).fill({ kty: 'RSA', n, e }), undefined, 'RS256')).toBe(most);
});

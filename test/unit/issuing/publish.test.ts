import { calculateJwkThumbprint, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { publicJwks } from '../../../src/issuing/publish.ts';
import type { JsonObject } from '../../../src/json.ts';
import { refused } from '../../support/refusals.ts';
import { createPrivateJwk } from '../../support/signing-keys.ts';

const EC = await createPrivateJwk('ES256', { kid: 'ec' });
const SECRET = await createPrivateJwk('HS256');

const publish = (...keys: readonly unknown[]): JWK[] =>
  JSON.parse(publicJwks(keys as JsonObject[])).keys;
const NOTHING = refused('bad_configuration', 'auth_jwt_signing_key_file');

test.each(['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
  'the public half of %s is published, under its thumbprint',
  async (alg) => {
    const jwk = await createPrivateJwk(alg, {});
    const { kty, n, e, crv, x, y } = jwk;
    const half = JSON.parse(JSON.stringify({ kty, n, e, crv, x, y }));
    const kid = await calculateJwkThumbprint(half);
    expect(publish(jwk)).toEqual([{ ...half, kid, alg, use: 'sig' }]);
  },
);

test('the thumbprint is that of RFC 7638, section 3.1', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  expect(publish({ kty: 'RSA', n, e: 'AQAB' })[0]?.kid).toBe(
    'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  );
});

test('names and algorithms are those of the key', () => {
  expect(publish(EC)[0]).toMatchObject({ kid: 'ec', alg: 'ES256' });
});

test('nothing else is published: not what is private, and not what nobody asked for', () => {
  const [jwk = {}] = publish({
    ...EC,
    x5c: ['…'],
    oth: [{ r: '1' }],
    ext: true,
    key_ops: ['sign'],
  });
  expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
});

describe('keys', () => {
  test('whose private half has gone are published still', () => {
    const { d: _gone, ...half } = EC;
    expect(publish({ ...half, key_ops: ['verify'] })).toHaveLength(1);
  });

  test.each([
    ['secrets', SECRET],
    ['secrets that say they are pairs', { ...SECRET, alg: 'ES256' }],
    ['pairs that hold a secret, and nothing of it', { ...EC, kty: 'oct', k: 'x' }],
    ['keys for encryption', { ...EC, use: 'enc' }],
    ['keys for something else', { ...EC, key_ops: ['deriveKey'] }],
    ['weak ones', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
  ])('are left out: %s', (_what, key) => {
    expect(publish(key, EC)).toHaveLength(1);
    expect(() => publish(key)).toThrow(NOTHING);
  });
});

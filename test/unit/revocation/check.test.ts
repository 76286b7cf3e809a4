import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { refuse } from '../../../src/refusal.ts';
import { checkRevocation, type RevocationPolicy } from '../../../src/revocation/check.ts';
import { parseRevocations } from '../../../src/revocation/parse.ts';
import type { Token } from '../../../src/token/decode.ts';
import { keySetOf } from '../../support/fake-ring.ts';
import { refused } from '../../support/refusals.ts';

const listOf = (...entries: unknown[]) => parseRevocations(JSON.stringify(entries), 'the source');
const LIST = listOf(
  'a',
  { sub: 'mallory' },
  { sub: '42' },
  { sub: 'bob', issued_before: 100 },
  { kid: 'stolen' },
);
const DOWN = refuse('keys_unavailable', 'auth_jwt_revocation_file');

const verifiedOf = (claims: JsonObject, kid?: string, signer = kid) => ({
  token: { claims, kid, signer } as Token,
});

function check(claims: JsonObject, kid?: string, rest = {}, passesWithout = false) {
  const verified = verifiedOf(claims, kid);
  const lists = keySetOf([LIST], rest);
  expect(checkRevocation(lists, verified, { passesWithout } as RevocationPolicy)).toBe(verified);
}

test.each([
  [{}, undefined],
  [{ jti: 'b', sub: 'alice', iat: 1 }, 'key-1'],
  [{ jti: 'mallory', sub: 'a' }, 'a'],
  [{ jti: 9007199254740991, sub: -1.5 }, undefined],
  [{ sub: 'bob', iat: 100 }, undefined],
  [{ sub: 'bob', iat: 100.5 }, undefined],
])('%j with the key %s passes', (claims, kid) => {
  check(claims, kid);
});

test.each([
  [{ jti: 'a' }, undefined, 'jti'],
  [{ sub: 'mallory' }, undefined, 'sub'],
  [{ sub: 'mallory', iat: 1e15 }, undefined, 'sub'],
  [{ sub: 42 }, undefined, 'sub'],
  [{ sub: 'bob', iat: 99 }, undefined, 'sub'],
  [{ sub: 'bob', iat: 99.9 }, undefined, 'sub'],
  [{ sub: 'bob', iat: '100' }, undefined, 'sub'],
  [{ sub: 'bob' }, undefined, 'sub'],
  [{ jti: 'b' }, 'stolen', 'kid'],
])('%j with the key %s is revoked', (claims, kid, detail) => {
  expect(() => check(claims, kid)).toThrow(refused('revoked', detail));
});

test.each([
  [{ jti: ['a'] }, 'jti'],
  [{ jti: true }, 'jti'],
  [{ jti: null }, 'jti'],
  [{ sub: { a: 1 } }, 'sub'],
  // It would be found as its neighbour, and the neighbour as it.
  [{ jti: 2 ** 53 }, 'jti'],
  [{ sub: -(2 ** 53) }, 'sub'],
])('%j cannot be looked for, and is refused', (claims, detail) => {
  expect(() => check(claims as JsonObject)).toThrow(refused('bad_claim', detail));
});

test.each([
  [undefined, 'stolen'],
  ['', 'stolen'],
  ['mine', 'stolen'],
  ['stolen', 'mine'],
  ['stolen', undefined],
])('the key that has signed counts, and the one that is named: %s, %s', (kid, signer) => {
  const verified = verifiedOf({}, kid, signer);
  verified.token.signer = signer;
  const policy = { passesWithout: false } as RevocationPolicy;
  expect(() => checkRevocation(keySetOf([LIST]), verified, policy)).toThrow(
    refused('revoked', 'kid'),
  );
});

test('each list counts', () => {
  const lists = keySetOf([LIST, listOf('z')]);
  const policy = { passesWithout: false } as RevocationPolicy;
  for (const jti of ['a', 'z']) {
    expect(() => checkRevocation(lists, verifiedOf({ jti }), policy)).toThrow(
      refused('revoked', 'jti'),
    );
  }
});

describe('where a list is missing', () => {
  test('the others revoke what they name', () => {
    for (const passesWithout of [false, true]) {
      expect(() => check({ jti: 'a' }, undefined, { failure: DOWN }, passesWithout)).toThrow(
        refused('revoked', 'jti'),
      );
    }
  });

  test('nobody else passes, unless that is wanted', () => {
    expect(() => check({}, undefined, { failure: DOWN })).toThrow(
      refused('keys_unavailable', 'auth_jwt_revocation_file'),
    );
    check({}, undefined, { failure: DOWN }, true);
  });
});

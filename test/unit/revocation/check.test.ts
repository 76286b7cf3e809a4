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

const verifiedOf = (claims: JsonObject, kid?: string) => ({ token: { claims, kid } as Token });

function check(claims: JsonObject, kid?: string, rest = {}, passesWithout = false) {
  const verified = verifiedOf(claims, kid);
  const lists = keySetOf([LIST], rest);
  expect(checkRevocation(lists, verified, { passesWithout } as RevocationPolicy)).toBe(verified);
}

test.each([
  [{}, undefined],
  [{ jti: 'b', sub: 'alice', iat: 1 }, 'key-1'],
  [{ jti: 'mallory', sub: 'a' }, 'a'],
  [{ jti: ['a'], sub: { a: 1 } }, undefined],
  [{ jti: true, sub: null }, undefined],
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

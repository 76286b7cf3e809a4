import { describe, expect, test } from 'vitest';
import { consumerOf, findAnonymous, findCredential } from '../../../src/consumers/find.ts';
import { parseConsumers } from '../../../src/consumers/parse.ts';
import { type JsonObject, member } from '../../../src/json.ts';
import type { KeySet } from '../../../src/keys/jwks.ts';
import type { Token } from '../../../src/token/decode.ts';
import { keySetOf } from '../../support/fake-ring.ts';
import { refused } from '../../support/refusals.ts';

const CONSUMERS = [
  { id: '1', username: 'alice', custom_id: 'A', jwt_secrets: [{ key: 'a', secret: 's' }] },
  { username: 'bob', jwt_secrets: [{ key: 'b', secret: 's' }] },
  { id: 'alice', username: 'guest' },
];

const ENTRIES = parseConsumers(JSON.stringify({ consumers: CONSUMERS }), 'a test', false);

const token = (claims: JsonObject, header: JsonObject = {}, alg = 'HS256', signer = claims.iss) =>
  ({ claims, header, alg, signer }) as Token;
const findIn = (keySet: KeySet, of: Token, claim = 'iss') =>
  findCredential(keySet, of, claim, member(of.claims, claim));

describe.each(['', 'g1'])('in generation %j', (generation) => {
  const keySet = keySetOf(ENTRIES, { generation });
  const find = (...given: Parameters<typeof token>) => findIn(keySet, token(...given));

  test('a credential is found by its key, in the claims or else in the header', () => {
    expect(find({ iss: 'a' })?.kid).toBe('a');
    expect(find({}, { iss: 'b' })?.kid).toBe('b');
    expect(find({ iss: 'a' }, { iss: 'b' })?.kid).toBe('a');
    expect(find({ iss: 'c' })).toBeUndefined();
  });

  test.each(['__proto__', 'toString', 'constructor', 'hasOwnProperty'])(
    'nobody has the key %s',
    (iss) => {
      expect(find(JSON.parse(`{"iss":${JSON.stringify(iss)}}`))).toBeUndefined();
    },
  );

  test('a token that names none is refused', () => {
    expect(() => find({})).toThrow(refused('unknown_key', 'key_claim_missing'));
    for (const iss of ['', 5, null, true, ['a'], { a: 1 }]) {
      expect(() => find({ iss })).toThrow(refused('unknown_key', 'key_claim_invalid'));
    }
    expect(() => findIn(keySet, token({}), 'toString')).toThrow(
      refused('unknown_key', 'key_claim_missing'),
    );
  });

  test('a token for another algorithm is refused', () => {
    expect(() => find({ iss: 'a' }, {}, 'HS512')).toThrow(refused('bad_algorithm', 'alg'));
  });

  test('whose it is', () => {
    const policy = { claim: 'iss' };
    expect(consumerOf(token({ iss: 'a' }), keySet, policy)).toEqual({
      ...{ id: '1', username: 'alice', customId: 'A', credential: 'a' },
    });
    expect(consumerOf(token({ iss: 'b' }), keySet, policy)).toEqual({
      ...{ id: '', username: 'bob', customId: '', credential: 'b' },
    });
    expect(consumerOf(token({ iss: 'a' }), keySet, undefined)).toBeUndefined();
    expect(() => consumerOf(token({ iss: 'c' }), keySet, policy)).toThrow(
      refused('unknown_key', 'kid'),
    );
  });

  test('a token that names another credential than the one that has signed it is refused', () => {
    const confused = token({ iss: 'a' }, {}, 'HS256', 'b');
    expect(() => consumerOf(confused, keySet, { claim: 'iss' })).toThrow(
      refused('unknown_key', 'kid'),
    );
  });
});

test('another generation has other consumers', () => {
  const before = keySetOf(ENTRIES, { generation: 'before' });
  const after = keySetOf(ENTRIES.slice(1), { generation: 'after' });
  expect(findIn(before, token({ iss: 'a' }))).toBeDefined();
  expect(findIn(after, token({ iss: 'a' }))).toBeUndefined();
});

test('who passes unknown is found by id, then by name, and has shown no credential', () => {
  expect(findAnonymous(ENTRIES, 'guest')).toMatchObject({ id: 'alice', credential: '' });
  expect(findAnonymous(ENTRIES, 'alice')).toMatchObject({ username: 'guest' });
  expect(findAnonymous(ENTRIES, 'bob')).toMatchObject({ username: 'bob', credential: '' });
  expect(() => findAnonymous(ENTRIES, 'nobody')).toThrow(
    refused('bad_configuration', 'auth_jwt_anonymous_consumer'),
  );
});

import { describe, expect, test } from 'vitest';
import { MAX_JWKS_LENGTH, MAX_KEYS, parseJwks } from '../../../src/keys/jwks.ts';
import { explained } from '../../support/refusals.ts';

const KEY = { kty: 'oct', k: 'AAAA' };

const unreadable = (problem: string) =>
  explained('cannot_parse', 'jwks', `the key set of the source ${problem}`);

describe('a key set', () => {
  test('is the array "keys"', () => {
    const keys = [KEY, { kty: 'RSA', kid: 'a' }];
    expect(parseJwks(JSON.stringify({ keys }), 'the source')).toEqual(keys);
  });

  test('may have members that nobody knows', () => {
    expect(parseJwks(JSON.stringify({ issuer: 'x', keys: [KEY] }), 'the source')).toEqual([KEY]);
  });

  test('is kept without certificates', () => {
    const keys = [{ ...KEY, x5c: ['MIIC'] }, { ...KEY, x5c: 5, x5t: 'x' }, KEY];
    expect(parseJwks(JSON.stringify({ keys }), 'the source')).toEqual([
      { ...KEY, x5c: null },
      { ...KEY, x5c: null, x5t: 'x' },
      KEY,
    ]);
  });

  test('may be a single key', () => {
    expect(parseJwks(JSON.stringify(KEY), 'the source')).toEqual([KEY]);
  });

  test('with "keys" is none, whatever else it says of itself', () => {
    expect(parseJwks(JSON.stringify({ ...KEY, keys: [{ kty: 'EC' }] }), 'the source')).toEqual([
      { kty: 'EC' },
    ]);
  });

  test('may hold what is no key, which is left out', () => {
    const text = JSON.stringify({ keys: [null, 1, 'x', true, [], [KEY], KEY] });
    expect(parseJwks(text, 'the source')).toEqual([KEY]);
  });

  test('keeps keys that nobody can use: they may serve another token', () => {
    expect(parseJwks('{"keys":[{},{"kty":5}]}', 'the source')).toEqual([{}, { kty: 5 }]);
  });
});

describe('is refused: a text that', () => {
  test.each([
    ...[
      '',
      'null',
      'true',
      '1',
      '"x"',
      '[]',
      '[{"kty":"oct"}]',
      '<html>',
      '{',
      '{"keys":[]',
      '\ufeff{}',
    ],
    ...['{"keys":01}', `{"keys":${'['.repeat(24)}${']'.repeat(24)}}`, '{"keys":[]}{"keys":[]}'],
  ])('is not a JSON object: %j', (text) => {
    expect(() => parseJwks(text, 'the source')).toThrow(unreadable('is not a JSON object'));
  });

  test.each([
    ...[
      '{}',
      '{"error":"not_found"}',
      '{"keys":null}',
      '{"keys":1}',
      '{"keys":{}}',
      '{"keys":"x"}',
    ],
    ...['{"__proto__":{"keys":[{}]}}', '{"kty":"oct","keys":null}', '{"__proto__":{"kty":"oct"}}'],
  ])('has no array "keys": %s', (text) => {
    expect(() => parseJwks(text, 'the source')).toThrow(unreadable('has no array "keys"'));
  });

  test.each(['{"keys":[]}', '{"keys":[null]}', '{"keys":[[],1,"x"]}'])(
    'holds no key: %s',
    (text) => {
      expect(() => parseJwks(text, 'the source')).toThrow(unreadable('holds no key'));
    },
  );
});

describe('limits', () => {
  test(`are ${MAX_KEYS} keys`, () => {
    const setOf = (length: number) => JSON.stringify({ keys: Array.from({ length }, () => KEY) });
    expect(parseJwks(setOf(MAX_KEYS), 'the source')).toHaveLength(MAX_KEYS);
    expect(() => parseJwks(setOf(MAX_KEYS + 1), 'the source')).toThrow(
      unreadable(`has more than ${MAX_KEYS} keys`),
    );
  });

  test(`are ${MAX_JWKS_LENGTH} characters`, () => {
    const text = JSON.stringify({ keys: [KEY] });
    expect(parseJwks(text.padEnd(MAX_JWKS_LENGTH), 'the source')).toHaveLength(1);
    expect(() => parseJwks(text.padEnd(MAX_JWKS_LENGTH + 1), 'the source')).toThrow(
      unreadable(`is longer than ${MAX_JWKS_LENGTH} characters`),
    );
  });
});

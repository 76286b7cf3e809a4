import { beforeEach, describe, expect, test, vi } from 'vitest';
import { writeJson } from '../../../src/exact/verbatim.ts';
import { VerifiedSignatures } from '../../../src/signature/verified.ts';
import { KnownTokens } from '../../../src/token/known.ts';
import { type FakeDict, fakeDict, zoneOf } from '../../support/fake-zone.ts';
import { forge, NOW, parseToken } from '../../support/tokens.ts';

const TOKEN = forge({ alg: 'ES256' }, { sub: 'alice' }, 'good');

let dict: FakeDict;
let known: KnownTokens;

/** The memory of another context, or of the njs engine at the next request. */
const another = () => new KnownTokens(new VerifiedSignatures(zoneOf(dict)));
const add = (compact: string, seconds = 600) => known.add(compact, 'g', 'k1', seconds);

beforeEach(() => {
  dict = fakeDict();
  known = another();
});

describe('a token whose signature is good', () => {
  test('is known, decoded, to all contexts', () => {
    expect(known.find(TOKEN, 'g', NOW)).toBeUndefined();
    add(TOKEN);
    for (const memory of [known, another()]) {
      expect(memory.find(TOKEN, 'g', NOW)).toMatchObject({
        alg: 'ES256',
        claims: { sub: 'alice' },
        signer: 'k1',
      });
    }
  });

  test('keeps the digits of its numbers, whether they are exact or not', () => {
    for (const number of ['1', '9007199254740993', '0.1000000000000000055']) {
      const token = forge({ alg: 'ES256' }, `{"n":${number}}`, 'good');
      const { claims } = parseToken(token);
      add(token);
      expect(another().find(token, 'g', NOW)?.claims).toEqual(claims);
      expect(writeJson(claims)).toBe(`{"n":${number}}`);
      const stored = dict.keys().map((key) => dict.get(key) ?? '');
      expect(stored.filter((value) => value.startsWith('x'))).toHaveLength(1);
    }
  });

  test.each([
    ['another generation', TOKEN, 'h'],
    ['no generation', TOKEN, ''],
    ['another signature', forge({ alg: 'ES256' }, { sub: 'alice' }, 'bad!'), 'g'],
    ['other claims', forge({ alg: 'ES256' }, { sub: 'bobby' }, 'good'), 'g'],
    ['another header', forge({ alg: 'ES384' }, { sub: 'alice' }, 'good'), 'g'],
    ['a part more', `${TOKEN}.x`, 'g'],
    ['nothing', '', 'g'],
  ])('says nothing of %s', (_what, compact, generation) => {
    add(TOKEN);
    another().find(TOKEN, 'g', NOW);
    expect(known.find(compact, generation, NOW)).toBeUndefined();
  });

  test('is decoded and looked up once in a while', () => {
    add(TOKEN);
    const get = vi.spyOn(dict, 'get');
    const memory = another();
    const token = memory.find(TOKEN, 'g', NOW);
    expect(memory.find(TOKEN, 'g', NOW + 59)).toBe(token);
    expect(get).toHaveBeenCalledTimes(1);
    expect(memory.find(TOKEN, 'g', NOW + 60)).toEqual({ ...token, derived: undefined });
    expect(get).toHaveBeenCalledTimes(2);
  });

  test('has room for what is derived of it where it is kept and comes again', () => {
    add(TOKEN);
    expect(known.find(TOKEN, 'g', NOW)?.derived).toBeUndefined();
    const derived = known.find(TOKEN, 'g', NOW)?.derived;
    expect(derived).toEqual({});
    expect(known.find(TOKEN, 'g', NOW)?.derived).toBe(derived);
  });

  test('is kept decoded when it comes again, and not before: most tokens come once', () => {
    add(TOKEN);
    dict.clear();
    expect(known.find(TOKEN, 'g', NOW)).toBeUndefined();
    add(TOKEN);
    known.find(TOKEN, 'g', NOW);
    dict.clear();
    expect(known.find(TOKEN, 'g', NOW)).toBeDefined();
  });

  test.each([0, -1, Number.NaN])('and has %d s to live is not remembered', (seconds) => {
    add(TOKEN, seconds);
    expect(known.find(TOKEN, 'g', NOW)).toBeUndefined();
    expect(dict.keys()).toEqual([]);
  });
});

test('however many there are, each is what it is, and few are kept', () => {
  const tokens = Array.from({ length: 500 }, (_none, index) =>
    forge({ alg: 'ES256' }, { sub: `${index}` }, `signature ${index}`),
  );
  for (const compact of tokens) {
    add(compact);
  }
  expect(tokens.map((compact) => known.find(compact, 'g', NOW)?.claims.sub)).toEqual(
    tokens.map((_compact, index) => `${index}`),
  );
  dict.clear();
  const kept = tokens.filter((compact) => known.find(compact, 'g', NOW));
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThanOrEqual(32);
});

test('a long token is not kept in the context', () => {
  const long = forge({ alg: 'ES256' }, { sub: 'x'.repeat(3000) });
  add(long);
  expect(known.find(long, 'g', NOW)).toBeDefined();
  dict.clear();
  expect(known.find(long, 'g', NOW)).toBeUndefined();
});

test.each([
  [2048, true],
  [2049, false],
])('of %d characters a token is kept: %s', (length, isKept) => {
  const signature = 'x'.repeat(2000);
  const compact = forge({ alg: 'ES256' }, { sub: 'alice' }, signature);
  const text = `${compact.slice(0, compact.lastIndexOf('.') + 1)}`;
  const whole = text + 'A'.repeat(length - text.length);
  add(whole);
  known.find(whole, 'g', NOW);
  dict.clear();
  expect(known.find(whole, 'g', NOW) !== undefined).toBe(isKept);
});

test('without the zone nothing is remembered', () => {
  known = new KnownTokens(new VerifiedSignatures(undefined));
  add(TOKEN);
  expect([known.isOn(), known.find(TOKEN, 'g', NOW)]).toEqual([false, undefined]);
});

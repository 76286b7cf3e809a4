import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_REMEMBERED, VerifiedSignatures } from '../../../src/signature/verified.ts';
import { fakeDict, zoneOf } from '../../support/fake-zone.ts';

const TOKEN = 'header.claims.signature';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Whether a signature is known to be good. */
const has = (verified: VerifiedSignatures, compact: string, generation: string) =>
  verified.find(compact, generation) !== undefined;

/** A memory, and what it keeps. */
function memory() {
  const dict = fakeDict();
  return { dict, verified: new VerifiedSignatures(zoneOf(dict)) };
}

describe('a good signature', () => {
  test('is known once it has been added', () => {
    const { verified } = memory();
    expect(verified.isOn()).toBe(true);
    expect(has(verified, TOKEN, 'g')).toBe(false);
    verified.add(TOKEN, 'g', undefined, 60);
    expect(has(verified, TOKEN, 'g')).toBe(true);
  });

  test.each([
    ['another token', `${TOKEN}x`, 'g'],
    ['another signature', 'header.claims.signaturf', 'g'],
    ['a token in other letters', TOKEN.toUpperCase(), 'g'],
    ['another generation', TOKEN, 'h'],
    ['one generation more', TOKEN, 'g h'],
    ['no generation', TOKEN, ''],
    ['the same characters, split elsewhere', 'claims.signature', 'g\nheader.'],
    ['the same characters, split between', TOKEN.slice(1), `g${TOKEN[0]}`],
    ['nothing', '', ''],
  ])('says nothing of %s', (_what, compact, generation) => {
    const { verified } = memory();
    verified.add(TOKEN, 'g', undefined, 60);
    expect(has(verified, compact, generation)).toBe(false);
  });

  test.each([
    [1, 1],
    [0.5, 0.5],
    [60, 60],
    [MAX_REMEMBERED, MAX_REMEMBERED],
    [MAX_REMEMBERED + 1, MAX_REMEMBERED],
    [Number.POSITIVE_INFINITY, MAX_REMEMBERED],
  ])('that is good for %d s is known for %d', (seconds, known) => {
    const { verified } = memory();
    verified.add(TOKEN, 'g', undefined, seconds);
    vi.advanceTimersByTime(known * 1000 - 1);
    expect(has(verified, TOKEN, 'g')).toBe(true);
    vi.advanceTimersByTime(1);
    expect(has(verified, TOKEN, 'g')).toBe(false);
  });

  test.each([0, -1, Number.NEGATIVE_INFINITY, Number.NaN])(
    'of a token that has %d s to live is not kept',
    (seconds) => {
      const { dict, verified } = memory();
      verified.add(TOKEN, 'g', undefined, seconds);
      expect(dict.keys()).toEqual([]);
    },
  );

  test.each([undefined, '', 'k1', '1', '=1', 'clé'])('is known by its key: %s', (signer) => {
    const { verified } = memory();
    verified.add(TOKEN, 'g', signer, 60);
    expect(verified.find(TOKEN, 'g')).toEqual({ signer });
  });

  test('is not added twice: what is known lasts no longer', () => {
    const { dict, verified } = memory();
    const set = vi.spyOn(dict, 'set');
    verified.add(TOKEN, 'g', undefined, 60);
    set.mockClear();
    verified.add(TOKEN, 'g', undefined, 600);
    expect(set).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(has(verified, TOKEN, 'g')).toBe(false);
  });
});

test('the zone holds digests of one length, and nothing of a token', () => {
  const { dict, verified } = memory();
  verified.add(TOKEN, 'g', undefined, 60);
  verified.add(TOKEN.repeat(1000), 'g', undefined, 60);
  for (const key of dict.keys()) {
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(dict.get(key)).toBe('1');
  }
  expect(dict.keys()).toHaveLength(2);
});

test('without a zone nothing is known, and nothing goes wrong', () => {
  const verified = new VerifiedSignatures(undefined);
  expect(verified.isOn()).toBe(false);
  verified.add(TOKEN, 'g', undefined, 60);
  expect(has(verified, TOKEN, 'g')).toBe(false);
});

test('a full zone forgets', () => {
  const { dict, verified } = memory();
  dict.room = 0;
  verified.add(TOKEN, 'g', undefined, 60);
  expect(has(verified, TOKEN, 'g')).toBe(false);
});

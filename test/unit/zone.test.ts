import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openZone } from '../../src/zone.ts';
import { declareZones, fakeDict, zoneOf } from '../support/fake-zone.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a zone', () => {
  test('is there where the configuration declares it', () => {
    expect(openZone('auth_jwt_keys')).toBeUndefined();
    const { auth_jwt_keys } = declareZones();
    openZone('auth_jwt_keys')?.set('a', '1', 1);
    expect(auth_jwt_keys.get('a')).toBe('1');
    expect(openZone('auth_jwt_verified')?.get('a')).toBeUndefined();
    expect(openZone('another')).toBeUndefined();
  });

  test('is not there where the configuration declares none', () => {
    for (const ngx of [{}, { shared: {} }]) {
      vi.stubGlobal('ngx', ngx);
      expect(openZone('another')).toBeUndefined();
    }
  });

  test('keeps a value until it is set anew, removed or over', () => {
    const zone = zoneOf(fakeDict());
    expect(zone.get('a')).toBeUndefined();
    expect(zone.set('a', '1', 10)).toBe(true);
    expect(zone.set('a', '', 10)).toBe(true);
    expect(zone.get('a')).toBe('');
    zone.remove('a');
    zone.remove('never there');
    expect(zone.get('a')).toBeUndefined();
    zone.set('a', '1', 10);
    vi.advanceTimersByTime(9999);
    expect(zone.get('a')).toBe('1');
    vi.advanceTimersByTime(1);
    expect(zone.get('a')).toBeUndefined();
  });

  test('adds where nothing is, for exactly one of all who try', () => {
    const zone = zoneOf(fakeDict());
    expect(['1', '2', '3'].map((value) => zone.add('a', value, 1))).toEqual([true, false, false]);
    expect(zone.get('a')).toBe('1');
    vi.advanceTimersByTime(1000);
    expect(zone.add('a', '4', 1)).toBe(true);
  });
});

test.each([
  [1, 1000],
  [0.5, 500],
  [0.0001, 1],
  [1.0001, 1001],
  [0, 1],
  [-5, 1],
  [Number.NEGATIVE_INFINITY, 1],
  [2147483.647, 2147483647],
  [100 * 365 * 86400, 2147483647],
  [Number.POSITIVE_INFINITY, 2147483647],
])('%d seconds are %d milliseconds of njs, never for ever', (seconds, milliseconds) => {
  const dict = fakeDict();
  const zone = zoneOf(dict);
  expect([zone.set('set', '1', seconds), zone.add('add', '1', seconds)]).toEqual([true, true]);
  expect([dict.timeLeft('set'), dict.timeLeft('add')]).toEqual([milliseconds, milliseconds]);
});

describe('a dated value', () => {
  test('lasts as long as it is said to', () => {
    const zone = zoneOf(fakeDict());
    expect(zone.getDated('a')).toBeUndefined();
    expect([zone.addDated('a', 'of two words', 10), zone.addDated('a', 'another', 10)]).toEqual([
      ...[true, false],
    ]);
    expect(zone.getDated('a')).toBe('of two words');
    expect(zone.setDated('a', '', 10)).toBe(true);
    vi.advanceTimersByTime(9999);
    expect(zone.getDated('a')).toBe('');
    vi.advanceTimersByTime(1);
    expect(zone.getDated('a')).toBeUndefined();
  });

  test.each([
    [1, 'of two words'],
    [1000, 'of two words'],
    [1001, undefined],
    [3600_000, undefined],
  ])('is there after the clock has been put back by %d ms: %s', (milliseconds, value) => {
    const dict = fakeDict();
    const zone = zoneOf(dict);
    zone.setDated('a', 'of two words', 10);
    vi.setSystemTime(Date.now() - milliseconds);
    expect(zone.getDated('a')).toBe(value);
    expect(dict.keys()).toEqual(value === undefined ? [] : ['a']);
  });

  test.each(['', 'undated', 'NaN x', '99999999999999 x'])('is none where %j stands', (stored) => {
    const zone = zoneOf(fakeDict());
    zone.set('a', stored, 10);
    expect(zone.getDated('a')).toBeUndefined();
  });
});

describe('a claim', () => {
  test('is given anew to exactly one where the clock has been put back', () => {
    const zone = zoneOf(fakeDict());
    zone.claim('a', 10);
    vi.setSystemTime(Date.now() - 3600_000);
    expect([1, 2, 3].map(() => zone.claim('a', 10))).toEqual([true, false, false]);
  });

  test('is for exactly one of all who try, until it is given back or over', () => {
    const dict = fakeDict();
    const zone = zoneOf(dict);
    expect([1, 2, 3].map(() => zone.claim('a', 10))).toEqual([true, false, false]);
    zone.remove('a');
    expect([zone.claim('a', 10), zone.claim('a', 10)]).toEqual([true, false]);
    vi.advanceTimersByTime(10_000);
    expect(zone.claim('a', 10)).toBe(true);
  });

  test('is for everybody where there is no room for it', () => {
    const dict = fakeDict();
    const zone = zoneOf(dict);
    zone.claim('held', 10);
    dict.room = 0;
    expect([zone.claim('a', 10), zone.claim('a', 10), zone.claim('held', 10)]).toEqual([
      ...[true, true, false],
    ]);
  });

  test('is for exactly one where another gives it back between two looks', () => {
    const dict = fakeDict();
    const zone = zoneOf(dict);
    zone.claim('a', 10);
    const { get } = dict;
    vi.spyOn(dict, 'get').mockImplementationOnce((key) => {
      dict.delete(key);
      return get(key);
    });
    expect([zone.claim('a', 10), zone.claim('a', 10)]).toEqual([true, false]);
  });
});

describe.each(['auth_jwt_verified', 'auth_jwt_introspected'])('%s, which evicts', (name) => {
  test('writes over no entry, for njs before 0.9.7 would free it twice', () => {
    const dict = fakeDict();
    const zone = zoneOf(dict, name);
    for (let round = 0; round < 3; round += 1) {
      expect([zone.add('a', '1', 1), zone.add('a', '2', 1)]).toEqual([true, false]);
      expect([zone.addDated('b', '1', 1), zone.addDated('b', '2', 1)]).toEqual([true, false]);
      expect(['1', '2'].map((value) => zone.set('c', value, 1))).toEqual([true, true]);
      expect(['1', '2'].map((value) => zone.setDated('d', value, 1))).toEqual([true, true]);
      expect([zone.get('a'), zone.getDated('b')]).toEqual(['1', '1']);
      expect([zone.get('c'), zone.getDated('d')]).toEqual(['2', '2']);
      vi.advanceTimersByTime(1000);
    }
    expect(dict.overwritten).toBe(0);
  });

  test('writes over nothing that another worker writes at the same moment', () => {
    const dict = fakeDict();
    const zone = zoneOf(dict, name);
    const remove = dict.delete;
    vi.spyOn(dict, 'delete').mockImplementation((key) => {
      remove(key);
      dict.add(key, 'of another worker', 1000);
      return true;
    });
    expect([zone.add('a', '1', 1), zone.set('a', '1', 1)]).toEqual([false, false]);
    expect(zone.get('a')).toBe('of another worker');
    expect(dict.overwritten).toBe(0);
  });
});

test('a lock that has expired is taken without removing that of another worker', () => {
  const dict = fakeDict();
  const zone = zoneOf(dict, 'auth_jwt_keys');
  const remove = vi.spyOn(dict, 'delete');
  zone.claim('lock', 1);
  vi.advanceTimersByTime(1000);
  expect([zone.claim('lock', 1), zone.claim('lock', 1)]).toEqual([true, false]);
  expect(remove).not.toHaveBeenCalled();
});

describe('what a zone cannot do costs nothing but memory', () => {
  test('where it is full', () => {
    const dict = fakeDict();
    const zone = zoneOf(dict);
    zone.set('old', '1', 10);
    dict.room = 0;
    expect([zone.set('a', '1', 1), zone.add('b', '1', 1)]).toEqual([false, false]);
    expect(dict.keys()).toEqual(['old']);
    expect(zone.get('old')).toBe('1');
  });

  test('where every call throws, as for a zone of numbers', () => {
    const broken = new Proxy({}, { get: () => () => fail(new TypeError('not a string')) });
    const zone = zoneOf(broken);
    expect(zone.get('a')).toBeUndefined();
    expect(zone.set('a', '1', 1)).toBe(false);
    expect(zone.add('a', '1', 1)).toBe(false);
    expect(() => zone.remove('a')).not.toThrow();
  });
});

function fail(error: Error): never {
  throw error;
}

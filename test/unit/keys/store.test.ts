import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseJwks } from '../../../src/keys/jwks.ts';
import { consumersSource, type KeySource, revocationSource } from '../../../src/keys/source.ts';
import {
  FAILURE_SECONDS,
  generationOf,
  KeyStore,
  LOCK_SECONDS,
  MAX_WAITING,
  MAX_WAITING_IN_WORKER,
  type Place,
  RELIEF_SECONDS,
} from '../../../src/keys/store.ts';
import { refuse } from '../../../src/refusal.ts';
import { fakeDict, zoneOf } from '../../support/fake-zone.ts';
import { fakeTime, SOURCE, setOf, sourceOf } from '../../support/key-world.ts';
import { NOW } from '../../support/tokens.ts';

const OTHERS = [
  sourceOf('https://idp/jwks', 'discovery'),
  sourceOf('https://idp/jwks2'),
  sourceOf('https://idp/'),
  sourceOf('/keys.json', 'file'),
];

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

const passMs = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);

const save = (store: KeyStore, source: KeySource, text: string, now: number, seconds: number) =>
  store.save(source, text, parseJwks(text, 'a test'), now, seconds);

function open() {
  const dict = fakeDict();
  const store = new KeyStore(zoneOf(dict));
  const kids = (source = SOURCE) => {
    const edition = store.edition(source);
    return edition && store.keys(source, edition)?.map(({ kid }) => kid);
  };
  return { dict, store, kids };
}

describe('a key set', () => {
  test('is stored with its time and its generation', () => {
    const { store, kids } = open();
    expect(store.edition(SOURCE)).toBeUndefined();
    expect(save(store, SOURCE, setOf('a', 'b'), NOW, 60)).toBe(true);
    expect(store.edition(SOURCE)).toEqual({
      fetchedAt: NOW,
      generation: generationOf(SOURCE, setOf('a', 'b')),
      lifetime: 60,
    });
    expect(kids()).toEqual(['a', 'b']);
  });

  test('is kept for whoever lets it serve longest', () => {
    const { dict, store } = open();
    save(store, SOURCE, setOf('a'), NOW, 60);
    save(store, SOURCE, setOf('b'), NOW, 600);
    save(store, SOURCE, setOf('c'), NOW, 60);
    expect(dict.keys().map((key) => dict.timeLeft(key))).toEqual([600_000, 600_000]);
    expect(store.edition(SOURCE)?.lifetime).toBe(600);
  });

  test('of an earlier version of this module, without a lifetime, is one', () => {
    const { dict, store } = open();
    dict.set(SOURCE.id, `${NOW} g`, 1000);
    expect(store.edition(SOURCE)).toEqual({ fetchedAt: NOW, generation: 'g', lifetime: 0 });
    expect(save(store, SOURCE, setOf('a'), NOW, 60)).toBe(true);
  });

  test('is replaced by the next one, and its text goes', () => {
    const { dict, store, kids } = open();
    save(store, SOURCE, setOf('a'), NOW, 60);
    save(store, SOURCE, setOf('b'), NOW + 1, 60);
    expect(kids()).toEqual(['b']);
    expect(dict.keys().filter((key) => key.startsWith('keys '))).toHaveLength(1);
  });

  test('with the content of the one before keeps its generation, and lasts anew', () => {
    const { store, kids } = open();
    save(store, SOURCE, setOf('same'), NOW, 60);
    const before = store.edition(SOURCE);
    passMs(59_000);
    save(store, SOURCE, setOf('same'), NOW + 59, 60);
    passMs(59_000);
    expect(store.edition(SOURCE)).toEqual({ ...before, fetchedAt: NOW + 59 });
    expect(kids()).toEqual(['same']);
  });

  test('is forgotten after its time', () => {
    const { dict, store } = open();
    save(store, SOURCE, setOf('a'), NOW, 60);
    passMs(60_000);
    expect(store.edition(SOURCE)).toBeUndefined();
    expect(dict.keys()).toEqual([]);
  });

  test('belongs to its source', () => {
    const { store, kids } = open();
    const sources = [SOURCE, ...OTHERS];
    sources.forEach((source, index) => {
      save(store, source, setOf(`kid-${index}`), NOW, 60);
    });
    expect(sources.map(kids)).toEqual(sources.map((_source, index) => [`kid-${index}`]));
  });

  test('whose text has gone has no keys, where the context has not kept them', () => {
    const { dict, store, kids } = open();
    save(store, SOURCE, setOf('evicted', 'x'.repeat(530_000)), NOW, 60);
    for (const key of dict.keys().filter((each) => each.startsWith('keys '))) {
      dict.delete(key);
    }
    expect(kids()).toBeUndefined();
  });

  test('that finds no room takes the one before away, for a key may have left it', () => {
    const { dict, store, kids } = open();
    save(store, SOURCE, setOf('a'), NOW, 60);
    dict.room = 0;
    expect(save(store, SOURCE, setOf('b'), NOW + 1, 60)).toBe(false);
    expect(kids()).toBeUndefined();
  });

  test('that finds no room is not waited for, for a minute', () => {
    const { dict, store } = open();
    dict.room = 14;
    expect(store.isUnkept(SOURCE)).toBe(false);
    save(store, SOURCE, setOf('a'), NOW, 60);
    expect([store.isUnkept(SOURCE), ...OTHERS.map((source) => store.isUnkept(source))]).toEqual([
      ...[true, false, false, false, false],
    ]);
    passMs(59_999);
    expect(store.isUnkept(SOURCE)).toBe(true);
    passMs(1);
    expect(store.isUnkept(SOURCE)).toBe(false);
  });

  test('is never named by an edition before its text is there', () => {
    const { dict, store } = open();
    const order: string[] = [];
    const set = dict.set;
    vi.spyOn(dict, 'set').mockImplementation((key, value, timeout) => {
      order.push(key.slice(0, key.indexOf(' ')));
      return set(key, value, timeout);
    });
    save(store, SOURCE, setOf('a'), NOW, 60);
    expect(order).toEqual(['keys', SOURCE.kind]);
  });

  test('is read from the zone however many there are, and however long', () => {
    const { store, kids } = open();
    const long = (kid: string) => setOf(kid, 'x'.repeat(530_000));
    const sources = Array.from({ length: 20 }, (_none, index) => sourceOf(`https://${index}/`));
    for (const [index, source] of sources.entries()) {
      save(store, source, index % 2 ? setOf(`${index}`) : long(`${index}`), NOW, 60);
    }
    for (const round of [1, 2]) {
      expect([round, ...sources.map((source) => kids(source)?.[0])]).toEqual([
        round,
        ...sources.map((_source, index) => `${index}`),
      ]);
    }
  });
});

describe.each([
  ['a secret', { kty: 'oct', k: 'c2VjcmV0' }],
  ['a private key', { kty: 'EC', d: 'c2VjcmV0' }],
])('a set with %s', (_what, secret) => {
  const text = JSON.stringify({ keys: [{ kty: 'EC', kid: 'a' }, secret] });

  test('has an edition, and no word of it stands in shared memory', () => {
    const { dict, store, kids } = open();
    expect(save(store, SOURCE, text, NOW, 60)).toBe(true);
    expect(store.edition(SOURCE)).toEqual({
      fetchedAt: NOW,
      generation: generationOf(SOURCE, text),
      lifetime: 60,
    });
    expect(kids()).toEqual(['a', undefined]);
    expect(dict.keys().map((key) => dict.get(key))).toEqual([
      `${NOW} ${generationOf(SOURCE, text)} 60`,
    ]);
  });

  test('is not there for another context', async () => {
    const { dict, store } = open();
    save(store, SOURCE, text, NOW, 60);
    vi.resetModules();
    const fresh = await import('../../../src/keys/store.ts');
    const other = new fresh.KeyStore(zoneOf(dict));
    const edition = other.edition(SOURCE);
    expect(edition && other.keys(SOURCE, edition)).toBeUndefined();
    expect(edition).toBeDefined();
  });
});

test('a generation stands for a content', () => {
  const texts = ['', ' ', setOf('a'), `${setOf('a')}\n`, setOf('b'), setOf('a', 'b')];
  const generations = texts.map((text) => generationOf(SOURCE, text));
  expect(new Set(generations).size).toBe(texts.length);
  expect(texts.map((text) => generationOf(SOURCE, text))).toEqual(generations);
  for (const generation of generations) {
    expect(generation).toMatch(/^[\w-]{22}$/);
  }
});

describe('the lock', () => {
  test('is for exactly one', () => {
    const { store } = open();
    expect(store.isLocked(SOURCE)).toBe(false);
    const begin = Date.now();
    expect([1, 2, 3].map(() => store.lock(SOURCE))).toEqual([begin, undefined, undefined]);
    expect(store.isLocked(SOURCE)).toBe(true);
    store.unlock(SOURCE);
    expect(store.isLocked(SOURCE)).toBe(false);
    expect(store.lock(SOURCE)).toBe(begin);
  });

  test('says when the fetch began, however long it is held, and whose it is', () => {
    const { store } = open();
    const since = Date.now();
    store.lock(SOURCE);
    expect(store.lockOf(SOURCE)).toEqual({ since, isOwn: false });
    for (const isOwn of [false, true]) {
      passMs(900);
      store.holdLock(SOURCE, { since, isOwn });
      expect(store.lockOf(SOURCE)).toEqual({ since, isOwn });
    }
  });

  test('ends by itself, unless it is held', () => {
    const { store } = open();
    store.lock(SOURCE);
    passMs(LOCK_SECONDS * 1000 - 1);
    store.holdLock(SOURCE, { since: Date.now(), isOwn: false });
    passMs(LOCK_SECONDS * 1000 - 1);
    expect(store.lock(SOURCE)).toBeUndefined();
    passMs(1);
    expect(store.lock(SOURCE)).toBe(Date.now());
  });
});

test('the lock is taken over by one at a time of those who have lost patience', () => {
  const { store } = open();
  store.lock(SOURCE);
  passMs(LOCK_SECONDS * 1000 - 1);
  expect([1, 2].map(() => store.relieve(SOURCE))).toEqual([Date.now(), undefined]);
  // It lasts anew.
  passMs(LOCK_SECONDS * 1000 - 1);
  expect(store.isLocked(SOURCE)).toBe(true);
  store.unlock(SOURCE);
  passMs(RELIEF_SECONDS * 1000);
  expect([1, 2].map(() => store.relieve(SOURCE))).toEqual([Date.now(), undefined]);
  expect(store.isLocked(SOURCE)).toBe(true);
  passMs(RELIEF_SECONDS * 1000 - 1);
  store.unlock(SOURCE);
  expect(store.relieve(SOURCE)).toBeUndefined();
  expect(store.isLocked(SOURCE)).toBe(false);
  expect(store.relieve(OTHERS[0] as KeySource)).toBe(Date.now());
});

test('the lock of a fetch that nginx runs itself cannot be taken over', () => {
  const { store } = open();
  store.holdLock(SOURCE, { since: Date.now(), isOwn: true });
  expect(store.relieve(SOURCE)).toBeUndefined();
  expect(store.lockOf(SOURCE)?.isOwn).toBe(true);
});

test('a generation of keys says nothing of their source, any other does', () => {
  const [, one, two] = OTHERS;
  const text = setOf('a');
  expect(generationOf(one as KeySource, text)).toBe(generationOf(two as KeySource, text));
  const others = [
    OTHERS[0] as KeySource,
    consumersSource('/c', 'iss', false),
    consumersSource('/c', 'iss', true),
    consumersSource('/c', 'kid', false),
    consumersSource('/d', 'iss', false),
    revocationSource('file', '/c'),
    revocationSource('request', '/c'),
  ];
  const generations = [SOURCE, ...others].map((source) => generationOf(source, text));
  expect(new Set(generations).size).toBe(generations.length);
});

describe('a failure', () => {
  const DOWN = refuse('keys_unavailable', 'auth_jwt_key_url', 'what the log has had');

  test('is remembered by reason and detail', () => {
    const { store } = open();
    expect(store.failure(SOURCE)).toBeUndefined();
    store.fail(SOURCE, DOWN);
    expect(store.failure(SOURCE)).toEqual(refuse('keys_unavailable', 'auth_jwt_key_url'));
    store.fail(SOURCE, refuse('generic_error'));
    expect(store.failure(SOURCE)).toEqual(refuse('generic_error'));
  });

  test('counts as long as is asked for, and no longer than it is remembered', () => {
    const { store } = open();
    store.fail(SOURCE, DOWN);
    passMs(9_999);
    expect(store.failure(SOURCE, 10)).toBeDefined();
    passMs(1);
    expect(store.failure(SOURCE, 10)).toBeUndefined();
    expect(store.failure(SOURCE)).toBeDefined();
    passMs((FAILURE_SECONDS - 10) * 1000);
    expect(store.failure(SOURCE)).toBeUndefined();
  });

  test('ends when the source gives something', () => {
    const { store } = open();
    store.fail(SOURCE, DOWN);
    store.recover(SOURCE);
    expect(store.failure(SOURCE)).toBeUndefined();
  });

  test.each([
    ['by an hour', 3600_000],
    ['by a minute', 60_000],
  ])('is forgotten where the clock is put back %s', (_far, milliseconds) => {
    const { dict, store } = open();
    store.fail(SOURCE, DOWN);
    vi.setSystemTime(Date.now() - milliseconds);
    expect(dict.keys()).toHaveLength(1);
    expect(store.failure(SOURCE)).toBeUndefined();
    expect(dict.keys()).toEqual([]);
  });

  test('that cannot be read is an unforeseen one', () => {
    const { dict, store } = open();
    store.fail(SOURCE, DOWN);
    dict.set(dict.keys()[0] ?? '', `${Date.now()} toString x`, 1000);
    expect(store.failure(SOURCE)).toEqual(refuse('generic_error', 'x'));
  });
});

test('the cooldown of each policy counts from the end of the last forced fetch', () => {
  const { store } = open();
  expect(store.mayForce(SOURCE, 30)).toBe(true);
  store.endForced(SOURCE);
  passMs(999);
  expect([1, 30].map((cooldown) => store.mayForce(SOURCE, cooldown))).toEqual([false, false]);
  passMs(1);
  expect([1, 30].map((cooldown) => store.mayForce(SOURCE, cooldown))).toEqual([true, false]);
  passMs(28_999);
  expect(store.mayForce(SOURCE, 30)).toBe(false);
  passMs(1);
  expect(store.mayForce(SOURCE, 30)).toBe(true);
});

describe('places among those who wait', () => {
  test(`are ${MAX_WAITING} for each name, and can be given back`, () => {
    const { store } = open();
    const places = Array.from({ length: MAX_WAITING }, () => store.enter('a'));
    expect(new Set(places.flat()).size).toBe(2 * MAX_WAITING);
    expect(places).not.toContain(undefined);
    expect(store.enter('a')).toBeUndefined();
    expect(store.enter('b')).toBeDefined();
    store.leave(places[3] as Place);
    passMs(50);
    expect(store.enter('a')).toEqual(places[3]);
    expect(store.enter('a')).toBeUndefined();
  });

  test(`are ${MAX_WAITING_IN_WORKER} for all names together`, () => {
    const { store } = open();
    const places = Array.from({ length: MAX_WAITING_IN_WORKER }, (_, at) => store.enter(`${at}`));
    expect(places).not.toContain(undefined);
    expect(store.enter('another')).toBeUndefined();
    store.leave(places[0] as Place);
    passMs(50);
    expect(store.enter('another')).toBeDefined();
  });

  test('are free again where their requests have vanished', () => {
    const { store } = open();
    for (let count = 0; count < MAX_WAITING; count += 1) {
      store.enter('a');
    }
    passMs(10_000);
    expect(store.enter('a')).toBeDefined();
  });
});

describe('an errand', () => {
  const ERRAND = {
    source: SOURCE,
    times: { keyCache: 1, keyStale: 2, keyCooldown: 3 },
    since: 4,
    isForced: true,
  };

  test('is taken once, by its ticket', () => {
    const { store } = open();
    expect(store.handOver('ticket', ERRAND)).toBe(true);
    expect(store.takeErrand('another')).toBeUndefined();
    expect(store.takeErrand('ticket')).toEqual(ERRAND);
    expect(store.takeErrand('ticket')).toBeUndefined();
  });

  test('is not there any more after some seconds', () => {
    const { store } = open();
    store.handOver('ticket', ERRAND);
    passMs(5000);
    expect(store.takeErrand('ticket')).toBeUndefined();
  });

  test('is not handed over where there is no room', () => {
    const { dict, store } = open();
    dict.room = 0;
    expect(store.handOver('ticket', ERRAND)).toBe(false);
  });
});

test.each(OTHERS)('$kind $location has nothing of another source', (other) => {
  const { store } = open();
  store.lock(SOURCE);
  store.endForced(SOURCE);
  store.fail(SOURCE, refuse('keys_unavailable'));
  expect(store.failure(other)).toBeUndefined();
  expect([store.isLocked(other), store.lock(other), store.mayForce(other, 30)]).toEqual([
    ...[false, Date.now(), true],
  ]);
});

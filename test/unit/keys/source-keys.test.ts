// One source: whose lock it is, how long others are waited for, and what is not asked for twice.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Errand } from '../../../src/keys/errand.ts';
import { type KeySource, type KeyTimes, revocationSource } from '../../../src/keys/source.ts';
import {
  freshEdition,
  GRACE_SECONDS,
  type KeyWorld,
  REFUSAL_PAUSE,
  SourceKeys,
  STALE_PAUSE,
} from '../../../src/keys/source-keys.ts';
import { refuse } from '../../../src/refusal.ts';
import {
  fakeTime,
  keyWorld,
  pass,
  SOURCE,
  setOf,
  settle,
  slowly,
  sourceOf,
  TIMES,
} from '../../support/key-world.ts';

const FILE = sourceOf('/keys.json', 'file');

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

function open(
  source: KeySource,
  world = keyWorld(),
  times: KeyTimes = TIMES,
  delegate?: KeyWorld['delegate'],
) {
  const reports: string[] = [];
  const warnings: string[] = [];
  const keys = new SourceKeys(
    source,
    times,
    {
      ...(delegate && { delegate }),
      store: world.store,
      read: () => {
        world.reads.push(source.location);
        return answers.next();
      },
      report: ({ explanation }) => void reports.push(explanation),
      warn: (text) => void warnings.push(text),
      now: () => Math.floor(Date.now() / 1000),
    },
    undefined,
  );
  const answers = { next: (): string | Promise<string> => setOf('a') };
  return { world, keys, answers, reports, warnings };
}

test('a file is read at once while another reads it, and his lock stays his', async () => {
  const { world, keys } = open(FILE);
  world.store.lock(FILE);
  const begin = Date.now();
  expect((await keys.load()).keys).toHaveLength(1);
  expect(Date.now()).toBe(begin);
  expect(world.store.isLocked(FILE)).toBe(true);
});

test('anything else is waited for', async () => {
  const { world, keys } = open(SOURCE);
  world.store.lock(SOURCE);
  const part = keys.load();
  await pass(0.5);
  expect(world.reads).toEqual([]);
  world.store.save(SOURCE, setOf('b'), [{ kid: 'b' }], Date.now() / 1000, 60);
  const begin = Date.now();
  expect((await settle(part)).keys).toEqual([{ kid: 'b' }]);
  expect(Date.now() - begin).toBeLessThan(100);
  expect(world.store.isLocked(SOURCE)).toBe(true);
});

test('what this request has fetched it does not fetch again', async () => {
  const { world, keys } = open(SOURCE);
  expect((await settle(keys.load())).keys).toHaveLength(1);
  expect(keys.reload()).toBeUndefined();
  expect(world.store.mayForce(SOURCE, 30)).toBe(true);
  expect(world.reads).toHaveLength(1);
});

test('after a fetch the lock is nobody\u2019s, and the set is at hand', async () => {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  expect(world.store.isLocked(SOURCE)).toBe(false);
  expect(keys.atHand()?.keys).toHaveLength(1);
});

test('a set that is old is at hand while another fetches it, for a few seconds', async () => {
  const { world, keys } = open(SOURCE);
  const isAtHand = () => open(SOURCE, world).keys.generation() !== undefined;
  await settle(keys.load());
  await pass(TIMES.keyCache - 1);
  expect(isAtHand()).toBe(true);
  await pass(1);
  expect(isAtHand()).toBe(false);
  world.store.lock(SOURCE);
  expect(isAtHand()).toBe(true);
  await pass(GRACE_SECONDS - 0.1);
  world.store.lock(SOURCE);
  expect(isAtHand()).toBe(true);
  await pass(0.1);
  // Whether that fetch ever succeeds may be in the hands of clients.
  expect(isAtHand()).toBe(false);
});

test('a set whose source has failed is at hand in the pause, and while another tries again', async () => {
  const { world, keys } = open(SOURCE);
  const isAtHand = () => open(SOURCE, world).keys.generation() !== undefined;
  await settle(keys.load());
  await pass(TIMES.keyCache + GRACE_SECONDS);
  world.store.fail(SOURCE, refuse('keys_unavailable'));
  await pass(STALE_PAUSE - 0.001);
  expect(isAtHand()).toBe(true);
  await pass(0.001);
  expect(isAtHand()).toBe(false);
  world.store.lock(SOURCE);
  expect(isAtHand()).toBe(true);
  await pass(TIMES.keyStale);
  world.store.lock(SOURCE);
  world.store.fail(SOURCE, refuse('keys_unavailable'));
  expect(isAtHand()).toBe(false);
});

test('a pause that another policy has begun is no longer than its own', async () => {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  world.store.fail(SOURCE, refuse('keys_unavailable'));
  await pass(REFUSAL_PAUSE);
  const brief = { keyCache: 0.5, keyStale: 0, keyCooldown: 0 };
  const other = open(SOURCE, world, brief);
  expect((await settle(other.keys.load())).keys).toHaveLength(1);
  expect(world.reads).toHaveLength(2);
});

/** A request whose key is not in the set, while another one fetches it by force. */
async function besideForced() {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  const other = open(SOURCE, world).keys;
  other.atHand();
  world.store.endForced(SOURCE);
  world.store.lock(SOURCE);
  return { world, other };
}

test('what another fetches by force is waited for until he has done, and no longer', async () => {
  const { world, other } = await besideForced();
  const reloaded = other.reload();
  expect(reloaded).toBeInstanceOf(Promise);
  await pass(0.5);
  world.store.unlock(SOURCE);
  const begin = Date.now();
  await settle(reloaded);
  expect(Date.now() - begin).toBeLessThan(100);
});

test('and no longer than a fetch may take, should he never have done', async () => {
  const { world, other } = await besideForced();
  vi.spyOn(world.store, 'isLocked').mockReturnValue(true);
  const begin = Date.now();
  await settle(other.reload());
  expect(Date.now() - begin).toBeLessThan(4100);
});

test('nor longer where the clock is put back', async () => {
  const { world, other } = await besideForced();
  vi.spyOn(world.store, 'isLocked').mockReturnValue(true);
  const settled = vi.fn();
  void Promise.resolve(other.reload()).then(settled);
  vi.setSystemTime(Date.now() - 3600_000);
  await pass(3.9);
  expect(settled).not.toHaveBeenCalled();
  await pass(0.2);
  expect(settled).toHaveBeenCalledOnce();
});

test('what serves on is called what it is', async () => {
  for (const [source, word, text] of [
    [SOURCE, 'key set', setOf('a')],
    [revocationSource('request', '/_revoked'), 'list', '[]'],
  ] as const) {
    const first = open(source);
    first.answers.next = () => text;
    await settle(first.keys.load());
    await pass(TIMES.keyCache);
    const { keys, answers, reports } = open(source, first.world);
    answers.next = () => Promise.reject(new Error('x'));
    await settle(keys.load());
    expect(reports).toEqual([
      expect.stringMatching(new RegExp(`; the ${word} at hand still serves$`)),
    ]);
  }
});

test('a clock that is put back has the set fetched anew, which serves meanwhile', async () => {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  vi.setSystemTime(Date.now() - 3600_000);
  const isFresh = () =>
    freshEdition(SOURCE, TIMES, world.store, Math.floor(Date.now() / 1000)) !== undefined;
  expect(isFresh()).toBe(false);
  const { keys: first, answers } = open(SOURCE, world);
  answers.next = slowly(1, setOf('a'));
  expect(first.atHand()).toBeUndefined();
  const loaded = first.load();
  expect(open(SOURCE, world).keys.atHand()?.keys).toHaveLength(1);
  await settle(loaded);
  expect(isFresh()).toBe(true);
  expect(world.reads).toHaveLength(2);
});

test('in the background, too', async () => {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  vi.setSystemTime(Date.now() - 3600_000);
  await settle(open(SOURCE, world).keys.refresh());
  expect(world.reads).toHaveLength(2);
});

describe('an internal location', () => {
  const LOCATION = sourceOf('/_jwks', 'request');

  /** A request of a client, whose fetch another request runs, one that has no client. */
  function delegating(run = true) {
    const world = keyWorld();
    const errands: Errand[] = [];
    const own = open(LOCATION, world);
    const clients = open(LOCATION, world, TIMES, async (errand) => {
      errands.push(errand);
      if (run) {
        void own.keys.run(errand);
      }
      return run;
    });
    return { world, errands, own, clients };
  }

  test('is asked by a request without a client, and its set serves', async () => {
    const { world, errands, own, clients } = delegating();
    own.answers.next = slowly(2, setOf('c'));
    const since = Date.now();
    const loaded = clients.keys.load();
    await pass(0.5);
    expect(world.store.lockOf(LOCATION)).toEqual({ since, isOwn: true });
    expect((await settle(loaded)).keys).toEqual([{ kty: 'EC', kid: 'c' }]);
    expect(errands).toEqual([{ source: LOCATION, times: TIMES, since, isForced: false }]);
    expect(world.reads).toHaveLength(1);
    expect(world.store.isLocked(LOCATION)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is asked by the client\u2019s own where no other comes', async () => {
    const { world, errands, clients } = delegating(false);
    expect((await settle(clients.keys.load())).keys).toHaveLength(1);
    expect([errands.length, world.reads.length]).toEqual([1, 1]);
    expect(world.store.isLocked(LOCATION)).toBe(false);
  });

  test('that fails is told by the other, once, and to the client\u2019s', async () => {
    const { own, clients } = delegating();
    own.answers.next = () => Promise.reject(refuse('keys_unavailable', 'x', 'it is down'));
    const part = await settle(clients.keys.load());
    expect(part).toMatchObject({ keys: [], failure: { reason: 'keys_unavailable', detail: 'x' } });
    expect([own.reports, clients.reports]).toEqual([['it is down'], []]);
  });

  test('that gives secrets is asked by the client\u2019s own, for they are in no shared memory', async () => {
    const { world, own, clients } = delegating();
    const secret = JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] });
    // Another context has read it, and this one has not.
    own.answers.next = () => secret;
    clients.answers.next = () => secret;
    vi.spyOn(world.store, 'keys').mockReturnValue(undefined);
    expect((await settle(clients.keys.load())).keys).toHaveLength(1);
    expect(world.reads).toHaveLength(2);
  });

  test('a forced fetch begins its cooldown when it has ended, and not before', async () => {
    const { world, errands, own, clients } = delegating();
    await settle(open(LOCATION, world).keys.load());
    own.answers.next = slowly(1, setOf('b'));
    clients.keys.atHand();
    const reloaded = clients.keys.reload();
    await pass(0.9);
    expect(world.store.mayForce(LOCATION, 30)).toBe(true);
    await settle(reloaded);
    expect(errands.map(({ isForced }) => isForced)).toEqual([true]);
    expect(world.store.mayForce(LOCATION, 30)).toBe(false);
  });

  test.each([
    ['whose own request brought it about', true, false],
    ['without a client, so that it is the source\u2019s', false, true],
  ])(
    'a failure that headers of a client may cause, %s',
    async (_whose, isOfClient, isRemembered) => {
      const { world, own, clients } = delegating(!isOfClient);
      const fault = { ...refuse('keys_unavailable', 'x', 'status 416'), isOfClient: true };
      const reader = isOfClient ? clients : own;
      reader.answers.next = () => Promise.reject(fault);
      expect((await settle(clients.keys.load())).failure).toMatchObject({ detail: 'x' });
      expect(world.store.failure(LOCATION) !== undefined).toBe(isRemembered);
      expect(reader.reports).toEqual(isRemembered ? ['status 416'] : []);
      expect(reader.warnings).toEqual(isRemembered ? [] : ['status 416']);
    },
  );
});

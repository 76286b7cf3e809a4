// One fetch at a time for all workers: who waits for whom, and how long.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PATIENCE_MS } from '../../../src/keys/source-keys.ts';
import { LOCK_SECONDS, MAX_WAITING, RELIEF_SECONDS } from '../../../src/keys/store.ts';
import { FETCH_DEADLINE_MS, LAST_HEARTBEAT_MS } from '../../../src/keys/wait.ts';
import {
  fakeTime,
  keyWorld,
  kidsOf,
  pass,
  SOURCE,
  setOf,
  settle,
  slowly,
  sourceOf,
} from '../../support/key-world.ts';
import { refused } from '../../support/refusals.ts';

const LOCATION = sourceOf('/_jwks', 'request');
const never = () => new Promise<never>(() => undefined);

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

describe('a cold start', () => {
  test('with as many rings at once as may wait is one read, and none of them goes without', async () => {
    const world = keyWorld();
    world.answer(slowly(0.9, setOf('a')));
    const rings = Array.from({ length: MAX_WAITING + 1 }, () => world.open());
    expect(rings.map((ring) => ring.generation())).toEqual(rings.map(() => undefined));
    const sets = await settle(Promise.all(rings.map((ring) => ring.load())));
    expect(sets.map(kidsOf)).toEqual(rings.map(() => ['a']));
    expect(new Set(sets.map(({ generation }) => generation)).size).toBe(1);
    expect(world.reads).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('with a source that fails is one read and one report, and all are refused', async () => {
    const world = keyWorld();
    world.answer(async () => {
      await slowly(0.9, '')();
      return '<html>';
    });
    const rings = Array.from({ length: MAX_WAITING + 1 }, () => world.open());
    const sets = await settle(Promise.all(rings.map((ring) => ring.load())));
    expect(sets.map(({ failure }) => failure)).toEqual(
      rings.map(() => refused('cannot_parse', 'jwks')),
    );
    expect(world.reads).toHaveLength(1);
    expect(world.reports).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a set that comes between a look at it and a look at the lock is not fetched once more', async () => {
  const world = keyWorld();
  world.answer(() => setOf('a'));
  await world.open().load();
  // The first look at the edition is a moment too early.
  vi.spyOn(world.dict, 'get').mockImplementationOnce(() => undefined);
  expect(kidsOf(await world.open().load())).toEqual(['a']);
  expect(world.reads).toHaveLength(1);
  expect(world.store.isLocked(SOURCE)).toBe(false);
});

test('one more than may wait is refused at once, and a place that is free again is taken', async () => {
  const world = keyWorld();
  world.answer(slowly(0.9, setOf('a')));
  const rings = Array.from({ length: MAX_WAITING + 1 }, () => world.open());
  const sets = rings.map((ring) => ring.load());
  const { failure } = await world.open().load();
  expect(failure).toEqual(refused('keys_unavailable', 'busy'));
  await settle(Promise.all(sets));
  world.dict.delete(SOURCE.id);
  expect(kidsOf(await settle(world.open().load()))).toEqual(['a']);
  expect(world.reads).toHaveLength(2);
});

describe('who waits', () => {
  test('has the set within a moment of its coming', async () => {
    const world = keyWorld();
    world.answer(slowly(0.9, setOf('a')));
    void world.open().load();
    const waiting = vi.fn();
    void world.open().load().then(waiting);
    await pass(0.89);
    expect(waiting).not.toHaveBeenCalled();
    await pass(0.05);
    expect(waiting).toHaveBeenCalledTimes(1);
  });

  test('takes over where the one who fetches has vanished, once his lock has ended', async () => {
    const world = keyWorld();
    world.answer(() => setOf('a'));
    world.store.lock(SOURCE);
    world.store.relieve(SOURCE);
    const set = world.open().load();
    await pass(LOCK_SECONDS - 0.1);
    expect(world.reads).toEqual([]);
    await pass(0.2);
    expect(kidsOf(await set)).toEqual(['a']);
    expect(world.reads).toHaveLength(1);
  });

  test('serves the old set where the one who refreshes has vanished', async () => {
    const world = keyWorld();
    world.answer(() => setOf('a'));
    await world.open().load();
    await pass(540);
    world.store.lock(SOURCE);
    expect(kidsOf(await world.open().load())).toEqual(['a']);
    expect(world.reads).toHaveLength(1);
    await pass(LOCK_SECONDS);
    await world.open().load();
    expect(world.reads).toHaveLength(2);
  });

  test('waits for no longer than the deadline', async () => {
    const world = keyWorld();
    const hold = () => {
      world.store.holdLock(SOURCE, { since: Date.now(), isOwn: false });
      world.store.relieve(SOURCE);
    };
    // A little before the one who waits looks, so that he never finds it free.
    hold();
    await pass(0.005);
    const set = world.open().load();
    for (let step = 0; step <= FETCH_DEADLINE_MS; step += 5) {
      hold();
      await pass(0.005);
    }
    expect(await set).toEqual({
      keys: [],
      generation: '',
      failure: refused('keys_unavailable', 'deadline'),
    });
    expect(world.reads).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('whose patience ends, though the lock is held', () => {
  const PATIENCE = PATIENCE_MS / 1000;

  /** A fetch that never ends, and requests that wait for it. */
  function stuck(waiting: number) {
    const world = keyWorld();
    world.answer(never, LOCATION);
    const open = () => world.open({ sources: [LOCATION] }).load();
    void open();
    const settled = vi.fn();
    return { ...world, settled, sets: Array.from({ length: waiting }, () => open().then(settled)) };
  }

  test('fetches beside it, and the set serves all', async () => {
    const world = stuck(20);
    world.answer(async () => setOf('a'), LOCATION);
    await pass(PATIENCE - 0.01);
    expect(world.reads).toHaveLength(1);
    await pass(0.1);
    expect(world.reads).toHaveLength(2);
    expect(world.settled.mock.calls.map(([set]) => kidsOf(set))).toEqual(
      world.sets.map(() => ['a']),
    );
  });

  test('takes the lock over, and gives it back', async () => {
    const world = stuck(1);
    world.answer(slowly(2, setOf('a')), LOCATION);
    await pass(PATIENCE + 1.5);
    expect(world.store.isLocked(LOCATION)).toBe(true);
    await pass(1);
    expect(kidsOf(world.settled.mock.calls[0]?.[0])).toEqual(['a']);
  });

  test(`is one of all, every ${RELIEF_SECONDS} s`, async () => {
    const world = stuck(MAX_WAITING);
    await pass(PATIENCE - 0.01);
    expect(world.reads).toHaveLength(1);
    for (let reads = 2; reads < 10; reads += 1) {
      await pass(RELIEF_SECONDS);
      expect(world.reads).toHaveLength(reads);
    }
    await pass(FETCH_DEADLINE_MS / 1000);
    // Those who have asked wait for their subrequests, whatever comes; the others are refused.
    expect(world.settled.mock.calls.map(([{ failure }]) => failure)).toEqual(
      Array.from({ length: MAX_WAITING + 1 - world.reads.length }, () =>
        refused('keys_unavailable', 'deadline'),
      ),
    );
  });
});

describe('a slow fetch', () => {
  test('keeps its lock by showing that it lives', async () => {
    const world = keyWorld();
    world.answer(slowly(3.9, setOf('a')));
    const first = world.open().load();
    for (let second = 0; second < 3.5; second += 0.5) {
      await pass(0.5);
      expect(world.store.isLocked(SOURCE)).toBe(true);
    }
    const second = world.open().load();
    expect(kidsOf(await settle(first))).toEqual(['a']);
    expect(kidsOf(await settle(second))).toEqual(['a']);
    expect(world.reads).toHaveLength(1);
  });

  test.each([
    ['that comes', async () => setOf('a')],
    ['that is no key set', async () => '<html>'],
    ['that rejects', () => Promise.reject(new Error('down'))],
  ])('%s gives its lock back and leaves no timer', async (_what, answer) => {
    const world = keyWorld();
    world.answer(() => slowly(3, '')().then(answer));
    await settle(world.open().load());
    expect(world.store.isLocked(SOURCE)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a fetch that never settles', () => {
  test('has failed after the deadline, and leaves neither lock nor timer', async () => {
    const world = keyWorld();
    world.answer(never);
    const settled = vi.fn();
    const set = world.open().load();
    void set.then(settled);
    await pass(FETCH_DEADLINE_MS / 1000 - 0.01);
    expect(settled).not.toHaveBeenCalled();
    await pass(0.01);
    expect((await set).failure).toEqual(refused('keys_unavailable', 'deadline'));
    expect(world.reports.map(({ explanation }) => explanation)).toEqual([
      `$auth_jwt_key_url "${SOURCE.location}" gave no answer within ${FETCH_DEADLINE_MS} ms`,
    ]);
    expect(world.store.isLocked(SOURCE)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that rejects late is nobody’s error', async () => {
    const world = keyWorld();
    world.answer(
      () => new Promise((_resolve, reject) => setTimeout(reject, 9000, new Error('late'))),
    );
    await settle(world.open().load());
    await pass(10);
    expect(world.reports).toHaveLength(1);
  });

  test('leaves the old set at hand', async () => {
    const world = keyWorld();
    world.answer(() => setOf('old'));
    await world.open().load();
    await pass(700);
    world.answer(never);
    const { keys, failure } = await settle(world.open().load());
    expect(kidsOf({ keys, generation: '' })).toEqual(['old']);
    expect(failure).toBeUndefined();
  });
});

test('a subrequest is waited for past the deadline: nginx holds the answer until it ends', async () => {
  const world = keyWorld();
  world.answer(slowly(7, setOf('a')), LOCATION);
  const set = world.open({ sources: [LOCATION] }).load();
  await pass(6.9);
  expect(world.store.isLocked(LOCATION)).toBe(true);
  expect(kidsOf(await settle(set))).toEqual(['a']);
  expect(vi.getTimerCount()).toBe(0);
});

describe('a clock that is put back by an hour', () => {
  const putBack = () => vi.setSystemTime(Date.now() - 3600_000);

  test('does not prolong a fetch that never settles', async () => {
    const world = keyWorld();
    world.answer(never);
    const set = world.open().load();
    await pass(1);
    putBack();
    await pass(FETCH_DEADLINE_MS / 1000 - 1);
    expect((await set).failure).toEqual(refused('keys_unavailable', 'deadline'));
    expect(vi.getTimerCount()).toBe(0);
  });

  test('lets the heartbeat of a subrequest end that never settles', async () => {
    const world = keyWorld();
    world.answer(never, LOCATION);
    void world.open({ sources: [LOCATION] }).load();
    await pass(1);
    putBack();
    await pass(LAST_HEARTBEAT_MS / 1000 + 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('keeps nobody waiting for another’s fetch', async () => {
    const world = keyWorld();
    world.answer(never, LOCATION);
    void world.open({ sources: [LOCATION] }).load();
    const other = world.open({ sources: [LOCATION] }).load();
    const settled = vi.fn();
    void other.then(settled);
    await pass(0.1);
    putBack();
    await pass(FETCH_DEADLINE_MS / 1000 + LAST_HEARTBEAT_MS / 1000 + 1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

// What an unknown key may cause: one fetch per cooldown, and a wait for the one that is under way.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LATE_MS } from '../../../src/keys/source-keys.ts';
import { MAX_WAITING } from '../../../src/keys/store.ts';
import { refuse } from '../../../src/refusal.ts';
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

const OTHER = sourceOf('https://other/');

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

/** A world that has the set `old` of every source, and sources that have `new`. */
async function rotated() {
  const world = keyWorld();
  for (const source of [SOURCE, OTHER]) {
    world.answer(() => setOf('old'), source);
    await world.open({ sources: [source] }).load();
    world.answer(() => setOf('old', 'new'), source);
  }
  world.reads.length = 0;
  /** A request that has seen the set, and found no key in it. */
  const openLoaded = async (settings: Parameters<typeof world.open>[0] = {}) => {
    const ring = world.open(settings);
    await ring.load();
    return ring;
  };
  return { ...world, openLoaded };
}

describe('a reload', () => {
  test('brings the new set, under a new generation, to all', async () => {
    const world = await rotated();
    const ring = await world.openLoaded();
    const before = ring.generation();
    const newer = await ring.reload();
    expect(kidsOf(newer)).toEqual(['old', 'new']);
    expect(newer?.generation).not.toBe(before);
    expect(world.open().generation()).toBe(newer?.generation);
    expect(world.reads).toHaveLength(1);
    expect(world.store.isLocked(SOURCE)).toBe(false);
  });

  test('reads once per cooldown, whatever is asked for', async () => {
    const world = await rotated();
    for (let second = 0; second < 90; second += 1) {
      await (await world.openLoaded()).reload();
      await (await world.openLoaded()).reload();
      await pass(1);
    }
    expect(world.reads).toHaveLength(3);
  });

  test('reads again when the cooldown has ended, and not a moment before', async () => {
    const world = await rotated();
    await (await world.openLoaded()).reload();
    await pass(29.999);
    expect(await (await world.openLoaded()).reload()).toBeUndefined();
    await pass(0.001);
    expect(kidsOf(await (await world.openLoaded()).reload())).toEqual(['old', 'new']);
  });

  test('that may not be made is refused at once, without a promise', async () => {
    const world = await rotated();
    await (await world.openLoaded()).reload();
    expect((await world.openLoaded()).reload()).toBeUndefined();
  });

  test('is made once, also where another ends one between the look at the cooldown and at the lock', async () => {
    const world = await rotated();
    const ring = await world.openLoaded();
    vi.spyOn(world.store, 'mayForce').mockImplementationOnce(() => {
      world.store.endForced(SOURCE);
      return true;
    });
    await ring.reload();
    expect(world.reads).toEqual([]);
    expect(world.store.isLocked(SOURCE)).toBe(false);
  });

  test('is not made for a request that has just fetched', async () => {
    const world = keyWorld();
    world.answer(() => setOf('a'));
    const ring = world.open();
    await ring.load();
    expect(await ring.reload()).toBeUndefined();
    expect(world.reads).toHaveLength(1);
  });

  test('is not made twice by one request', async () => {
    const world = await rotated();
    const ring = await world.openLoaded({ keyCooldown: 0 });
    await ring.reload();
    await pass(1);
    expect(await ring.reload()).toBeUndefined();
    expect(world.reads).toHaveLength(1);
  });

  test('is not made while the source fails', async () => {
    const world = await rotated();
    world.store.fail(SOURCE, refuse('keys_unavailable'));
    expect(await (await world.openLoaded()).reload()).toBeUndefined();
    expect(world.reads).toEqual([]);
  });

  test('that fails leaves the old set, and is reported once', async () => {
    const world = await rotated();
    world.answer(() => '<html>');
    expect(kidsOf(await (await world.openLoaded()).reload())).toEqual(['old']);
    expect(await (await world.openLoaded()).reload()).toBeUndefined();
    expect(kidsOf(await world.open().load())).toEqual(['old']);
    expect(world.reports).toEqual([refused('cannot_parse', 'jwks')]);
  });
});

describe('while somebody reloads', () => {
  test('others wait for it, and get what it brings', async () => {
    const world = await rotated();
    world.answer(slowly(1, setOf('old', 'new')));
    const rings = await Promise.all(
      Array.from({ length: MAX_WAITING + 1 }, () => world.openLoaded()),
    );
    const sets = await settle(Promise.all(rings.map((ring) => ring.reload())));
    expect(sets.map(kidsOf)).toEqual(rings.map(() => ['old', 'new']));
    expect(world.reads).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('no more than may wait do; the others are told at once that nothing is new', async () => {
    const world = await rotated();
    world.answer(slowly(0.9, setOf('old', 'new')));
    const rings = await Promise.all(
      Array.from({ length: MAX_WAITING + 5 }, () => world.openLoaded()),
    );
    const reloads = rings.map((ring) => ring.reload());
    const sets = Promise.all(reloads);
    // The first one fetches.
    expect(await Promise.all(reloads.slice(MAX_WAITING + 1))).toEqual(
      reloads.slice(MAX_WAITING + 1).map(() => undefined),
    );
    expect((await settle(sets)).filter((set) => set !== undefined)).toHaveLength(MAX_WAITING + 1);
  });

  test('nobody begins to wait for a fetch that is late', async () => {
    const world = await rotated();
    world.answer(slowly(3, setOf('old', 'new')));
    const [first, early, late] = [
      await world.openLoaded(),
      await world.openLoaded(),
      await world.openLoaded(),
    ];
    const reload = first.reload();
    await pass(LATE_MS / 1000 - 0.001);
    const waiting = early.reload();
    expect(waiting).toBeInstanceOf(Promise);
    await pass(0.001);
    expect(late.reload()).toBeUndefined();
    expect(kidsOf(await settle(waiting))).toEqual(['old', 'new']);
    await settle(reload);
  });

  test('requests that need nothing new are served the old set', async () => {
    const world = await rotated();
    world.answer(slowly(1, setOf('old', 'new')));
    const reload = (await world.openLoaded()).reload();
    expect(kidsOf(await world.open().load())).toEqual(['old']);
    expect(world.open().generation()).toBeDefined();
    await settle(reload);
  });

  test('others wait for a refresh ahead as well', async () => {
    const world = await rotated();
    await pass(540);
    world.answer(slowly(1, setOf('old', 'new')));
    const refresh = world.open().load();
    const set = (await world.openLoaded()).reload();
    expect(kidsOf(await settle(set))).toEqual(['old', 'new']);
    await refresh;
    expect(world.reads).toHaveLength(1);
  });

  test('others wait no longer than the deadline', async () => {
    const world = await rotated();
    const ring = await world.openLoaded();
    const heartbeat = setInterval(
      () => world.store.holdLock(SOURCE, { since: Date.now(), isOwn: false }),
      500,
    );
    world.store.lock(SOURCE);
    const set = ring.reload();
    for (let second = 0; second < 5; second += 1) {
      world.store.holdLock(SOURCE, { since: Date.now(), isOwn: false });
      await pass(1);
    }
    clearInterval(heartbeat);
    expect(kidsOf(await set)).toEqual(['old']);
    expect(world.reads).toEqual([]);
  });
});

test('who saw the old set, and comes when another has just brought the new one, gets it', async () => {
  const world = await rotated();
  const [first, late] = [await world.openLoaded(), await world.openLoaded()];
  await first.reload();
  expect(kidsOf(await late.reload())).toEqual(['old', 'new']);
  expect(world.reads).toHaveLength(1);
});

describe('of several sources', () => {
  test('each is read, and all of their keys come back', async () => {
    const world = await rotated();
    const ring = await world.openLoaded({ sources: [SOURCE, OTHER] });
    expect(kidsOf(await ring.reload())).toEqual(['old', 'new', 'old', 'new']);
    expect(world.reads).toEqual([SOURCE.location, OTHER.location]);
  });

  test('one that may not be read yet keeps its keys', async () => {
    const world = await rotated();
    world.store.endForced(OTHER);
    const ring = await world.openLoaded({ sources: [SOURCE, OTHER] });
    const newer = await ring.reload();
    expect(kidsOf(newer)).toEqual(['old', 'new', 'old']);
    expect(world.open({ sources: [SOURCE, OTHER] }).generation()).toBe(newer?.generation);
    expect(world.reads).toEqual([SOURCE.location]);
  });

  test('one that fails keeps its keys, and its failure is not the set’s', async () => {
    const world = await rotated();
    world.answer(() => '<html>', OTHER);
    const ring = await world.openLoaded({ sources: [SOURCE, OTHER] });
    expect(await ring.reload()).toEqual({
      keys: [
        { kty: 'EC', kid: 'old' },
        { kty: 'EC', kid: 'new' },
        { kty: 'EC', kid: 'old' },
      ],
      generation: world.open({ sources: [SOURCE, OTHER] }).generation(),
    });
  });

  test('one that has nothing at all says why', async () => {
    const world = await rotated();
    const down = sourceOf('https://down/');
    world.answer(() => '<html>', down);
    const ring = world.open({ sources: [SOURCE, down] });
    await ring.load();
    const newer = await ring.reload();
    expect(kidsOf(newer)).toEqual(['old', 'new']);
    expect([newer?.generation, newer?.failure]).toEqual(['', refused('cannot_parse', 'jwks')]);
  });

  test('the cooldown of one is not that of another', async () => {
    const world = await rotated();
    await (await world.openLoaded()).reload();
    await (await world.openLoaded({ sources: [OTHER] })).reload();
    expect(world.reads).toEqual([SOURCE.location, OTHER.location]);
  });
});

// A zone that is full, or too small: it may cost reads, and never a verdict.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_WAITING } from '../../../src/keys/store.ts';
import {
  fakeTime,
  keyWorld,
  kidsOf,
  pass,
  settle,
  setOf as shortSetOf,
  slowly,
} from '../../support/key-world.ts';

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

/** Room for locks and the like, and for no key set. */
const SMALL = 50;

const setOf = (kid: string) => shortSetOf(kid).padEnd(SMALL + 1);

describe.each([
  ['full', 0],
  ['too small for the set', SMALL],
])('a zone that is %s', (_what, room) => {
  test('gives each request its keys', async () => {
    const world = keyWorld();
    world.dict.room = room;
    world.answer(() => setOf('a'));
    for (const kid of ['a', 'b', 'c']) {
      world.answer(() => setOf(kid));
      const { keys, failure } = await settle(world.open().load());
      expect([keys, failure]).toEqual([[{ kty: 'EC', kid }], undefined]);
    }
    expect(vi.getTimerCount()).toBe(0);
    expect(new Set(world.warnings)).toEqual(
      new Set(['js_shared_dict_zone auth_jwt_keys is too small: make it larger']),
    );
  });

  test('gives as many requests at once as may wait their keys, though the source takes its time', async () => {
    const world = keyWorld();
    world.dict.room = room;
    world.answer(slowly(0.3, setOf('a')));
    const rings = Array.from({ length: MAX_WAITING + 1 }, () => world.open());
    const sets = await settle(Promise.all(rings.map((ring) => ring.load())));
    expect(sets.filter(({ failure }) => failure)).toHaveLength(0);
    expect(sets.map(kidsOf)).toEqual(rings.map(() => ['a']));
  });

  test('does not keep a key alive that has left the set', async () => {
    const world = keyWorld();
    world.answer(() => setOf('old'));
    await world.open().load();
    world.dict.room = room;
    world.answer(slowly(0.1, setOf('new')));
    await pass(601);
    await settle(world.open().load());
    const rings = [world.open(), world.open(), world.open()];
    const sets = await settle(Promise.all(rings.map((ring) => ring.load())));
    expect(sets.map(kidsOf)).toEqual([['new'], ['new'], ['new']]);
  });

  test('keeps the set that is in it while it is fresh', async () => {
    const world = keyWorld();
    world.answer(() => setOf('old'));
    await world.open().load();
    world.dict.room = room;
    await pass(500);
    expect(kidsOf(await world.open().load())).toEqual(['old']);
    expect(world.reads).toHaveLength(1);
  });

  test('finds a key that is new', async () => {
    const world = keyWorld();
    world.answer(() => setOf('old'));
    await world.open().load();
    world.dict.room = room;
    world.answer(() => setOf('new'));
    const ring = world.open();
    await ring.load();
    expect(kidsOf(await settle(ring.reload()))).toEqual(['new']);
  });

  test('refuses where the source fails', async () => {
    const world = keyWorld();
    world.dict.room = room;
    world.answer(() => '<html>');
    for (const _request of [1, 2]) {
      expect(await settle(world.open().load())).toMatchObject({
        keys: [],
        generation: '',
        failure: { reason: 'cannot_parse' },
      });
    }
  });
});

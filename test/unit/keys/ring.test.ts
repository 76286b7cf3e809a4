import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

/** A world in which the set `old` has just been fetched. */
async function withSet(...kids: string[]) {
  const world = keyWorld();
  world.answer(() => setOf(...kids));
  await world.open().load();
  world.reads.length = 0;
  return world;
}

describe('a fresh set', () => {
  test('is served to all without a read', async () => {
    const world = await withSet('old');
    for (const _request of [1, 2, 3]) {
      const ring = world.open();
      const generation = ring.generation();
      const { keys, ...rest } = await ring.load();
      expect(keys).toEqual([{ kty: 'EC', kid: 'old' }]);
      expect(rest).toEqual({ generation });
      expect(generation).not.toBe('');
    }
    expect(world.reads).toEqual([]);
  });

  test('is read where there is none, and by load only', async () => {
    const world = keyWorld();
    world.answer(() => setOf('a'));
    const ring = world.open();
    expect(ring.generation()).toBeUndefined();
    expect(world.reads).toEqual([]);
    expect(kidsOf(await ring.load())).toEqual(['a']);
    expect(world.reads).toHaveLength(1);
    expect(ring.generation()).toBe((await ring.load()).generation);
    expect(world.reads).toHaveLength(1);
  });

  test.each([
    [0, 0],
    [539, 0],
    [540, 1],
    [600, 1],
    [600 + 86399, 1],
  ])('is %d s old: %d reads', async (age, reads) => {
    const world = await withSet('old');
    await pass(age);
    expect(kidsOf(await world.open().load())).toEqual(['old']);
    expect(world.reads).toHaveLength(reads);
  });

  test('is as long fresh as the policy of the ring has it', async () => {
    const world = await withSet('old');
    await pass(9);
    await world.open({ keyCache: 20 }).load();
    expect(world.reads).toHaveLength(0);
    await world.open({ keyCache: 10 }).load();
    expect(world.reads).toHaveLength(1);
  });
});

describe('a refresh ahead', () => {
  test('is made by exactly one of several, while the others serve the old set', async () => {
    const world = await withSet('old');
    await pass(540);
    world.answer(slowly(1, setOf('new')));
    const rings = Array.from({ length: 5 }, () => world.open());
    expect(rings.map((ring) => ring.generation() === undefined)).toEqual(rings.map(() => false));
    expect(rings.map((ring) => ring.takeRefresh())).toEqual([true, false, false, false, false]);
    const [first, ...others] = rings.map((ring) => ring.load());
    for (const other of others) {
      expect(kidsOf(await other)).toEqual(['old']);
    }
    expect(kidsOf(await settle(first ?? Promise.reject()))).toEqual(['new']);
    expect(kidsOf(await world.open().load())).toEqual(['new']);
    expect(world.reads).toHaveLength(1);
  });

  test('leaves the set at hand to all others, whole', async () => {
    const world = await withSet('a', 'b');
    await pass(550);
    world.answer(slowly(1, setOf('c')));
    const first = world.open();
    expect(first.atHand()).toBeUndefined();
    const refreshed = first.load();
    const [other, another] = [world.open(), world.open()];
    expect(kidsOf(other.atHand())).toEqual(['a', 'b']);
    expect(another.generation()).toBe(other.atHand()?.generation);
    expect(kidsOf(another.atHand())).toEqual(['a', 'b']);
    expect(kidsOf(await settle(refreshed))).toEqual(['c']);
  });

  test('makes the set as fresh as new, even where its content is the old', async () => {
    const world = await withSet('old');
    const before = world.open().generation();
    await pass(540);
    await world.open().load();
    await pass(539);
    expect(world.open().generation()).toBe(before);
    expect(world.reads).toHaveLength(1);
  });

  test('gives its lock back', async () => {
    const world = await withSet('old');
    await pass(540);
    await world.open().load();
    expect(world.store.isLocked(SOURCE)).toBe(false);
  });
});

describe('a generation', () => {
  test.each([
    ['the same content', setOf('a'), true],
    ['another key', setOf('b'), false],
    ['one key more', setOf('a', 'b'), false],
    ['another member of the key', setOf('a').replace('}', ',"use":"sig"}'), false],
  ])('after a read of %s', async (_what, text, isSame) => {
    const world = await withSet('a');
    const before = world.open().generation();
    world.answer(() => text);
    await pass(540);
    await world.open().load();
    expect(world.open().generation() === before).toBe(isSame);
  });

  test('comes back with the content', async () => {
    const world = await withSet('a');
    const before = world.open().generation();
    for (const text of [setOf('b'), setOf('a')]) {
      await pass(540);
      world.answer(() => text);
      await world.open().load();
    }
    expect(world.open().generation()).toBe(before);
  });

  test('of a set is that of its load', async () => {
    const world = await withSet('a');
    await pass(540);
    world.answer(() => setOf('b'));
    const { generation } = await world.open().load();
    expect(world.open().generation()).toBe(generation);
  });
});

describe('several sources', () => {
  const ONE = sourceOf('https://one/');
  const TWO = sourceOf('https://two/');

  function twoSources() {
    const world = keyWorld();
    world.answer(() => setOf('a', 'one'), ONE);
    world.answer(() => setOf('a', 'two'), TWO);
    return world;
  }

  test('form one set, in their order', async () => {
    const world = twoSources();
    const ring = world.open({ sources: [TWO, ONE] });
    expect(kidsOf(await ring.load())).toEqual(['a', 'two', 'a', 'one']);
    expect(world.reads).toEqual([TWO.location, ONE.location]);
  });

  test('are read at the same time', async () => {
    const world = twoSources();
    world.answer(slowly(3, setOf('one')), ONE);
    world.answer(slowly(3, setOf('two')), TWO);
    const set = world.open({ sources: [ONE, TWO] }).load();
    await pass(3.1);
    expect(kidsOf(await set)).toEqual(['one', 'two']);
  });

  test('have a generation that each of them changes', async () => {
    const world = twoSources();
    const open = () => world.open({ sources: [ONE, TWO] });
    await open().load();
    const seen = [open().generation()];
    for (const source of [ONE, TWO]) {
      world.answer(() => setOf('new'), source);
      await pass(540);
      await open().load();
      seen.push(open().generation());
    }
    expect(new Set(seen).size).toBe(3);
    expect(seen).not.toContain(undefined);
  });

  test('are at hand only together', async () => {
    const world = twoSources();
    await world.open({ sources: [ONE] }).load();
    expect(world.open({ sources: [ONE, TWO] }).generation()).toBeUndefined();
  });

  test('that are the same one are read once', async () => {
    const world = twoSources();
    const ring = world.open({ sources: [ONE, { ...ONE }] });
    expect(kidsOf(await settle(ring.load()))).toEqual(['a', 'one', 'a', 'one']);
    expect(world.reads).toHaveLength(1);
  });

  test.each([
    ['another location', TWO],
    ['another kind', sourceOf(ONE.location, 'discovery')],
  ])('never mix, though a kid is the same: %s', async (_what, other) => {
    const world = keyWorld();
    const texts = ['mine', 'theirs'].map((k) => JSON.stringify({ keys: [{ kid: 'a', k }] }));
    const [mine = '', theirs = ''] = texts;
    const load = async (source: typeof ONE, text: string) => {
      world.answer(() => text, source);
      return world.open({ sources: [source] }).load();
    };
    await load(ONE, mine);
    await load(other, theirs);
    for (const [source, k] of [
      [ONE, 'mine'],
      [other, 'theirs'],
    ] as const) {
      const ring = world.open({ sources: [source] });
      expect((await ring.load()).keys).toEqual([{ kid: 'a', k }]);
    }
    expect(world.open({ sources: [ONE] }).generation()).not.toBe(
      world.open({ sources: [other] }).generation(),
    );
  });
});

describe('without a zone', () => {
  test('a set is read each time, and has a generation all the same', async () => {
    const world = keyWorld();
    world.answer(() => setOf('a'));
    const rings = [world.openWithoutZone(), world.openWithoutZone()];
    const sets = await Promise.all(rings.map((ring) => ring.load()));
    expect(world.reads).toHaveLength(2);
    expect(sets.map(kidsOf)).toEqual([['a'], ['a']]);
    expect(sets[0]?.generation).toMatch(/./);
    expect(sets[0]?.generation).toBe(sets[1]?.generation);
  });

  test('nothing is known beforehand, and nothing newer is to be had', async () => {
    const world = keyWorld();
    world.answer(() => setOf('a'));
    const ring = world.openWithoutZone();
    expect(ring.generation()).toBeUndefined();
    await ring.load();
    expect(ring.generation()).toBeUndefined();
    expect(await ring.reload()).toBeUndefined();
    expect(world.reads).toHaveLength(1);
  });
});

/** A set with such a name is not kept by the context. */
const TOO_LONG_TO_KEEP = 'x'.repeat(530_000);

test('a set whose text has gone from the zone is read anew', async () => {
  const world = await withSet('evicted', TOO_LONG_TO_KEEP);
  world.answer(() => setOf('fresh'));
  world.dict.delete(world.dict.keys().find((key) => key.startsWith('keys ')) ?? '');
  expect(kidsOf(await world.open().load())).toEqual(['fresh']);
  expect(world.reads).toHaveLength(1);
});

// What serves while a source fails, and how often it is asked.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_JWKS_LENGTH, MAX_KEYS } from '../../../src/keys/jwks.ts';
import { REFUSAL_PAUSE, STALE_PAUSE } from '../../../src/keys/source-keys.ts';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import {
  fakeTime,
  keyWorld,
  kidsOf,
  pass,
  SOURCE,
  setOf,
  sourceOf,
  TIMES,
} from '../../support/key-world.ts';
import { refused } from '../../support/refusals.ts';

const DOWN = refuse('keys_unavailable', 'auth_jwt_key_url', 'it is down');

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

const down = (refusal: unknown = DOWN) => {
  throw refusal;
};

/** A world that has the set `old` and a source that is down. */
async function withOldSet() {
  const world = keyWorld();
  world.answer(() => setOf('old'));
  await world.open().load();
  world.reads.length = 0;
  world.answer(down);
  return world;
}

describe('while an older set is at hand', () => {
  test.each([540, 600, 600 + 86399])('it serves at %d s, and nobody is refused', async (age) => {
    const world = await withOldSet();
    const before = world.open().generation();
    await pass(age);
    expect(await world.open().load()).toEqual({
      keys: [{ kty: 'EC', kid: 'old' }],
      generation: before,
    });
    expect(world.open().generation()).toBe(before);
  });

  test('it serves no longer than it may', async () => {
    const world = await withOldSet();
    await pass(TIMES.keyCache + TIMES.keyStale);
    const ring = world.open();
    expect(ring.generation()).toBeUndefined();
    expect(await ring.load()).toEqual({
      keys: [],
      generation: '',
      failure: refused(DOWN.reason, DOWN.detail),
    });
  });

  test('its source is asked at once when it serves no more', async () => {
    const world = await withOldSet();
    await pass(TIMES.keyCache + TIMES.keyStale - 3);
    await world.open().load();
    world.answer(() => setOf('new'));
    await pass(3);
    expect(kidsOf(await world.open().load())).toEqual(['new']);
  });

  test('it serves no longer than the policy of the ring has it, whoever stored it', async () => {
    const world = await withOldSet();
    await pass(15);
    const times = { keyCache: 10, keyStale: 5 };
    expect(world.open(times).generation()).toBeUndefined();
    expect((await world.open(times).load()).failure).toEqual(refused(DOWN.reason, DOWN.detail));
    expect(kidsOf(await world.open().load())).toEqual(['old']);
  });

  test(`the source is asked again after ${STALE_PAUSE} s, with one report each time`, async () => {
    const world = await withOldSet();
    await pass(600);
    for (let round = 1; round <= 3; round += 1) {
      for (let request = 0; request < 20; request += 1) {
        expect(kidsOf(await world.open().load())).toEqual(['old']);
        expect(world.open().generation()).toBeDefined();
      }
      expect([world.reads.length, world.reports.length]).toEqual([round, round]);
      await pass(STALE_PAUSE - 0.001);
      await world.open().load();
      expect(world.reads).toHaveLength(round);
      await pass(0.001);
    }
  });

  test('the report says that it serves', async () => {
    const world = await withOldSet();
    await pass(600);
    await world.open().load();
    expect(world.reports).toEqual([
      { ...DOWN, explanation: 'it is down; the key set at hand still serves' },
    ]);
  });

  test('the source is taken back as soon as it answers', async () => {
    const world = await withOldSet();
    await pass(600);
    await world.open().load();
    world.answer(() => setOf('new'));
    await pass(STALE_PAUSE);
    expect(kidsOf(await world.open().load())).toEqual(['new']);
    await pass(539);
    expect(world.open().generation()).toBeDefined();
    expect(world.reads).toHaveLength(2);
  });

  test.each([
    ['no JSON', '<html>'],
    ['nothing', ''],
    ['no key set', '{"error":"x"}'],
    ['an empty set', '{"keys":[]}'],
    ['half a set', setOf('new').slice(0, -2)],
    ['too long a set', setOf('new').padEnd(MAX_JWKS_LENGTH + 1)],
    ['too many keys', setOf(...Array.from({ length: MAX_KEYS + 1 }, () => 'new'))],
  ])('garbage does not replace it: %s', async (_what, text) => {
    const world = await withOldSet();
    const before = world.open().generation();
    world.answer(() => text);
    await pass(600);
    expect(await world.open().load()).toMatchObject({ keys: [{ kid: 'old' }], generation: before });
    expect(world.open().generation()).toBe(before);
    expect(world.reports).toEqual([refused('cannot_parse', 'jwks')]);
  });

  test.each([
    ['throws', () => down(new TypeError('SECRET'))],
    ['rejects', () => Promise.reject(new TypeError('SECRET'))],
    ['answers with no text', async () => undefined as unknown as string],
  ])('it serves even where reading is a fault of ours: %s', async (_what, answer) => {
    const world = await withOldSet();
    world.answer(answer);
    await pass(600);
    expect(kidsOf(await world.open().load())).toEqual(['old']);
    expect(world.reports).toEqual([refused('generic_error', 'keys')]);
    expect(JSON.stringify(world.reports)).not.toContain('SECRET');
  });
});

describe('while nothing is at hand', () => {
  test('a file is left alone as well', async () => {
    const file = sourceOf('/keys.json', 'file');
    const world = keyWorld();
    world.answer(down, file);
    for (let request = 0; request < 20; request += 1) {
      expect((await world.open({ sources: [file] }).load()).failure).toMatchObject({
        reason: DOWN.reason,
      });
    }
    expect([world.reads.length, world.reports.length]).toEqual([1, 1]);
  });

  test(`all are refused at once for ${REFUSAL_PAUSE} s, without a read and with one report`, async () => {
    const world = keyWorld();
    world.answer(down);
    for (let request = 0; request < 20; request += 1) {
      const { keys, generation, failure } = await world.open().load();
      expect([keys, generation]).toEqual([[], '']);
      // The log has had the explanation.
      expect(failure).toEqual({ ...DOWN, explanation: '' });
      await pass(0.045);
    }
    expect(world.reads).toHaveLength(1);
    expect(world.reports).toEqual([DOWN]);
  });

  test('the next one after that asks again', async () => {
    const world = keyWorld();
    world.answer(down);
    await world.open().load();
    world.answer(() => setOf('a'));
    await pass(REFUSAL_PAUSE - 0.001);
    expect((await world.open().load()).failure).toBeDefined();
    await pass(0.001);
    expect(kidsOf(await world.open().load())).toEqual(['a']);
    expect(world.reads).toHaveLength(2);
  });

  test('a failure has no generation, so that nothing is remembered of it', async () => {
    const world = keyWorld();
    world.answer(down);
    await world.open().load();
    expect(world.open().generation()).toBeUndefined();
  });

  test('without a zone, each request is told why', async () => {
    const world = keyWorld();
    world.answer(down);
    for (const _request of [1, 2]) {
      expect((await world.openWithoutZone().load()).failure).toEqual({ ...DOWN, explanation: '' });
    }
    expect(world.reads).toHaveLength(2);
    expect(world.reports).toEqual([DOWN, DOWN]);
  });
});

describe('one of several sources', () => {
  const GOOD = sourceOf('https://good/');
  const HTML = sourceOf('https://html/');
  const load = async (...sources: (typeof SOURCE)[]) => {
    const world = keyWorld();
    world.answer(down);
    world.answer(() => '<html>', HTML);
    world.answer(() => setOf('good'), GOOD);
    const ring = world.open({ sources });
    return { ...(await ring.load()), known: ring.generation() };
  };

  test.each([
    ['before the good one', [SOURCE, GOOD]],
    ['after the good one', [GOOD, SOURCE]],
  ])('leaves the others alone, and its failure is kept: %s', async (_what, sources) => {
    const { keys, generation, failure, known } = await load(...sources);
    expect(kidsOf({ keys, generation })).toEqual(['good']);
    expect(failure).toEqual(refused(DOWN.reason, DOWN.detail));
    expect([generation, known]).toEqual(['', undefined]);
  });

  test.each([
    [[SOURCE, HTML], 'keys_unavailable'],
    [[HTML, SOURCE], 'cannot_parse'],
  ])('that comes first is the one that is told', async (sources, reason) => {
    const { failure } = await load(...sources);
    expect((failure as Refusal).reason).toBe(reason);
  });

  test('that has an older set of its own takes no part in the failure', async () => {
    const world = await withOldSet();
    world.answer(() => setOf('good'), GOOD);
    await pass(600);
    const ring = world.open({ sources: [SOURCE, GOOD] });
    const { generation, failure } = await ring.load();
    expect(failure).toBeUndefined();
    expect(world.open({ sources: [SOURCE, GOOD] }).generation()).toBe(generation);
  });
});

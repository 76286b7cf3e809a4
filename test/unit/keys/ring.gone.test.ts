// Shared memory forgets a set while another is fetched: what is left decides, and why one is missing.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  fakeTime,
  keyWorld,
  kidsOf,
  pass,
  setOf,
  settle,
  sourceOf,
} from '../../support/key-world.ts';
import { refused } from '../../support/refusals.ts';

const ONE = sourceOf('https://one/jwks');
const TWO = sourceOf('https://two/jwks');
const SOURCES = { sources: [ONE, TWO] };

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

async function loaded() {
  const world = keyWorld();
  world.answer(() => setOf('gone-1'), ONE);
  world.answer(() => setOf('gone-2'), TWO);
  const ring = world.open(SOURCES);
  expect(kidsOf(await settle(ring.load()))).toEqual(['gone-1', 'gone-2']);
  await pass(60);
  return world;
}

test('a set that has gone is missing, and says so', async () => {
  const world = await loaded();
  const ring = world.open(SOURCES);
  ring.atHand();
  world.answer(() => setOf('gone-3'), ONE);
  world.answer(() => Promise.reject(new Error('x')), TWO);
  world.dict.delete(TWO.id);
  // Somebody else has the right to fetch it by force, and has given up.
  world.store.endForced(TWO);
  const set = await settle(ring.reload());
  expect(kidsOf(set)).toEqual(['gone-3']);
  expect(set?.generation).toBe('');
  expect(set?.failure).toEqual(refused('keys_unavailable', 'deadline'));
});

test('where one is newer the other is what it was', async () => {
  const world = await loaded();
  const ring = world.open(SOURCES);
  ring.atHand();
  world.answer(() => setOf('gone-3'), ONE);
  world.store.endForced(TWO);
  const set = await settle(ring.reload());
  expect(kidsOf(set)).toEqual(['gone-3', 'gone-2']);
  expect(set?.failure).toBeUndefined();
  expect(set?.generation.split(' ')).toHaveLength(2);
});

test('where another fetches and brings nothing, nothing is new', async () => {
  const world = await loaded();
  const ring = world.open(SOURCES);
  ring.atHand();
  for (const source of [ONE, TWO]) {
    world.store.endForced(source);
    world.store.lock(source);
    world.dict.delete(source.id);
  }
  expect(await settle(ring.reload())).toBeUndefined();
  expect(world.reads).toHaveLength(2);
});

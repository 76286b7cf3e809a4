// One source: whose lock it is, how long others are waited for, and what is not asked for twice.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type KeySource, revocationSource } from '../../../src/keys/source.ts';
import { freshEdition, SourceKeys } from '../../../src/keys/source-keys.ts';
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

function open(source: KeySource, world = keyWorld()) {
  const reports: string[] = [];
  const keys = new SourceKeys(
    source,
    TIMES,
    {
      store: world.store,
      read: () => {
        world.reads.push(source.location);
        return answers.next();
      },
      report: ({ explanation }) => void reports.push(explanation),
      warn: () => undefined,
      now: () => Math.floor(Date.now() / 1000),
    },
    undefined,
  );
  const answers = { next: (): string | Promise<string> => setOf('a') };
  return { world, keys, answers, reports };
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
  expect(world.store.force(SOURCE, 30)).toBe(true);
  expect(world.reads).toHaveLength(1);
});

test('after a fetch the lock is nobody\u2019s, and the set is at hand', async () => {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  expect(world.store.isLocked(SOURCE)).toBe(false);
  expect(keys.atHand()?.keys).toHaveLength(1);
});

test('a set that is old is at hand while another fetches it, or has just failed to', async () => {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  await pass(TIMES.keyCache - 1);
  expect(open(SOURCE, world).keys.generation()).toBeDefined();
  await pass(1);
  expect(open(SOURCE, world).keys.generation()).toBeUndefined();
  world.store.lock(SOURCE);
  expect(open(SOURCE, world).keys.generation()).toBeDefined();
  world.store.unlock(SOURCE);
  expect(open(SOURCE, world).keys.generation()).toBeUndefined();
  await pass(TIMES.keyStale);
  world.store.lock(SOURCE);
  expect(open(SOURCE, world).keys.generation()).toBeUndefined();
});

/** A request whose key is not in the set, while another one fetches it by force. */
async function besideForced() {
  const { world, keys } = open(SOURCE);
  await settle(keys.load());
  const other = open(SOURCE, world).keys;
  other.atHand();
  world.store.force(SOURCE, 30);
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

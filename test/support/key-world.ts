// Key sources, shared memory and clock for rings: one world is one nginx, each ring one request.

import { vi } from 'vitest';
import type { KeySet } from '../../src/keys/jwks.ts';
import { KeyRing } from '../../src/keys/ring.ts';
import { type KeySettings, type KeySource, keySource } from '../../src/keys/source.ts';
import { KeyStore } from '../../src/keys/store.ts';
import type { Refusal } from '../../src/refusal.ts';
import { type FakeDict, fakeDict, zoneOf } from './fake-zone.ts';
import { NOW } from './tokens.ts';

/** How a source answers: a file at once, everything else later. */
export type Answer = () => string | Promise<string>;

/** Times of the rings, in seconds. */
export const TIMES = { keyCache: 600, keyStale: 86400, keyCooldown: 30 } as const;

/** The source of rings that name none. */
export const SOURCE: KeySource = keySource('url', 'https://idp/jwks');

/** A source of that name. */
export const sourceOf = (location: string, kind: KeySource['kind'] = 'url'): KeySource =>
  keySource(kind, location);

/** Makes a world whose clock and timers are those of vitest. */
export function keyWorld(dict: FakeDict | undefined = fakeDict()) {
  const store = new KeyStore(zoneOf(dict));
  const answers = new Map<string, Answer>();
  const reads: string[] = [];
  const reports: Refusal[] = [];
  const warnings: string[] = [];
  const world = {
    read: (source: KeySource) => {
      reads.push(source.location);
      return (answers.get(source.location) ?? nothing)();
    },
    report: (refusal: Refusal) => void reports.push(refusal),
    warn: (text: string) => void warnings.push(text),
    now: () => Math.floor(Date.now() / 1000),
  };
  const openIn = (memory: typeof store | undefined, settings: Partial<KeySettings>) =>
    new KeyRing({ ...world, store: memory }, { sources: [SOURCE], ...TIMES, ...settings });
  return {
    dict,
    store,
    /** What has been read, one location a read. */
    reads,
    reports,
    warnings,
    /** Says how a source answers from now on. */
    answer(answer: Answer, { location }: KeySource = SOURCE): void {
      answers.set(location, answer);
    },
    /** The ring of another request. */
    open: (settings: Partial<KeySettings> = {}): KeyRing => openIn(store, settings),
    /** The ring of a request where no zone is declared. */
    openWithoutZone: (settings: Partial<KeySettings> = {}): KeyRing => openIn(undefined, settings),
  };
}

function nothing(): never {
  throw new Error('the source has no answer');
}

/** Fakes clock and timers, from {@link NOW} on. */
export function fakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW * 1000 });
}

/** Lets seconds pass. */
export async function pass(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(Math.round(seconds * 1000));
}

/** What something comes to, while time passes in small steps; a minute is too long. */
export async function settle<Value>(outcome: Value | Promise<Value>): Promise<Value> {
  const promise = Promise.resolve(outcome);
  let isOpen = true;
  const close = () => {
    isOpen = false;
  };
  promise.then(close, close);
  for (let step = 0; isOpen && step < 6000; step += 1) {
    await vi.advanceTimersByTimeAsync(10);
  }
  if (isOpen) {
    throw new Error('it has not settled within a minute');
  }
  return promise;
}

/** An answer that takes a while. */
export const slowly =
  (seconds: number, text: string): (() => Promise<string>) =>
  () =>
    new Promise((resolve) => setTimeout(resolve, seconds * 1000, text));

/** The text of a key set; the keys are told by their names. */
export const setOf = (...kids: string[]): string =>
  JSON.stringify({ keys: kids.map((kid) => ({ kty: 'EC', kid })) });

/** The names of keys. */
export const kidsOf = (keySet: KeySet | undefined): unknown[] | undefined =>
  keySet?.keys.map(({ kid }) => kid);

// Shared dictionaries of nginx, in memory. Time is Date.now(), which the timers of vitest fake.

import { vi } from 'vitest';
import { openZone, type Zone } from '../../src/zone.ts';

/** A dictionary as njs has it (`js_shared_dict_zone` of type string, with `timeout`, without `evict`). */
export interface FakeDict {
  get(key: string): string | undefined;
  set(key: string, value: string, timeout: number): FakeDict;
  add(key: string, value: string, timeout: number): boolean;
  delete(key: string): boolean;
  /** The keys that last, oldest first. */
  keys(): string[];
  /** Forgets everything, and has room again. */
  clear(): void;
  /** Milliseconds that a key has left. */
  timeLeft(key: string): number | undefined;
  /** Longest value that finds room; 0: the zone is full. What stands in it stays. */
  room: number;
  /** How often a value was written over an entry that is there, expired or not: a double free in njs before 0.9.7. */
  overwritten: number;
}

/** What njs takes as a timeout, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Makes a dictionary. */
export function fakeDict(): FakeDict {
  const entries = new Map<string, { readonly value: string; readonly until: number }>();
  const find = (key: string) => {
    const entry = entries.get(key);
    return entry && entry.until > Date.now() ? entry : undefined;
  };
  const dict: FakeDict = {
    room: Number.POSITIVE_INFINITY,
    overwritten: 0,
    get: (key) => find(key)?.value,
    set: (key, value, timeout) => {
      if (!Number.isInteger(timeout) || timeout < 1 || timeout > MAX_TIMEOUT) {
        throw new RangeError(`timeout ${timeout}`);
      }
      if (value.length > dict.room) {
        throw Object.assign(new Error('not enough shared memory'), { name: 'SharedMemoryError' });
      }
      dict.overwritten += entries.delete(key) ? 1 : 0;
      entries.set(key, { value, until: Date.now() + timeout });
      return dict;
    },
    add: (key, value, timeout) => {
      if (find(key)) {
        return false;
      }
      dict.set(key, value, timeout);
      return true;
    },
    delete: (key) => entries.delete(key),
    clear: () => {
      entries.clear();
      dict.room = Number.POSITIVE_INFINITY;
      dict.overwritten = 0;
    },
    keys: () => [...entries.keys()].filter(find),
    timeLeft: (key) => {
      const entry = find(key);
      return entry && entry.until - Date.now();
    },
  };
  return dict;
}

const DECLARED = { auth_jwt_keys: fakeDict(), auth_jwt_verified: fakeDict() };

/**
 * Declares empty zones as `auth_jwt.conf` does, until globals are no longer stubbed. They are always
 * the same ones, for a context of nginx opens each of them once.
 */
export function declareZones() {
  for (const dict of Object.values(DECLARED)) {
    dict.clear();
  }
  vi.stubGlobal('ngx', { shared: DECLARED });
  return DECLARED;
}

let opened = 0;

/**
 * Opens a dictionary the way the sources do.
 *
 * @param dict the dictionary
 * @param declared its name in the configuration, where that matters
 */
export function zoneOf(dict: object, declared?: string): Zone {
  const holder = globalThis as { ngx?: unknown };
  const { ngx } = holder;
  opened += 1;
  const name = declared ?? `zone_${opened}`;
  holder.ngx = { shared: { [name]: dict } };
  const zone = openZone(name);
  if (ngx === undefined) {
    delete holder.ngx;
  } else {
    holder.ngx = ngx;
  }
  if (!zone) {
    throw new Error('the zone has not been opened');
  }
  return zone;
}

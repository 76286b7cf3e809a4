import digests from 'crypto';
import type { JsonObject } from '../json.ts';
import { isNoAuthReason } from '../reasons.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { Zone } from '../zone.ts';
import { parseJwks } from './jwks.ts';
import { type KeySource, nameOf } from './source.ts';

/** What is known of the key set of a source, without the keys. */
export interface Edition {
  /** Seconds since the epoch at which it was fetched. */
  readonly fetchedAt: number;
  /** Stands for the content: another content has another one. */
  readonly generation: string;
}

/**
 * How long a source is left alone after it failed, in seconds: longer where an older set serves
 * meanwhile than where requests are refused.
 */
export const STALE_PAUSE = 10;
export const REFUSAL_PAUSE = 1;

/** How long a fetch may hold its lock without a sign of life, in seconds. */
export const LOCK_SECONDS = 1;

/** Least time between two fetches by requests that have lost patience with the lock, in seconds. */
export const RELIEF_SECONDS = 0.2;

/** How long a set is not waited for that had no room, in seconds. */
const UNKEPT_SECONDS = 60;

/** Key sets of this context that have been parsed already, newest last. Plain data, and few. */
const parsed: { readonly generation: string; readonly keys: readonly JsonObject[] }[] = [];
const MAX_PARSED = 8;

/** Longest text that is kept parsed: a context of QuickJS must stay small. */
const MAX_PARSED_LENGTH = 65536;

/**
 * Key sets in the zone `auth_jwt_keys`, for all workers. Of each source there are an edition, the text
 * that it names, and while they last a lock, a failure and a cooldown.
 */
export interface KeyStore {
  /** The newest edition, however old. */
  edition(source: KeySource): Edition | undefined;
  /** The keys of an edition; `undefined` where they have gone since. */
  keys(source: KeySource, edition: Edition): readonly JsonObject[] | undefined;
  /** Stores a text that has been read as a key set, for `seconds`; `false` where there is no room. */
  save(source: KeySource, text: string, now: number, seconds: number): boolean;
  /** Whether there was no room for the set lately: then nobody waits for another's fetch. */
  isUnkept(source: KeySource): boolean;
  /** Takes the right to fetch, for exactly one of all who try. */
  lock(source: KeySource): boolean;
  /** Keeps the right to fetch for another while. */
  holdLock(source: KeySource): void;
  /** Gives it back. */
  unlock(source: KeySource): void;
  /**
   * Takes the right to fetch beside the lock, for one of all every {@link RELIEF_SECONDS}. The request
   * that has the lock may be one whose client has gone: nginx then drops what it fetched.
   */
  relieve(source: KeySource): boolean;
  /** Whether somebody is fetching. */
  isLocked(source: KeySource): boolean;
  /** Remembers for a short time that the source failed, and whether an older set serves. */
  fail(source: KeySource, refusal: Refusal, isServed: boolean): void;
  /** Why the source failed a moment ago, without the explanation that the log has had. */
  failure(source: KeySource): Refusal | undefined;
  /** Takes the one forced fetch of a cooldown, for exactly one of all who try. */
  force(source: KeySource, cooldown: number): boolean;
}

/**
 * Wraps the zone.
 *
 * @param zone the zone `auth_jwt_keys`
 */
export function openStore(zone: Zone): KeyStore {
  return {
    edition: (source) => parseEdition(zone.get(keyOf('edition', source))),
    keys: (source, { generation }) => {
      const known = findParsed(generation);
      const text = known ? undefined : zone.get(`${keyOf('keys', source)} ${generation}`);
      return known ?? (text === undefined ? undefined : parseAndKeep(text, source, generation));
    },
    save: (source, text, now, seconds) => {
      const generation = generationOf(text);
      const before = parseEdition(zone.get(keyOf('edition', source)));
      // The text first: an edition must never name one that is not there yet.
      const isSaved =
        zone.set(`${keyOf('keys', source)} ${generation}`, text, seconds) &&
        zone.set(keyOf('edition', source), `${now} ${generation}`, seconds);
      if (before && before.generation !== generation) {
        zone.remove(`${keyOf('keys', source)} ${before.generation}`);
      }
      if (!isSaved) {
        // What is there is not what the source says any more: a key may have left.
        zone.remove(keyOf('edition', source));
        zone.set(keyOf('unkept', source), '1', UNKEPT_SECONDS);
      }
      return isSaved;
    },
    isUnkept: (source) => zone.get(keyOf('unkept', source)) !== undefined,
    lock: (source) => zone.add(keyOf('lock', source), '1', LOCK_SECONDS),
    holdLock: (source) => void zone.set(keyOf('lock', source), '1', LOCK_SECONDS),
    unlock: (source) => zone.remove(keyOf('lock', source)),
    relieve: (source) => zone.add(keyOf('relief', source), '1', RELIEF_SECONDS),
    isLocked: (source) => zone.get(keyOf('lock', source)) !== undefined,
    fail: (source, { reason, detail }, isServed) => {
      const pause = isServed ? STALE_PAUSE : REFUSAL_PAUSE;
      zone.set(keyOf('failure', source), `${reason} ${detail}`, pause);
    },
    failure: (source) => parseFailure(zone.get(keyOf('failure', source))),
    force: (source, cooldown) => zone.add(keyOf('force', source), '1', cooldown),
  };
}

/**
 * Stands for a content: where it is equal, the keys are.
 *
 * @param text text of a key set
 */
export function generationOf(text: string): string {
  return digests.createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function keyOf(what: string, { kind, location }: KeySource): string {
  return `${what} ${kind} ${location}`;
}

function parseEdition(value: string | undefined): Edition | undefined {
  if (value === undefined) {
    return undefined;
  }
  const space = value.indexOf(' ');
  return { fetchedAt: Number(value.slice(0, space)), generation: value.slice(space + 1) };
}

function parseFailure(value: string | undefined): Refusal | undefined {
  if (value === undefined) {
    return undefined;
  }
  const [reason = '', detail = ''] = value.split(' ');
  return refuse(isNoAuthReason(reason) ? reason : 'generic_error', detail);
}

function findParsed(generation: string): readonly JsonObject[] | undefined {
  for (const entry of parsed) {
    if (entry.generation === generation) {
      return entry.keys;
    }
  }
  return undefined;
}

function parseAndKeep(text: string, source: KeySource, generation: string): readonly JsonObject[] {
  const keys = parseJwks(text, nameOf(source));
  if (text.length <= MAX_PARSED_LENGTH) {
    if (parsed.length >= MAX_PARSED) {
      parsed.shift();
    }
    parsed.push({ generation, keys });
  }
  return keys;
}

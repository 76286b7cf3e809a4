import { shortDigestOf } from '../digest.ts';
import type { JsonObject } from '../json.ts';
import { Memo } from '../memo.ts';
import { isNoAuthReason } from '../reasons.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { Zone } from '../zone.ts';
import { fromStored, toStored } from './content.ts';
import type { KeySource } from './source.ts';

/** What is known of the key set of a source, without the keys. */
export interface Edition {
  /** Seconds since the epoch at which it was fetched. */
  readonly fetchedAt: number;
  /** Stands for the content: another content has another one. */
  readonly generation: string;
  /** How long it is kept, in seconds, for whoever lets it serve longest. */
  readonly lifetime: number;
}

/** How long a fetch may hold its lock without a sign of life, in seconds. */
export const LOCK_SECONDS = 1;

/** Least time between two fetches by requests that have lost patience with the lock, in seconds. */
export const RELIEF_SECONDS = 0.2;

/** How long a set is not waited for that had no room, in seconds. */
const UNKEPT_SECONDS = 60;

/** Key sets of this context that have been parsed already, by generation. Plain data, and few. */
const parsed = new Memo<readonly JsonObject[]>(8);

/** Longest text that is kept parsed: a context of QuickJS must stay small. */
const MAX_PARSED_LENGTH = 524288;

const editions = new Memo<Edition>(8);

/**
 * Key sets in the zone `auth_jwt_keys`, for all workers. Of each source there are an edition, under its
 * own name, the text that the edition names, and while they last a lock, a failure and a cooldown.
 */
export class KeyStore {
  private readonly zone: Zone;

  /** @param zone the zone `auth_jwt_keys` */
  constructor(zone: Zone) {
    this.zone = zone;
  }

  /** The newest edition, however old. */
  edition(source: KeySource): Edition | undefined {
    const value = this.zone.get(source.id);
    return value === undefined ? undefined : (editions.find(value) ?? parseEdition(value));
  }

  /** The keys of an edition; `undefined` where they have gone since, or have never been there. */
  keys(source: KeySource, { generation }: Edition): readonly JsonObject[] | undefined {
    const known = parsed.find(generation);
    if (known !== undefined) {
      return known;
    }
    const text = this.zone.get(`${keyOf('keys', source)} ${generation}`);
    if (text === undefined) {
      return undefined;
    }
    const keys = fromStored(source, text);
    this.remember(generation, text, keys);
    return keys;
  }

  private remember(generation: string, text: string, keys: readonly JsonObject[]): void {
    if (text.length <= MAX_PARSED_LENGTH && parsed.find(generation) === undefined) {
      parsed.keep(generation, keys);
    }
  }

  /**
   * Stores a key set, for `seconds`, or longer where another policy has wanted that; `false` where there is no
   * room. A set that holds a secret is named and not written down: shared memory outlives the request, and may end
   * in a core dump.
   *
   * @param text what the source gave
   * @param keys the same, parsed
   */
  save(
    source: KeySource,
    text: string,
    keys: readonly JsonObject[],
    now: number,
    seconds: number,
  ): boolean {
    const generation = generationOf(source, text);
    const stored = toStored(source, text, keys);
    this.remember(generation, stored ?? text, keys);
    const before = this.edition(source);
    const lifetime = Math.max(seconds, before?.lifetime ?? 0);
    // The text first: an edition must never name one that is not there yet.
    const isSaved =
      (stored === undefined ||
        this.zone.set(`${keyOf('keys', source)} ${generation}`, stored, lifetime)) &&
      this.zone.set(source.id, `${now} ${generation} ${lifetime}`, lifetime);
    if (before && before.generation !== generation) {
      this.zone.remove(`${keyOf('keys', source)} ${before.generation}`);
    }
    if (!isSaved) {
      // What is there is not what the source says any more: a key may have left.
      this.zone.remove(source.id);
      this.zone.setDated(keyOf('unkept', source), '', UNKEPT_SECONDS);
    }
    return isSaved;
  }

  /** Whether there was no room for the set lately: then nobody waits for another's fetch. */
  isUnkept(source: KeySource): boolean {
    return this.zone.getDated(keyOf('unkept', source)) !== undefined;
  }

  /** Takes the right to fetch, for exactly one of all who try, as long as the zone has room. */
  lock(source: KeySource): boolean {
    return this.zone.claim(keyOf('lock', source), LOCK_SECONDS);
  }

  /** Keeps the right to fetch for another while. */
  holdLock(source: KeySource): void {
    this.zone.setDated(keyOf('lock', source), '', LOCK_SECONDS);
  }

  /** Gives it back. */
  unlock(source: KeySource): void {
    this.zone.remove(keyOf('lock', source));
  }

  /**
   * Takes the lock over, for one of all every {@link RELIEF_SECONDS}. The request that has it may be
   * one whose client has gone: nginx then drops what it fetched.
   */
  relieve(source: KeySource): boolean {
    const isRelieved = this.zone.claim(keyOf('relief', source), RELIEF_SECONDS);
    if (isRelieved) {
      this.holdLock(source);
    }
    return isRelieved;
  }

  /** Whether somebody is fetching. */
  isLocked(source: KeySource): boolean {
    return this.zone.getDated(keyOf('lock', source)) !== undefined;
  }

  /** Remembers for `seconds` that the source failed. */
  fail(source: KeySource, { reason, detail }: Refusal, seconds: number): void {
    this.zone.setDated(keyOf('failure', source), `${reason} ${detail}`, seconds);
  }

  /** Why the source failed a moment ago, without the explanation that the log has had. */
  failure(source: KeySource): Refusal | undefined {
    return parseFailure(this.zone.getDated(keyOf('failure', source)));
  }

  /**
   * Takes the one forced fetch of a cooldown, for exactly one of all who try, as long as the zone has
   * room: without room for the mark a new key must be found all the same.
   */
  force(source: KeySource, cooldown: number): boolean {
    return this.zone.claim(keyOf('force', source), cooldown);
  }
}

/**
 * Stands for a content: where it is equal, the keys are, and what they say of a token. The same consumers
 * say different things where another claim chooses between them.
 *
 * @param source where it comes from
 * @param text what the source gave
 */
export function generationOf({ content, id }: KeySource, text: string): string {
  return shortDigestOf(content === 'key' ? text : `${id}\n${text}`);
}

function keyOf(what: string, { id }: KeySource): string {
  return `${what} ${id}`;
}

function parseEdition(value: string): Edition {
  const [fetchedAt, generation = '', lifetime] = value.split(' ');
  const edition = { fetchedAt: Number(fetchedAt), generation, lifetime: Number(lifetime ?? 0) };
  editions.keep(value, edition);
  return edition;
}

function parseFailure(value: string | undefined): Refusal | undefined {
  if (value === undefined) {
    return undefined;
  }
  const [reason = '', detail = ''] = value.split(' ');
  return refuse(isNoAuthReason(reason) ? reason : 'generic_error', detail);
}

import { shortDigestOf } from '../digest.ts';
import type { JsonObject } from '../json.ts';
import { Memo } from '../memo.ts';
import { isNoAuthReason } from '../reasons.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { workerId, type Zone } from '../zone.ts';
import { fromStored, toStored } from './content.ts';
import type { Errand } from './errand.ts';
import type { KeySource } from './source.ts';
import { now } from './wait.ts';

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

/** How long it counts that the last fetch has failed, in seconds: longer than a pause and another fetch. */
export const FAILURE_SECONDS = 30;

/** How long the end of a forced fetch is remembered, in seconds: longer than any cooldown that makes sense. */
const FORCED_SECONDS = 86400;

/** How long an errand waits for the request that takes it, in seconds. */
const ERRAND_SECONDS = 5;

/** How long a path for errands is remembered, in seconds. */
const WAY_SECONDS = 86400;

/** How long it counts that nginx cannot reach itself, in seconds: each try may take as long as `js_fetch_timeout`. */
const UNREACHABLE_SECONDS = 60;

/**
 * Most requests of one worker that wait for one source at the same time, and for all sources together. In QuickJS
 * each of them has a context of its own, of about 1.2 MB.
 */
export const MAX_WAITING = 36;
export const MAX_WAITING_IN_WORKER = 44;

/** How long it counts that all places are taken, in seconds. */
const FULL_SECONDS = 0.05;

/** How long a place among those who wait is held without a sign of life, in seconds. */
const WAITING_SECONDS = 1;

/** A place among those who wait: names of marks. */
export type Place = readonly (string | undefined)[];

/** A fetch that is under way. */
export interface Lock {
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  /** Whether a request runs it that this nginx has sent to itself: nobody can take it away then. */
  readonly isOwn: boolean;
}

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

  /**
   * Takes the right to fetch, for exactly one of all who try, as long as the zone has room.
   *
   * @returns the time at which the fetch begins, in milliseconds since the epoch; `undefined` where another one has
   * the right
   */
  lock(source: KeySource): number | undefined {
    const since = now();
    const isTaken = this.zone.claim(keyOf('lock', source), LOCK_SECONDS, `${since}`);
    return isTaken ? since : undefined;
  }

  /** Keeps the right to fetch for another while. */
  holdLock(source: KeySource, { since, isOwn }: Lock, seconds = LOCK_SECONDS): void {
    const value = isOwn ? `${since} own` : `${since}`;
    this.zone.setDated(keyOf('lock', source), value, seconds);
  }

  /** Gives it back. */
  unlock(source: KeySource): void {
    this.zone.remove(keyOf('lock', source));
  }

  /**
   * Takes the lock over, for one of all every {@link RELIEF_SECONDS}: the request that has it may be one whose client
   * has gone, and nginx then drops what it fetched. One that this nginx runs itself is not taken over.
   *
   * @returns as {@link lock}
   */
  relieve(source: KeySource): number | undefined {
    if (this.lockOf(source)?.isOwn || !this.zone.claim(keyOf('relief', source), RELIEF_SECONDS)) {
      return undefined;
    }
    const since = now();
    this.holdLock(source, { since, isOwn: false });
    return since;
  }

  /** The fetch that is under way, if there is one. */
  lockOf(source: KeySource): Lock | undefined {
    const value = this.zone.getDated(keyOf('lock', source));
    if (value === undefined) {
      return undefined;
    }
    const [since, own] = value.split(' ');
    return { since: Number(since), isOwn: own !== undefined };
  }

  /** Whether somebody is fetching. */
  isLocked(source: KeySource): boolean {
    return this.lockOf(source) !== undefined;
  }

  /** Remembers that the source failed, for {@link FAILURE_SECONDS} or until it gives something. */
  fail(source: KeySource, { reason, detail }: Refusal): void {
    this.zone.setDated(keyOf('failure', source), `${reason} ${detail}`, FAILURE_SECONDS);
  }

  /**
   * Why the last fetch has failed, without the explanation that the log has had.
   *
   * @param seconds how long ago it may be at most
   */
  failure(source: KeySource, seconds = FAILURE_SECONDS): Refusal | undefined {
    const mark = this.zone.getWithAge(keyOf('failure', source));
    return mark !== undefined && mark.age < seconds * 1000 ? parseFailure(mark.value) : undefined;
  }

  /** Forgets that it failed. */
  recover(source: KeySource): void {
    this.zone.remove(keyOf('failure', source));
  }

  /** Remembers that a forced fetch has ended now. */
  endForced(source: KeySource): void {
    this.zone.setDated(keyOf('forced', source), '', FORCED_SECONDS);
  }

  /**
   * Whether an unknown key may force a fetch. The cooldown counts from the end of the last one, so that a fetch
   * whose result is lost forbids none, and each policy compares with its own.
   *
   * @param cooldown least time between two, in seconds
   */
  mayForce(source: KeySource, cooldown: number): boolean {
    const mark = this.zone.getWithAge(keyOf('forced', source));
    return mark === undefined || mark.age >= cooldown * 1000;
  }

  /**
   * Takes a place among the requests of this worker that wait, of {@link MAX_WAITING} for each source.
   *
   * @param name what they wait for
   * @returns the place, to be given back by {@link leave}; `undefined` where all are taken
   */
  enter(name: string): Place | undefined {
    const worker = `waits ${workerId()}`;
    const ofAll = this.placeIn(worker, MAX_WAITING_IN_WORKER);
    const ofSource = ofAll && this.placeIn(`${worker} ${name}`, MAX_WAITING);
    if (ofAll === undefined || ofSource === undefined) {
      this.leave([ofAll]);
      return undefined;
    }
    return [ofAll, ofSource];
  }

  private placeIn(queue: string, size: number): string | undefined {
    if (this.zone.get(queue) !== undefined) {
      return undefined;
    }
    for (let at = 0; at < size; at += 1) {
      const place = `${queue}\n${at}`;
      if (this.zone.claim(place, WAITING_SECONDS)) {
        return place;
      }
    }
    // For a moment nobody needs to look at each of them.
    this.zone.set(queue, 'full', FULL_SECONDS);
    return undefined;
  }

  /** Keeps a place for another while. */
  stay(place: Place): void {
    for (const name of place) {
      if (name !== undefined) {
        this.zone.setDated(name, '', WAITING_SECONDS);
      }
    }
  }

  /** Gives a place back. */
  leave(place: Place): void {
    for (const name of place) {
      if (name !== undefined) {
        this.zone.remove(name);
      }
    }
  }

  /**
   * Lays an errand down for the request that will bring its ticket.
   *
   * @param ticket a text that nobody can guess
   * @returns whether there was room for it
   */
  handOver(ticket: string, errand: Errand): boolean {
    // Until the other request shows that it lives, which on a busy machine may take longer than a lock lasts.
    this.holdLock(errand.source, { since: errand.since, isOwn: false }, ERRAND_SECONDS);
    return this.zone.set(`errand ${ticket}`, JSON.stringify(errand), ERRAND_SECONDS);
  }

  /** Remembers for a minute that nginx cannot reach a listener of its own. */
  setUnreachable(listener: string): void {
    this.zone.setDated(`unreachable ${listener}`, '', UNREACHABLE_SECONDS);
  }

  /** Whether nginx could not reach a listener of its own lately. */
  isUnreachable(listener: string): boolean {
    return this.zone.getDated(`unreachable ${listener}`) !== undefined;
  }

  /** The errand of a ticket; `undefined` where there is none. */
  errand(ticket: string): Errand | undefined {
    const text = this.zone.get(`errand ${ticket}`);
    return text === undefined ? undefined : (JSON.parse(text) as Errand);
  }

  /** Takes an errand, which is then gone; `undefined` where there is none of that ticket. */
  takeErrand(ticket: string): Errand | undefined {
    const errand = this.errand(ticket);
    this.zone.remove(`errand ${ticket}`);
    return errand;
  }

  /** The path by which an errand for this source has been taken before. */
  wayTo(source: KeySource): string | undefined {
    return this.zone.getDated(keyOf('way', source));
  }

  /** Remembers a path that has led to a policy with this source; `undefined`: it does so no more. */
  setWayTo(source: KeySource, path: string | undefined): void {
    if (path === undefined) {
      this.zone.remove(keyOf('way', source));
    } else {
      this.zone.setDated(keyOf('way', source), path, WAY_SECONDS);
    }
  }
}

/**
 * Stands for a content: where it is equal, the keys are, and what they say of a token. The same consumers
 * say different things where another claim chooses between them, and so do the same keys of one issuer and of any.
 *
 * @param source where it comes from
 * @param text what the source gave
 */
export function generationOf({ content, id, issuer }: KeySource, text: string): string {
  return shortDigestOf(content === 'key' && issuer === undefined ? text : `${id}\n${text}`);
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

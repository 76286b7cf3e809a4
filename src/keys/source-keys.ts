import type { JsonObject } from '../json.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { parseContent } from './content.ts';
import type { Errand } from './errand.ts';
import { type KeySource, type KeyTimes, nameOf } from './source.ts';
import { type Edition, generationOf, type KeyStore, type Lock, type Place } from './store.ts';
import { FETCH_DEADLINE_MS, now, Patience, waitFor } from './wait.ts';

/** How often one who waits for another's fetch looks. */
const POLL_MS = 25;

/** How often one who waits keeps his place. */
const STAY_MS = 250;

/** After this time, in milliseconds, one who waits may fetch as well, unless it is known that the fetch is alive. */
export const PATIENCE_MS = 1000;

/** A forced fetch that takes longer than this, in milliseconds, is late: no further request waits for it. */
export const LATE_MS = 1000;

/**
 * How long a source is left alone after it failed, in seconds: longer where an older set serves
 * meanwhile than where requests are refused.
 */
export const STALE_PAUSE = 10;
export const REFUSAL_PAUSE = 1;

/**
 * How long a set serves that is no longer fresh, in seconds, because somebody is fetching it. Whether that ever
 * succeeds may be in the hands of clients, so it is no excuse for longer; that the source has failed is one.
 */
export const GRACE_SECONDS = 5;

/** The share of its fresh time after which a set is fetched anew, before anybody has to wait. */
const REFRESH_AFTER = 0.9;

/** The same for who refreshes in the background: early enough that no request comes first. */
export const BACKGROUND_REFRESH_AFTER = 0.75;

/** What keys need of the world. */
export interface KeyWorld {
  /** Key sets of all workers; `undefined` where no zone is declared. */
  readonly store: KeyStore | undefined;
  /** Reads a source; throws a Refusal where it cannot be had. */
  read(source: KeySource): string | Promise<string>;
  /** Tells the operator what failed, once for each failure. */
  report(refusal: Refusal): void;
  /** Tells the operator of something that slows every request down, once. */
  warn(text: string): void;
  /** Seconds since the epoch. */
  now(): number;
  /**
   * Has another request run a fetch, one that this nginx sends to itself; absent where there is no need.
   *
   * @returns `false` where no request has taken it
   */
  delegate?(errand: Errand): Promise<boolean>;
}

/** What one source contributes to the set. */
export interface Part {
  /** Its keys, none where it failed. */
  readonly keys: readonly JsonObject[];
  /** Stands for the keys; empty where it failed. */
  readonly generation: string;
  /** The one issuer that they count for, if the source names it. */
  readonly issuer?: string | undefined;
  /** Why there are none. */
  readonly failure?: Refusal;
}

/**
 * The edition of a set that is so fresh that there is nothing to do for it: the answer to most
 * requests.
 *
 * @param now seconds since the epoch
 * @returns `undefined` where {@link SourceKeys} has to look closer
 */
export function freshEdition(
  source: KeySource,
  times: KeyTimes,
  store: KeyStore | undefined,
  now: number,
): Edition | undefined {
  const edition = store?.edition(source);
  return edition !== undefined && ageOf(edition, times, now) < times.keyCache * REFRESH_AFTER
    ? edition
    : undefined;
}

/** Seconds since it was fetched; where the clock has been put back meanwhile, it is time to fetch it anew. */
function ageOf({ fetchedAt }: Edition, { keyCache }: KeyTimes, now: number): number {
  const age = now - fetchedAt;
  return age < 0 ? keyCache : age;
}

/**
 * The keys of one source, for one request. The set lives in shared memory and is fetched by one request of all
 * workers at a time. What a request may do depends on the age of the set:
 *
 * | age                               | the set serves                              | who fetches            |
 * |-----------------------------------|---------------------------------------------|------------------------|
 * | none, or over cache + stale       | no: requests wait, or are refused at once   | one of those who wait  |
 * | under 0.9 cache                   | yes                                         | nobody, unless forced  |
 * | under cache                       | yes                                         | one request            |
 * | over cache, the source has failed | yes                                         | one, after a pause     |
 * | over cache, up to {@link GRACE_SECONDS} | while somebody fetches                | one request            |
 * | over cache, longer                | no: as with none                            | one of those who wait  |
 *
 * An unknown key may force a fetch at any age, one in a cooldown.
 */
export class SourceKeys {
  private readonly source: KeySource;
  private readonly times: KeyTimes;
  private readonly world: KeyWorld;
  /** The edition that {@link generation} has looked at. */
  private seen: Edition | undefined;
  /** Whether the set should be fetched anew, as far as this request has looked. */
  private isDue = false;
  /** The fetch that this request has the right to. */
  private lock: Lock | undefined;
  /** Whether this request has fetched: there is nothing newer to be had. */
  private hasFetched = false;
  /** The generation that this request has tried. */
  private tried: string | undefined;

  /** @param tried the generation that this request has tried already */
  constructor(source: KeySource, times: KeyTimes, world: KeyWorld, tried: string | undefined) {
    this.source = source;
    this.times = times;
    this.world = world;
    this.tried = tried;
  }

  /**
   * What stands for the set, where one may be used without a wait. Takes nothing upon the request, for
   * it may be one that is refused before it would fetch.
   */
  generation(): string | undefined {
    const edition = this.world.store?.edition(this.source);
    this.seen = edition;
    if (edition === undefined || this.lock !== undefined) {
      return undefined;
    }
    const { keyCache } = this.times;
    const age = this.ageOf(edition);
    this.isDue = age >= keyCache * REFRESH_AFTER;
    const isAtHand = age < keyCache || (this.mayServe(age) && this.servesOn(age));
    return isAtHand ? edition.generation : undefined;
  }

  /** Whether a set serves that is no longer fresh, as the table above has it. */
  private servesOn(age: number): boolean {
    const { source, times } = this;
    const { store } = this.world;
    if (store?.failure(source, STALE_PAUSE) !== undefined) {
      return true;
    }
    const hasFailed = store?.failure(source) !== undefined;
    const isExcuse = hasFailed || age < times.keyCache + GRACE_SECONDS;
    return isExcuse && store?.isLocked(source) === true;
  }

  /**
   * Takes upon this request to fetch the set anew, where {@link generation} found that it is time and
   * nobody else does.
   *
   * @returns whether it has fallen to this request: it must then {@link load}
   */
  takeRefresh(): boolean {
    const { store } = this.world;
    if (this.isDue && store && this.lock === undefined && !this.pausing()) {
      this.takeLock(store.lock(this.source));
    }
    return this.lock !== undefined;
  }

  private takeLock(since: number | undefined): boolean {
    this.lock = since === undefined ? undefined : { since, isOwn: false };
    return this.lock !== undefined;
  }

  /** Why the source is left alone, if it has failed a moment ago: for how long depends on what serves meanwhile. */
  private pausing(): Refusal | undefined {
    const pause = this.usable() === undefined ? REFUSAL_PAUSE : STALE_PAUSE;
    return this.world.store?.failure(this.source, pause);
  }

  /** The keys at hand, where they may be used without a wait and it is not for this request to fetch. */
  atHand(): Part | undefined {
    const isUsable = this.generation() !== undefined && !this.takeRefresh();
    return isUsable ? this.partOf(this.seen) : undefined;
  }

  /** The keys, fetched where they have to be. */
  async load(): Promise<Part> {
    const { source } = this;
    const { store } = this.world;
    if (!store) {
      return this.fetch();
    }
    const patience = new Patience();
    let place: Place | undefined;
    try {
      while (patience.elapsed() < FETCH_DEADLINE_MS) {
        const part = this.atHand();
        if (part) {
          return part;
        }
        if (this.lock !== undefined) {
          return this.comeMeanwhile() ?? (await this.fetch());
        }
        const failure = store.isUnkept(source) ? undefined : this.pausing();
        if (failure) {
          return failed(failure);
        }
        // A file is read in less time than others would wait for it.
        if (source.kind === 'file' || store.isUnkept(source)) {
          return await this.fetch();
        }
        if (this.takeLock(store.lock(source) ?? this.lostPatience(store, patience))) {
          continue;
        }
        place = place ?? store.enter(source.id);
        if (place === undefined) {
          return failed(refuse('keys_unavailable', 'busy'));
        }
        await this.pause(store, patience, place);
      }
    } finally {
      if (place !== undefined) {
        store.leave(place);
      }
    }
    return failed(refuse('keys_unavailable', 'deadline'));
  }

  private lostPatience(store: KeyStore, patience: Patience): number | undefined {
    return patience.elapsed() >= PATIENCE_MS ? store.relieve(this.source) : undefined;
  }

  /**
   * The keys, fetched anew because none of them fitted, as often as the cooldown allows; `undefined`
   * where nothing is new.
   */
  reload(): Part | undefined | Promise<Part | undefined> {
    const { source } = this;
    const { store } = this.world;
    if (!store || this.hasFetched || this.pausing()) {
      return undefined;
    }
    const newest = this.usable();
    if (newest && newest.generation !== this.tried) {
      return this.held();
    }
    const { keyCooldown } = this.times;
    if (store.mayForce(source, keyCooldown) && this.takeLock(store.lock(source))) {
      // Once more: another worker may have ended one between the two looks.
      if (store.mayForce(source, keyCooldown)) {
        return this.fetch(true);
      }
      this.giveLockBack();
      return this.held();
    }
    const underWay = store.lockOf(source);
    return underWay !== undefined && now() - underWay.since < LATE_MS
      ? this.awaitOther(store)
      : undefined;
  }

  /** What somebody else is fetching may have the key. */
  private async awaitOther(store: KeyStore): Promise<Part | undefined> {
    const place = store.enter(this.source.id);
    if (place === undefined) {
      return undefined;
    }
    const patience = new Patience();
    while (store.isLocked(this.source) && patience.elapsed() < FETCH_DEADLINE_MS) {
      await this.pause(store, patience, place);
    }
    store.leave(place);
    return this.held();
  }

  /** One of those who wait: his place is his as long as he looks. */
  private async pause(store: KeyStore, patience: Patience, place: Place): Promise<void> {
    const before = Math.floor(patience.elapsed() / STAY_MS);
    await patience.sleep(POLL_MS);
    if (Math.floor(patience.elapsed() / STAY_MS) > before) {
      store.stay(place);
    }
  }

  /** Fetches the set where it is missing or will soon be old, and nobody else does. */
  async refresh(): Promise<void> {
    const { source } = this;
    const { store } = this.world;
    const edition = this.usable();
    const { keyCache } = this.times;
    const age = edition ? this.ageOf(edition) : keyCache;
    if (!store || age < keyCache * BACKGROUND_REFRESH_AFTER || this.pausing()) {
      return;
    }
    if (!store.isUnkept(source) && this.takeLock(store.lock(source))) {
      await this.fetch();
    }
  }

  /**
   * Runs an errand: fetches the set for the request that has begun the fetch, and may be gone by now.
   *
   * @param errand what it has handed over; the source is this one
   */
  async run({ since, isForced }: Errand): Promise<void> {
    this.lock = { since, isOwn: true };
    this.world.store?.holdLock(this.source, this.lock);
    await this.fetch(isForced);
  }

  /** The set that another brought just before this request got the lock; the lock is given back then. */
  private comeMeanwhile(): Part | undefined {
    const { source, times, world } = this;
    const part = this.partOf(freshEdition(source, times, world.store, world.now()));
    if (part !== undefined) {
      this.giveLockBack();
    }
    return part;
  }

  private giveLockBack(): void {
    const { lock, source } = this;
    const { store } = this.world;
    this.lock = undefined;
    // Not the lock of another one, who has taken over what took too long.
    if (lock !== undefined && store?.lockOf(source)?.since === lock.since) {
      store.unlock(source);
    }
  }

  /** The set in shared memory, or why there is none. */
  present(): Part {
    const failure = this.world.store?.failure(this.source);
    return this.held() ?? failed(failure ?? refuse('keys_unavailable', 'deadline'));
  }

  /** The set in shared memory, unless it is too old to serve at all. */
  private held(): Part | undefined {
    return this.partOf(this.usable());
  }

  private partOf(edition: Edition | undefined): Part | undefined {
    const keys = edition && this.world.store?.keys(this.source, edition);
    if (!edition || !keys) {
      return undefined;
    }
    this.tried = edition.generation;
    return { keys, generation: edition.generation, issuer: this.source.issuer };
  }

  private usable(): Edition | undefined {
    const edition = this.world.store?.edition(this.source);
    return edition && this.mayServe(this.ageOf(edition)) ? edition : undefined;
  }

  private ageOf(edition: Edition): number {
    return ageOf(edition, this.times, this.world.now());
  }

  private mayServe(age: number): boolean {
    return age < this.times.keyCache + this.times.keyStale;
  }

  /**
   * Fetches the set; where that fails, the set at hand serves if there is one.
   *
   * @param isForced whether an unknown key wants it
   */
  private fetch(isForced = false): Promise<Part> {
    this.hasFetched = true;
    return this.canDelegate() ? this.fetchByOther(isForced) : this.fetchHere(isForced);
  }

  /**
   * Whether a request without a client can fetch the set: from an internal location, and not where it holds secrets,
   * which are in no shared memory, so that each context has to read them for itself.
   */
  private canDelegate(): boolean {
    const { source, world, lock } = this;
    const isOfClient = source.kind === 'request' && lock !== undefined && !lock.isOwn;
    const isShared = this.usable() === undefined || this.held() !== undefined;
    return isOfClient && isShared && world.delegate !== undefined;
  }

  private async fetchByOther(isForced: boolean): Promise<Part> {
    const { source, times, world } = this;
    const { store } = world;
    const { since } = this.lock as Lock;
    const isTaken = await world.delegate?.({ source, times, since, isForced });
    if (!store || !isTaken) {
      store?.holdLock(source, { since, isOwn: false });
      return this.fetchHere(isForced);
    }
    const patience = new Patience();
    while (store.lockOf(source)?.since === since && patience.elapsed() < FETCH_DEADLINE_MS) {
      await patience.sleep(POLL_MS);
    }
    // The other one has given it back.
    this.lock = undefined;
    const failure = store.failure(source);
    // Neither: what it brought could not be shared.
    return this.held() ?? (failure ? failed(failure) : this.fetchHere(isForced));
  }

  private async fetchHere(isForced: boolean): Promise<Part> {
    const { source, world, lock } = this;
    const { store } = world;
    try {
      const answer = world.read(source);
      const text =
        typeof answer === 'string'
          ? answer
          : await waitFor(source, answer, () => lock && store?.holdLock(source, lock));
      return this.accept(text);
    } catch (thrown) {
      // Nothing goes further: what is thrown here would end the wait for the other sources.
      return this.fallBack(thrown);
    } finally {
      if (isForced) {
        store?.endForced(source);
      }
      this.giveLockBack();
    }
  }

  private accept(text: string): Part {
    const { source, world, times } = this;
    const keys = parseContent(source, text);
    const lifetime = times.keyCache + times.keyStale;
    if (world.store && !world.store.save(source, text, keys, world.now(), lifetime)) {
      world.warn('js_shared_dict_zone auth_jwt_keys is too small: make it larger');
    }
    world.store?.recover(source);
    return { keys, generation: generationOf(source, text), issuer: source.issuer };
  }

  private fallBack(thrown: unknown): Part {
    const { source, world } = this;
    const seen = isRefusal(thrown)
      ? thrown
      : refuse('generic_error', 'keys', `unforeseen fault while reading ${nameOf(source)}`);
    const isOfClient = seen.isOfClient === true && !this.lock?.isOwn;
    const refusal = refuse(seen.reason, seen.detail, seen.explanation);
    const part = this.held();
    if (isOfClient) {
      world.warn(refusal.explanation);
    } else {
      world.store?.fail(source, refusal);
      world.report(part ? stillServing(refusal, source) : refusal);
    }
    return part ?? failed({ ...refusal, explanation: '' });
  }
}

function failed(failure: Refusal): Part {
  return { keys: [], generation: '', failure };
}

function stillServing(refusal: Refusal, { content }: KeySource): Refusal {
  const what = content === 'revocation' ? 'list' : 'key set';
  return { ...refusal, explanation: `${refusal.explanation}; the ${what} at hand still serves` };
}

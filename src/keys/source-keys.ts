import type { JsonObject } from '../json.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { parseContent } from './content.ts';
import { type KeySource, type KeyTimes, nameOf } from './source.ts';
import { type Edition, generationOf, type KeyStore } from './store.ts';
import { FETCH_DEADLINE_MS, Patience, waitFor } from './wait.ts';

/** How often one who waits for another's fetch looks. */
const POLL_MS = 25;

/** After this time, in milliseconds, one who waits may fetch himself, beside whoever has the lock. */
export const PATIENCE_MS = 1000;

/**
 * How long a source is left alone after it failed, in seconds: longer where an older set serves
 * meanwhile than where requests are refused.
 */
export const STALE_PAUSE = 10;
export const REFUSAL_PAUSE = 1;

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
}

/** What one source contributes to the set. */
export interface Part {
  /** Its keys, none where it failed. */
  readonly keys: readonly JsonObject[];
  /** Stands for the keys; empty where it failed. */
  readonly generation: string;
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
 * The keys of one source, for one request. The set lives in shared memory: fresh for `keyCache`,
 * fetched anew by one request of all workers, and kept for `keyStale` more while its source fails.
 */
export class SourceKeys {
  private readonly source: KeySource;
  private readonly times: KeyTimes;
  private readonly world: KeyWorld;
  /** The edition that {@link generation} has looked at. */
  private seen: Edition | undefined;
  /** Whether the set should be fetched anew, as far as this request has looked. */
  private isDue = false;
  /** Whether this request has the right to fetch. */
  private hasLock = false;
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
    if (edition === undefined || this.hasLock) {
      return undefined;
    }
    const { keyCache } = this.times;
    const age = this.ageOf(edition);
    this.isDue = age >= keyCache * REFRESH_AFTER;
    const isAtHand = age < keyCache || (this.mayServe(age) && this.isLeftAlone());
    return isAtHand ? edition.generation : undefined;
  }

  /**
   * Takes upon this request to fetch the set anew, where {@link generation} found that it is time and
   * nobody else does.
   *
   * @returns whether it has fallen to this request: it must then {@link load}
   */
  takeRefresh(): boolean {
    const { store } = this.world;
    if (this.isDue && store && !this.hasLock && !store.failure(this.source)) {
      this.hasLock = store.lock(this.source);
    }
    return this.hasLock;
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
    while (patience.elapsed() < FETCH_DEADLINE_MS) {
      const part = this.atHand();
      if (part) {
        return part;
      }
      if (this.hasLock) {
        return this.comeMeanwhile() ?? this.fetch();
      }
      if (store.isUnkept(source)) {
        return this.fetch();
      }
      const failure = store.failure(source);
      if (failure) {
        return failed(failure);
      }
      if (source.kind === 'file') {
        // It is read in less time than others would wait for it.
        return this.fetch();
      }
      this.hasLock =
        store.lock(source) || (patience.elapsed() >= PATIENCE_MS && store.relieve(source));
      if (!this.hasLock) {
        await patience.sleep(POLL_MS);
      }
    }
    return failed(refuse('keys_unavailable', 'deadline'));
  }

  /**
   * The keys, fetched anew because none of them fitted, as often as the cooldown allows; `undefined`
   * where nothing is new.
   */
  reload(): Part | undefined | Promise<Part | undefined> {
    const { source } = this;
    const { store } = this.world;
    if (!store || this.hasFetched || store.failure(source)) {
      return undefined;
    }
    const newest = this.usable();
    if (newest && newest.generation !== this.tried) {
      return this.held();
    }
    if (store.force(source, this.times.keyCooldown) && store.lock(source)) {
      this.hasLock = true;
      return this.fetch();
    }
    return store.isLocked(source) ? this.awaitOther(store) : undefined;
  }

  /** What somebody else is fetching may have the key. */
  private async awaitOther(store: KeyStore): Promise<Part | undefined> {
    const patience = new Patience();
    while (store.isLocked(this.source) && patience.elapsed() < FETCH_DEADLINE_MS) {
      await patience.sleep(POLL_MS);
    }
    return this.held();
  }

  /** Fetches the set where it is missing or will soon be old, and nobody else does. */
  async refresh(): Promise<void> {
    const { source } = this;
    const { store } = this.world;
    const edition = this.usable();
    const { keyCache } = this.times;
    const age = edition ? this.ageOf(edition) : keyCache;
    if (!store || age < keyCache * BACKGROUND_REFRESH_AFTER || store.failure(source)) {
      return;
    }
    this.hasLock = !store.isUnkept(source) && store.lock(source);
    if (this.hasLock) {
      await this.fetch();
    }
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
    if (this.hasLock) {
      this.hasLock = false;
      this.world.store?.unlock(this.source);
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
    return { keys, generation: edition.generation };
  }

  private usable(): Edition | undefined {
    const edition = this.world.store?.edition(this.source);
    return edition && this.mayServe(this.ageOf(edition)) ? edition : undefined;
  }

  /** No longer than the older set serves. */
  private stalePause(): number {
    const edition = this.world.store?.edition(this.source);
    const age = edition === undefined ? 0 : this.ageOf(edition);
    return Math.min(STALE_PAUSE, this.times.keyCache + this.times.keyStale - age);
  }

  private ageOf(edition: Edition): number {
    return ageOf(edition, this.times, this.world.now());
  }

  private mayServe(age: number): boolean {
    return age < this.times.keyCache + this.times.keyStale;
  }

  /** Whether there is no point in fetching now: it has just failed, or somebody else does. */
  private isLeftAlone(): boolean {
    const { store } = this.world;
    return store?.failure(this.source) !== undefined || store?.isLocked(this.source) === true;
  }

  /** Reads the source; where it fails, the set at hand serves if there is one. */
  private async fetch(): Promise<Part> {
    const { source, world } = this;
    this.hasFetched = true;
    try {
      const answer = world.read(source);
      const text =
        typeof answer === 'string'
          ? answer
          : await waitFor(source, answer, () => world.store?.holdLock(source));
      return this.accept(text);
    } catch (thrown) {
      // Nothing goes further: what is thrown here would end the wait for the other sources.
      return this.fallBack(thrown);
    } finally {
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
    return { keys, generation: generationOf(source, text) };
  }

  private fallBack(thrown: unknown): Part {
    const { source, world } = this;
    const refusal = isRefusal(thrown)
      ? thrown
      : refuse('generic_error', 'keys', `unforeseen fault while reading ${nameOf(source)}`);
    const part = this.held();
    world.store?.fail(source, refusal, part ? this.stalePause() : REFUSAL_PAUSE);
    world.report(part ? stillServing(refusal, source) : refusal);
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

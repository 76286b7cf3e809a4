import type { JsonObject } from '../json.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { type KeySet, parseJwks } from './jwks.ts';
import { type KeySettings, type KeySource, nameOf } from './source.ts';
import { type Edition, generationOf, type KeyStore } from './store.ts';

/** A fetch by URL that takes longer than this, in milliseconds, has failed. */
export const FETCH_DEADLINE_MS = 4000;

/** How often one who waits for another's fetch looks, and one who fetches shows that he lives. */
const POLL_MS = 25;
const HEARTBEAT_MS = 250;

/** After this time, in milliseconds, one who waits may fetch himself, beside whoever has the lock. */
export const PATIENCE_MS = 1000;

/** The share of its fresh time after which a set is fetched anew, before anybody has to wait. */
const REFRESH_AFTER = 0.9;

/** The same for who refreshes in the background: early enough that no request comes first. */
export const BACKGROUND_REFRESH_AFTER = 0.75;

/** What the ring needs of the world. */
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

/**
 * The keys of one policy, for one request. A set belongs to its source and lives in shared memory:
 * fresh for `keyCache`, fetched anew by one request of all workers, and kept for `keyStale` more while
 * its source fails.
 */
export interface KeyRing {
  /**
   * What stands for all keys at hand, without a wait; `undefined` where a source has to be read
   * first, by this request.
   */
  generation(): string | undefined;
  /** All keys, fetched where they have to be. */
  load(): Promise<KeySet>;
  /**
   * All keys, fetched anew because none of them fitted, as often as the cooldown allows;
   * `undefined` where nothing is new.
   */
  reload(): Promise<KeySet | undefined>;
  /**
   * Fetches what is missing or will soon be old, for requests that are still to come. What somebody
   * else is fetching, or has just failed to, is left alone.
   */
  refresh(): Promise<void>;
}

/** One source's part of the set. */
interface Part {
  readonly keys: readonly JsonObject[];
  readonly generation: string;
  readonly failure?: Refusal;
}

/**
 * Opens the ring of a policy.
 *
 * @param world what it needs
 * @param settings the sources and their times
 */
export function openKeyRing(world: KeyWorld, settings: KeySettings): KeyRing {
  /** Sources whose lock this request has. */
  const mine: KeySource[] = [];
  /** Sources that this request has fetched: nothing newer is to be had of them. */
  const fetched: KeySource[] = [];

  /** The generation of each source that this request has tried. */
  const used: { [source: string]: string | undefined } = {};

  /** The edition to serve now, unless this request is the one that has to fetch. */
  function current(source: KeySource): Edition | undefined {
    const edition = world.store && usable(world.store.edition(source));
    if (!world.store || !edition || mine.indexOf(source) >= 0) {
      return undefined;
    }
    const age = world.now() - edition.fetchedAt;
    if (age < settings.keyCache * REFRESH_AFTER || world.store.failure(source)) {
      return edition;
    }
    if (world.store.lock(source)) {
      mine.push(source);
      return undefined;
    }
    // Where nobody has the lock and it cannot be taken, the zone is full: nobody would fetch.
    return age < settings.keyCache || world.store.isLocked(source) ? edition : undefined;
  }

  function usable(edition: Edition | undefined): Edition | undefined {
    const isTooOld =
      edition !== undefined &&
      world.now() - edition.fetchedAt >= settings.keyCache + settings.keyStale;
    return isTooOld ? undefined : edition;
  }

  async function loadPart(source: KeySource): Promise<Part> {
    const { store } = world;
    if (!store) {
      return fetchPart(source);
    }
    const begin = Date.now();
    let unlocked = 0;
    while (Date.now() - begin < FETCH_DEADLINE_MS) {
      const part = served(source, current(source));
      if (part) {
        return part;
      }
      if (mine.indexOf(source) >= 0 || store.isUnkept(source)) {
        return fetchPart(source);
      }
      const failure = store.failure(source);
      if (failure) {
        return { keys: [], generation: '', failure };
      }
      if (store.lock(source)) {
        mine.push(source);
        return fetchPart(source);
      }
      if (store.isLocked(source)) {
        if (Date.now() - begin >= PATIENCE_MS && store.relieve(source)) {
          return fetchPart(source);
        }
        await sleep(POLL_MS);
        continue;
      }
      // Given back between the two looks, or a zone so full that it takes no lock at all.
      unlocked += 1;
      if (unlocked > 2) {
        return fetchPart(source);
      }
    }
    return { keys: [], generation: '', failure: refuse('keys_unavailable', 'deadline') };
  }

  function served(source: KeySource, edition: Edition | undefined): Part | undefined {
    const keys = edition && world.store?.keys(source, edition);
    if (!edition || !keys) {
      return undefined;
    }
    used[source.kind + source.location] = edition.generation;
    return { keys, generation: edition.generation };
  }

  /** Reads the source; where it fails, the set at hand serves if there is one. */
  async function fetchPart(source: KeySource): Promise<Part> {
    const { store } = world;
    fetched.push(source);
    try {
      const text = await patiently(source, () => store?.holdLock(source), world.read);
      const keys = parseJwks(text, nameOf(source));
      const lifetime = settings.keyCache + settings.keyStale;
      if (store && !store.save(source, text, world.now(), lifetime)) {
        world.warn('js_shared_dict_zone auth_jwt_keys is too small: make it larger');
      }
      return { keys, generation: generationOf(text) };
    } catch (thrown) {
      // Nothing goes further: what is thrown here would end the wait for the other sources.
      const refusal = isRefusal(thrown)
        ? thrown
        : refuse('generic_error', 'keys', `unforeseen fault while reading ${nameOf(source)}`);
      const part = served(source, usable(store?.edition(source)));
      store?.fail(source, refusal, part !== undefined);
      world.report(part ? stillServing(refusal) : refusal);
      return part ?? { keys: [], generation: '', failure: { ...refusal, explanation: '' } };
    } finally {
      const index = mine.indexOf(source);
      if (index >= 0) {
        mine.splice(index, 1);
        store?.unlock(source);
      }
    }
  }

  async function reloadPart(source: KeySource): Promise<Part | undefined> {
    const { store } = world;
    if (!store || fetched.indexOf(source) >= 0 || store.failure(source)) {
      return undefined;
    }
    const newest = usable(store.edition(source));
    if (newest && newest.generation !== used[source.kind + source.location]) {
      return served(source, newest);
    }
    if (store.force(source, settings.keyCooldown) && store.lock(source)) {
      mine.push(source);
      return fetchPart(source);
    }
    // Somebody else is fetching: what he brings may have the key.
    const begin = Date.now();
    let hasWaited = false;
    while (store.isLocked(source) && Date.now() - begin < FETCH_DEADLINE_MS) {
      hasWaited = true;
      await sleep(POLL_MS);
    }
    return hasWaited ? served(source, usable(store.edition(source))) : undefined;
  }

  async function refreshPart(source: KeySource): Promise<void> {
    const { store } = world;
    const edition = usable(store?.edition(source));
    const age = edition ? world.now() - edition.fetchedAt : settings.keyCache;
    if (!store || age < settings.keyCache * BACKGROUND_REFRESH_AFTER) {
      return;
    }
    if (!store.failure(source) && !store.isUnkept(source) && store.lock(source)) {
      mine.push(source);
      await fetchPart(source);
    }
  }

  return {
    generation: () => {
      const generations: string[] = [];
      for (const source of settings.sources) {
        const edition = current(source);
        if (!edition) {
          return undefined;
        }
        generations.push(edition.generation);
      }
      return generations.join(' ');
    },
    load: async () => merge(await Promise.all(settings.sources.map(loadPart))),
    reload: async () => {
      const parts = await Promise.all(settings.sources.map(reloadPart));
      if (parts.every((part) => part === undefined)) {
        return undefined;
      }
      const whole = settings.sources.map(
        (source, index) =>
          parts[index] ?? served(source, usable(world.store?.edition(source))) ?? NOTHING,
      );
      return merge(whole);
    },
    refresh: async () => {
      await Promise.all(settings.sources.map(refreshPart));
    },
  };
}

const NOTHING: Part = { keys: [], generation: '' };

function merge(parts: readonly Part[]): KeySet {
  const keys: JsonObject[] = [];
  let failure: Refusal | undefined;
  for (const part of parts) {
    keys.push(...part.keys);
    failure = failure ?? part.failure;
  }
  const generation = failure ? '' : parts.map((part) => part.generation).join(' ');
  return failure ? { keys, generation, failure } : { keys, generation };
}

function stillServing(refusal: Refusal): Refusal {
  return { ...refusal, explanation: `${refusal.explanation}; the key set at hand still serves` };
}

/**
 * Waits for a source, shows meanwhile that it lives, and leaves no timer behind.
 *
 * Only what `ngx.fetch` has begun is given up after the deadline. A subrequest has to be waited for
 * whatever comes: nginx holds the answer until it ends in any case, and a handler whose promise
 * settles before takes the worker down (SIGSEGV, seen in njs 0.8.9 and 1.0.2). The door's own
 * deadline refuses the request meanwhile.
 */
async function patiently(
  source: KeySource,
  heartbeat: () => void,
  read: KeyWorld['read'],
): Promise<string> {
  const text = read(source);
  if (typeof text === 'string') {
    return text;
  }
  const begin = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((_resolve, reject) => {
    const tick = () => {
      // njs throws where a timer is cleared that has fired.
      timer = undefined;
      if (source.kind !== 'request' && Date.now() - begin >= FETCH_DEADLINE_MS) {
        const explanation = `${nameOf(source)} gave no answer within ${FETCH_DEADLINE_MS} ms`;
        reject(refuse('keys_unavailable', 'deadline', explanation));
        return;
      }
      heartbeat();
      timer = setTimeout(tick, HEARTBEAT_MS);
    };
    timer = setTimeout(tick, HEARTBEAT_MS);
  });
  try {
    return await Promise.race([text, late]);
  } finally {
    if (timer !== undefined) {
      clearTimeout(timer);
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

import type { JsonObject } from '../json.ts';
import type { Refusal } from '../refusal.ts';
import type { KeySet } from './jwks.ts';
import type { KeySettings } from './source.ts';
import { type KeyWorld, type Part, SourceKeys } from './source-keys.ts';

/** The keys of one policy, for one request: those of all its sources as one set. */
export interface KeyRing {
  /**
   * What stands for all keys at hand, without a wait; `undefined` where a source has to be read or
   * waited for first.
   */
  generation(): string | undefined;
  /** Whether it has fallen to this request to fetch a source anew: it must then {@link load}. */
  takeRefresh(): boolean;
  /** All keys, without a wait; `undefined` where they have to be loaded. */
  atHand(): KeySet | undefined;
  /** All keys, fetched where they have to be. */
  load(): Promise<KeySet>;
  /**
   * All keys, fetched anew because none of them fitted, as often as the cooldown allows;
   * `undefined` where nothing is new, which is mostly known at once.
   */
  reload(): undefined | Promise<KeySet | undefined>;
  /**
   * Fetches what is missing or will soon be old, for requests that are still to come. What somebody
   * else is fetching, or has just failed to, is left alone.
   */
  refresh(): Promise<void>;
}

/**
 * Opens the ring of a policy.
 *
 * @param world what it needs
 * @param settings the sources and their times
 */
export function openKeyRing(world: KeyWorld, settings: KeySettings): KeyRing {
  return new SourceRing(world, settings);
}

class SourceRing implements KeyRing {
  private readonly sources: SourceKeys[] = [];

  constructor(world: KeyWorld, settings: KeySettings) {
    for (const source of settings.sources) {
      this.sources.push(new SourceKeys(source, settings, world));
    }
  }

  generation(): string | undefined {
    let whole = '';
    for (const source of this.sources) {
      const generation = source.generation();
      if (generation === undefined) {
        return undefined;
      }
      whole = whole === '' ? generation : `${whole} ${generation}`;
    }
    return whole;
  }

  takeRefresh(): boolean {
    let isTaken = false;
    for (const source of this.sources) {
      isTaken = source.takeRefresh() || isTaken;
    }
    return isTaken;
  }

  atHand(): KeySet | undefined {
    const parts: Part[] = [];
    for (const source of this.sources) {
      const part = source.atHand();
      if (part === undefined) {
        return undefined;
      }
      parts.push(part);
    }
    return merge(parts);
  }

  async load(): Promise<KeySet> {
    return merge(await Promise.all(this.sources.map((source) => source.load())));
  }

  reload(): undefined | Promise<KeySet | undefined> {
    const parts = this.sources.map((source) => source.reload());
    return parts.every((part) => part === undefined) ? undefined : this.mergeNew(parts);
  }

  private async mergeNew(
    parts: readonly ReturnType<SourceKeys['reload']>[],
  ): Promise<KeySet | undefined> {
    const newer = await Promise.all(parts);
    return newer.every((part) => part === undefined)
      ? undefined
      : merge(this.sources.map((source, index) => newer[index] ?? source.present()));
  }

  async refresh(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.refresh()));
  }
}

function merge(parts: readonly Part[]): KeySet {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) {
    return only;
  }
  const keys: JsonObject[] = [];
  let failure: Refusal | undefined;
  for (const part of parts) {
    keys.push(...part.keys);
    failure = failure ?? part.failure;
  }
  const generation = failure ? '' : parts.map((part) => part.generation).join(' ');
  return failure ? { keys, generation, failure } : { keys, generation };
}

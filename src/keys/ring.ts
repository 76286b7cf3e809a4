import type { JsonObject } from '../json.ts';
import type { Refusal } from '../refusal.ts';
import type { KeySet } from './jwks.ts';
import type { KeySettings, KeySource } from './source.ts';
import { freshGeneration, type KeyWorld, type Part, SourceKeys } from './source-keys.ts';

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
  private readonly world: KeyWorld;
  private readonly settings: KeySettings;
  /** Made when one of the sources is not fresh: most requests need none of them. */
  private opened: readonly SourceKeys[] | undefined;

  constructor(world: KeyWorld, settings: KeySettings) {
    this.world = world;
    this.settings = settings;
  }

  generation(): string | undefined {
    let whole = '';
    for (const source of this.settings.sources) {
      const generation =
        freshGeneration(source, this.settings, this.world) ?? this.find(source)?.generation();
      if (generation === undefined) {
        return undefined;
      }
      whole = whole === '' ? generation : `${whole} ${generation}`;
    }
    return whole;
  }

  takeRefresh(): boolean {
    let isTaken = false;
    // Where none has been opened, all of them are fresh.
    for (const source of this.opened ?? []) {
      isTaken = source.takeRefresh() || isTaken;
    }
    return isTaken;
  }

  atHand(): KeySet | undefined {
    const parts: Part[] = [];
    for (const source of this.open()) {
      const part = source.atHand();
      if (part === undefined) {
        return undefined;
      }
      parts.push(part);
    }
    return merge(parts);
  }

  async load(): Promise<KeySet> {
    return merge(await Promise.all(this.open().map((source) => source.load())));
  }

  reload(): undefined | Promise<KeySet | undefined> {
    const parts = this.open().map((source) => source.reload());
    return parts.every((part) => part === undefined) ? undefined : this.mergeNew(parts);
  }

  private async mergeNew(
    parts: readonly ReturnType<SourceKeys['reload']>[],
  ): Promise<KeySet | undefined> {
    const newer = await Promise.all(parts);
    return newer.every((part) => part === undefined)
      ? undefined
      : merge(this.open().map((source, index) => newer[index] ?? source.present()));
  }

  async refresh(): Promise<void> {
    await Promise.all(this.open().map((source) => source.refresh()));
  }

  private open(): readonly SourceKeys[] {
    const { settings, world } = this;
    this.opened =
      this.opened ?? settings.sources.map((source) => new SourceKeys(source, settings, world));
    return this.opened;
  }

  private find(source: KeySource): SourceKeys | undefined {
    return this.open()[this.settings.sources.indexOf(source)];
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

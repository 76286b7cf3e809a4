import type { JsonObject } from '../json.ts';
import type { Refusal } from '../refusal.ts';
import type { KeySet } from './jwks.ts';
import type { KeySettings, KeySource } from './source.ts';
import { freshEdition, type KeyWorld, type Part, SourceKeys } from './source-keys.ts';

/** The keys of one policy, for one request: those of all its sources as one set. */
export class KeyRing {
  private readonly world: KeyWorld;
  private readonly settings: KeySettings;
  /** Made when one of the sources is not fresh: most requests need none of them. */
  private opened: readonly SourceKeys[] | undefined;
  /** What {@link atHand} has given of sources that are fresh. */
  private given: readonly Part[] | undefined;

  /**
   * @param world what it needs
   * @param settings the sources and their times
   */
  constructor(world: KeyWorld, settings: KeySettings) {
    this.world = world;
    this.settings = settings;
  }

  /**
   * What stands for all keys at hand, without a wait.
   *
   * @param now seconds since the epoch
   * @returns `undefined` where a source has to be read or waited for first
   */
  generation(now: number = this.world.now()): string | undefined {
    const { settings, world } = this;
    let whole = '';
    for (const source of settings.sources) {
      const fresh = freshEdition(source, settings, world.store, now);
      const generation = fresh ? fresh.generation : this.find(source)?.generation();
      if (generation === undefined) {
        return undefined;
      }
      whole = whole === '' ? generation : `${whole} ${generation}`;
    }
    return whole;
  }

  /** Whether it has fallen to this request to fetch a source anew: it must then {@link load}. */
  takeRefresh(): boolean {
    if (this.opened === undefined) {
      // All of them are fresh.
      return false;
    }
    let isTaken = false;
    for (const source of this.opened) {
      isTaken = source.takeRefresh() || isTaken;
    }
    return isTaken;
  }

  /**
   * All keys, without a wait.
   *
   * @param now seconds since the epoch
   * @returns `undefined` where they have to be loaded
   */
  atHand(now: number = this.world.now()): KeySet | undefined {
    this.given = this.opened === undefined ? this.freshParts(now) : undefined;
    if (this.given !== undefined) {
      return merge(this.given);
    }
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

  /** The keys of all sources, where all are fresh. */
  private freshParts(now: number): Part[] | undefined {
    const { settings, world } = this;
    const parts: Part[] = [];
    for (const source of settings.sources) {
      const edition = freshEdition(source, settings, world.store, now);
      const keys = edition && world.store?.keys(source, edition);
      if (edition === undefined || keys === undefined) {
        return undefined;
      }
      parts.push({ keys, generation: edition.generation, issuer: source.issuer });
    }
    return parts;
  }

  /** All keys, fetched where they have to be. */
  async load(): Promise<KeySet> {
    return merge(await Promise.all(this.open().map((source) => source.load())));
  }

  /**
   * All keys, fetched anew because none of them fitted, as often as the cooldown allows.
   *
   * @returns `undefined` where nothing is new, which is mostly known at once
   */
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

  /**
   * Fetches what is missing or will soon be old, for requests that are still to come. What somebody
   * else is fetching, or has just failed to, is left alone.
   */
  async refresh(): Promise<void> {
    await Promise.all(this.open().map((source) => source.refresh()));
  }

  private open(): readonly SourceKeys[] {
    const { settings, world, given } = this;
    this.opened =
      this.opened ??
      settings.sources.map(
        (source, index) => new SourceKeys(source, settings, world, given?.[index]?.generation),
      );
    return this.opened;
  }

  private find(source: KeySource): SourceKeys | undefined {
    return this.open()[this.settings.sources.indexOf(source)];
  }
}

function merge(parts: readonly Part[]): KeySet {
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && only.issuer === undefined) {
    return only;
  }
  const keys: JsonObject[] = [];
  let failure: Refusal | undefined;
  for (const part of parts) {
    keys.push(...part.keys);
    failure = failure ?? part.failure;
  }
  const generation = failure ? '' : parts.map((part) => part.generation).join(' ');
  const merged = failure ? { keys, generation, failure } : { keys, generation };
  return parts.some(({ issuer }) => issuer !== undefined)
    ? { ...merged, issuers: issuersOf(parts) }
    : merged;
}

/** The issuer of each key, in the order of the keys. */
function issuersOf(parts: readonly Part[]): (string | undefined)[] {
  const issuers: (string | undefined)[] = [];
  for (const part of parts) {
    issuers.push(...part.keys.map(() => part.issuer));
  }
  return issuers;
}

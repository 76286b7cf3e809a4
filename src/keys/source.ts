/** Where a key set comes from. A set belongs to its source: keys of two sources never mix in memory. */
export interface KeySource {
  /**
   * `file`: `$auth_jwt_key_file`; `request`: `$auth_jwt_key_request`; `url`: `$auth_jwt_key_url`;
   * `discovery`: `$auth_jwt_key_discovery`.
   */
  readonly kind: 'file' | 'request' | 'url' | 'discovery';
  /** Absolute path, URI of an internal location, URL of the key set, or issuer. */
  readonly location: string;
  /** Both in one: what it is called in shared memory. */
  readonly id: string;
}

/**
 * Names a source.
 *
 * @param kind how it is read
 * @param location where it is
 */
export function keySource(kind: KeySource['kind'], location: string): KeySource {
  return { kind, location, id: `${kind} ${location}` };
}

/** How long what a source gave counts. In seconds. */
export interface KeyTimes {
  /** How long a key set is fresh: `$auth_jwt_key_cache`. */
  readonly keyCache: number;
  /** How much longer it serves while its source fails: `$auth_jwt_key_stale`. */
  readonly keyStale: number;
  /** Least time between two fetches that an unknown `kid` may force: `$auth_jwt_key_cooldown`. */
  readonly keyCooldown: number;
}

/** Sources of a policy, and how long what they gave counts. */
export interface KeySettings extends KeyTimes {
  /** At least one. Keys of all of them form one set. */
  readonly sources: readonly KeySource[];
}

/**
 * Names a source as the configuration does, for the log.
 *
 * @param source any source
 */
export function nameOf({ kind, location }: KeySource): string {
  return `$auth_jwt_key_${kind} "${location}"`;
}

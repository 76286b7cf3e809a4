/** What a source holds: keys of an issuer, consumers with their credentials, or a revocation list. */
export type Content = 'key' | 'consumers' | 'revocation';

/**
 * Where a key set comes from, or something else that is fetched, kept and renewed like one. What it
 * gives belongs to it: keys of two sources never mix in memory.
 */
export interface KeySource {
  /** How it is read: `discovery` finds a key set by the metadata of its issuer. */
  readonly kind: 'file' | 'request' | 'url' | 'discovery';
  /** Absolute path, URI of an internal location, URL of the key set, or issuer. */
  readonly location: string;
  /** What it holds. */
  readonly content: Content;
  /** All of it in one, and how it is read where that makes a difference: its name in shared memory. */
  readonly id: string;
  /** Whether HMAC secrets of consumers are base64: `$auth_jwt_secret_is_base64`. */
  readonly isBase64?: boolean;
  /** The one issuer whose tokens its keys may sign; absent: those of every issuer that the policy accepts. */
  readonly issuer?: string;
}

/**
 * Names a source of keys. Keys that were found by the metadata of an issuer count for that issuer only.
 *
 * @param kind how it is read
 * @param location where it is
 * @param server the `server {}` that reads it: another one may have another location of the same URI, or verify TLS
 * in another way
 */
export function keySource(kind: KeySource['kind'], location: string, server = ''): KeySource {
  const source = { kind, location, content: 'key' as const, id: `${kind} ${server}${location}` };
  return kind === 'discovery' ? { ...source, issuer: location } : source;
}

/**
 * Names a source of a revocation list.
 *
 * @param kind how it is read
 * @param location where it is
 * @param server whose location it is, where it is one of nginx
 */
export function revocationSource(
  kind: 'file' | 'request',
  location: string,
  server = '',
): KeySource {
  return { kind, location, content: 'revocation', id: `revocation ${kind} ${server}${location}` };
}

/**
 * Names a file of consumers. What is known of a token by it holds only for the same way to choose a
 * credential: the claim is a part of the name.
 *
 * @param location absolute path
 * @param claim the claim that names the credential
 * @param isBase64 whether HMAC secrets are base64
 */
export function consumersSource(location: string, claim: string, isBase64: boolean): KeySource {
  const id = `consumers ${isBase64 ? 'base64' : 'text'} ${claim} ${location}`;
  return { kind: 'file', location, content: 'consumers', id, isBase64 };
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
  /** Keys of all of them form one set; none where every token is introspected. */
  readonly sources: readonly KeySource[];
}

/**
 * Names the setting that names a source, without `$`.
 *
 * @param source any source
 */
export function settingOf({ kind, content }: KeySource): string {
  return `auth_jwt_${content}_${kind}`;
}

/**
 * Names a source as the configuration does, for the log.
 *
 * @param source any source
 */
export function nameOf(source: KeySource): string {
  return `$${settingOf(source)} "${source.location}"`;
}

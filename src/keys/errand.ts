import type { KeySource, KeyTimes } from './source.ts';

/**
 * A fetch that one request hands to another one, which this nginx sends to itself. A subrequest belongs to the
 * client of its request: it bears what that client has sent, and nginx drops its result where the client closes
 * an HTTP/2 stream. The request that nginx sends to itself has no client that could.
 */
export interface Errand {
  /** What to fetch: an internal location of the same `server {}`. */
  readonly source: KeySource;
  /** How long what it gives counts. */
  readonly times: KeyTimes;
  /** When the fetch began, in milliseconds since the epoch: the mark of the lock that it runs under. */
  readonly since: number;
  /** Whether an unknown key has forced it: then a cooldown begins when it has ended. */
  readonly isForced: boolean;
}

import { PATIENCE_MS } from '../../src/keys/source-keys.ts';
import { RELIEF_SECONDS } from '../../src/keys/store.ts';

/**
 * How often a set that is missing may have been fetched since many began to ask for it: once, unless the
 * machine is so slow that those who wait have lost patience with the one who fetches.
 *
 * @param begin when they began, in milliseconds since the epoch
 */
export function fetchesAllowed(begin: number): number {
  const impatient = Date.now() - begin - PATIENCE_MS;
  // By then the lock of one who has not come to show that he lives has ended, too.
  return impatient < 0 ? 1 : 2 + impatient / (RELIEF_SECONDS * 1000);
}

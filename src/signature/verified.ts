import digests from 'crypto';
import type { Zone } from '../zone.ts';

/** Longest that a good signature is remembered, in seconds. */
export const MAX_REMEMBERED = 3600;

/**
 * Good signatures in the zone `auth_jwt_verified`, for all workers: the fact that this exact token was
 * signed by a key of exactly these key sets. Another content of a key set is another fact, so a key
 * that leaves takes its tokens along. What is stored is a digest; the token is not.
 */
export interface VerifiedSignatures {
  /** Whether anything can be remembered. */
  readonly isOn: boolean;
  /** Whether the signature is known to be good. */
  has(compact: string, generation: string): boolean;
  /** Remembers that it is, for no longer than `seconds`. */
  add(compact: string, generation: string, seconds: number): void;
}

/**
 * Wraps the zone.
 *
 * @param zone the zone `auth_jwt_verified`; `undefined`: nothing is remembered
 */
export function openVerified(zone: Zone | undefined): VerifiedSignatures {
  return {
    isOn: zone !== undefined,
    has: (compact, generation) =>
      zone !== undefined && zone.get(digestOf(compact, generation)) !== undefined,
    add: (compact, generation, seconds) => {
      if (zone && seconds > 0) {
        // Never overwritten: another generation has another key.
        zone.add(digestOf(compact, generation), '1', Math.min(seconds, MAX_REMEMBERED));
      }
    },
  };
}

function digestOf(compact: string, generation: string): string {
  return digests.createHash('sha256').update(`${generation}\n${compact}`).digest('base64url');
}

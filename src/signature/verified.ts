import { digestOf } from '../digest.ts';
import type { Zone } from '../zone.ts';

/** Longest that a good signature is remembered, in seconds. */
export const MAX_REMEMBERED = 3600;

/**
 * Good signatures in the zone `auth_jwt_verified`, for all workers: the fact that this exact token was
 * signed by a key of exactly these key sets. Another content of a key set is another fact, so a key
 * that leaves takes its tokens along. What is stored is a digest; the token is not.
 */
export class VerifiedSignatures {
  private readonly zone: Zone | undefined;
  /** What the digest was made of last: it is asked for again when the signature has been verified. */
  private digested = { compact: '', generation: '', digest: '' };

  /** @param zone the zone `auth_jwt_verified`; `undefined`: nothing is remembered */
  constructor(zone: Zone | undefined) {
    this.zone = zone;
  }

  /** Whether anything can be remembered. */
  isOn(): boolean {
    return this.zone !== undefined;
  }

  /** Whether the signature is known to be good. */
  has(compact: string, generation: string): boolean {
    return (
      this.zone !== undefined && this.zone.get(this.digestOf(compact, generation)) !== undefined
    );
  }

  /** Remembers that it is, for no longer than `seconds`. */
  add(compact: string, generation: string, seconds: number): void {
    if (this.zone && seconds > 0) {
      // Never overwritten: another generation has another key.
      this.zone.add(this.digestOf(compact, generation), '1', Math.min(seconds, MAX_REMEMBERED));
    }
  }

  private digestOf(compact: string, generation: string): string {
    const { digested } = this;
    if (digested.compact !== compact || digested.generation !== generation) {
      digested.compact = compact;
      digested.generation = generation;
      digested.digest = digestOf(`${generation}\n${compact}`);
    }
    return digested.digest;
  }
}

import { digestOf } from '../digest.ts';
import type { Zone } from '../zone.ts';

/** Longest that a good signature is remembered, in seconds. */
export const MAX_REMEMBERED = 3600;

/** A signature that is good. */
export interface GoodSignature {
  /** `kid` of the key that made it, if the key has one. */
  readonly signer: string | undefined;
  /** Whether JavaScript is known to hold every value of the token. */
  readonly isExact?: boolean;
}

/** What is stored of one by a key without a name; what stands before the name of one that has one. */
const GOOD = '1';
const BY = '=';
/** What stands before either where JavaScript holds every value of the token. */
const EXACT = 'x';

/**
 * Good signatures in the zone `auth_jwt_verified`, for all workers: the fact that this exact token was
 * signed by a key of exactly these key sets. Another content of a key set is another fact, so a key
 * that leaves takes its tokens along. What is stored is a digest and the name of the key; the token is not.
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

  /** What is known of a signature; `undefined` where it is not known to be good. */
  find(compact: string, generation: string): GoodSignature | undefined {
    const stored = this.zone?.get(this.digestOf(compact, generation));
    if (stored === undefined) {
      return undefined;
    }
    if (stored.charAt(0) === EXACT) {
      return { signer: signerIn(stored.slice(1)), isExact: true };
    }
    return { signer: signerIn(stored) };
  }

  /** Remembers that it is, for no longer than `seconds`. */
  add(
    compact: string,
    generation: string,
    signer: string | undefined,
    seconds: number,
    isExact = false,
  ): void {
    if (this.zone && seconds > 0) {
      const value = (isExact ? EXACT : '') + (signer === undefined ? GOOD : BY + signer);
      // Never overwritten: another generation has another key.
      this.zone.add(this.digestOf(compact, generation), value, Math.min(seconds, MAX_REMEMBERED));
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

function signerIn(stored: string): string | undefined {
  return stored.charAt(0) === BY ? stored.slice(1) : undefined;
}

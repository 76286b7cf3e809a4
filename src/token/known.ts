import type { VerifiedSignatures } from '../signature/verified.ts';
import { decodeKnownToken, hasExactClaims, type Token } from './decode.ts';

/** How long a token is kept decoded, in seconds. */
const KEPT_SECONDS = 60;

/** How many tokens are kept decoded, and how long each of them may be: some 200 kB at most. */
const SLOTS = 32;
const MAX_KEPT_LENGTH = 2048;

interface Kept {
  readonly compact: string;
  readonly generation: string;
  /** Seconds since the epoch. */
  readonly until: number;
  readonly token: Token;
}

/**
 * Tokens whose signature is known to be good. Shared memory holds the fact for all workers; the tokens
 * that came lately, and not for the first time, are kept decoded in this context of QuickJS as well,
 * which saves the digest, the look-up and the parser. Both say the same: whether this text was signed
 * by a key of these sets.
 */
export class KnownTokens {
  private readonly verified: VerifiedSignatures;
  private readonly kept: (Kept | undefined)[] = [];

  /** @param verified the fact, for all workers */
  constructor(verified: VerifiedSignatures) {
    this.verified = verified;
  }

  /** Whether anything can be remembered. */
  isOn(): boolean {
    return this.verified.isOn();
  }

  /**
   * Gives a token whose signature is known to be good.
   *
   * @param compact the token as it came
   * @param generation stands for the keys that may have signed it
   * @param now seconds since the epoch
   * @returns the token, or `undefined` where its signature has to be verified
   */
  find(compact: string, generation: string, now: number): Token | undefined {
    const kept = this.kept[slotOf(compact)];
    if (
      kept !== undefined &&
      kept.compact === compact &&
      kept.generation === generation &&
      now < kept.until
    ) {
      kept.token.derived = kept.token.derived ?? {};
      return kept.token;
    }
    const good = this.verified.find(compact, generation);
    if (good === undefined) {
      return undefined;
    }
    const token = decodeKnownToken(compact, good.isExact);
    token.signer = good.signer;
    if (compact.length <= MAX_KEPT_LENGTH) {
      const until = now + KEPT_SECONDS;
      this.kept[slotOf(compact)] = { compact, generation, until, token };
    }
    return token;
  }

  /**
   * Remembers that the signature of a token is good.
   *
   * @param compact the token as it came
   * @param generation stands for the keys, one of which has signed it
   * @param signer `kid` of that key, if it has one
   * @param seconds how long the token can be of use
   */
  add(compact: string, generation: string, signer: string | undefined, seconds: number): void {
    this.verified.add(compact, generation, signer, seconds, hasExactClaims(compact));
  }
}

/** The signature looks random, near its end too; its very last character may stand for few bits. */
function slotOf(compact: string): number {
  const { length } = compact;
  return (8 * compact.charCodeAt(length - 2) + compact.charCodeAt(length - 3)) % SLOTS;
}

import { type ClaimsRequest, checkClaims } from './claims/check.ts';
import { checkIssuer } from './claims/identity.ts';
import { remainingLife } from './claims/time.ts';
import type { Consumer } from './consumers/consumer.ts';
import { consumerOf, findCredential } from './consumers/find.ts';
import type { Introspector } from './introspection/introspect.ts';
import type { JsonObject } from './json.ts';
import { peekMember } from './json-peek.ts';
import { type Choice, chooseKeys } from './keys/choose.ts';
import type { KeySet } from './keys/jwks.ts';
import type { KeyRing } from './keys/ring.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { RevocationPolicy } from './revocation/check.ts';
import type { Settings } from './settings/settings.ts';
import type { Algorithm } from './signature/algorithms.ts';
import { isAvailable } from './signature/availability.ts';
import type { VerificationKey } from './signature/verification-key.ts';
import { verifySignature } from './signature/verify.ts';
import { parseClaims, type Token, type UnverifiedToken } from './token/decode.ts';
import type { RequestView } from './token/extract.ts';
import type { KnownTokens } from './token/known.ts';

/** A token whose signature and claims have both been found good. */
export interface VerifiedToken {
  readonly token: Token;
  /** Whether the signature was known: value of `$auth_jwt_cache`. */
  readonly cache: CacheStatus;
  /** Whose it is, where the keys are those of consumers. */
  readonly consumer?: Consumer | undefined;
}

/** `HIT`: the signature was known; `MISS`: it has been verified; `OFF`: nothing is remembered. */
export type CacheStatus = 'HIT' | 'MISS' | 'OFF';

/** What a check works with, beside the policy. */
export interface Means {
  /** Where the token is looked for, variables that claims are compared with, and the error log. */
  readonly request: RequestView & ClaimsRequest;
  /** The keys of the location. */
  readonly keys: Pick<KeyRing, 'generation' | 'takeRefresh' | 'atHand' | 'load' | 'reload'>;
  /** Tokens whose signature is known to be good. */
  readonly known: KnownTokens;
  /** Seconds since the epoch. */
  readonly now: number;
  /** What few policies ask for. */
  readonly services: Services;
}

/** What is asked beyond keys. */
export interface Services extends Introspector {
  /** Opens the revocation lists of a policy. */
  revocations(policy: RevocationPolicy): Pick<KeyRing, 'atHand' | 'load'>;
}

const UNUSABLE_KEY =
  'the key set names a key for this token, but its material is malformed, private or too weak';

/**
 * The proof of one token: its signature is verified, or another request has just done so; then its
 * claims are checked.
 *
 * Here and in `verifySignature` promises are chained by hand, and few of them, where each token passes
 * that has not been seen before: lowered to ES5, each `async` function costs half as much as the
 * signature.
 */
export class Proof {
  private readonly compact: string;
  private readonly token: UnverifiedToken;
  private readonly algorithm: Algorithm;
  private readonly settings: Settings;
  private readonly means: Means;

  /**
   * @param compact the token as it came
   * @param token the same, taken apart
   * @param algorithm the algorithm that it names, and the policy accepts
   * @param settings the policy
   * @param means the request, keys, memory and clock
   */
  constructor(
    compact: string,
    token: UnverifiedToken,
    algorithm: Algorithm,
    settings: Settings,
    means: Means,
  ) {
    this.compact = compact;
    this.token = token;
    this.algorithm = algorithm;
    this.settings = settings;
    this.means = means;
  }

  /**
   * Gives the proof.
   *
   * @param unknownIn the generation of keys under which the token has been looked for in vain
   * @returns a promise of the token, now trusted; rejects with a Refusal
   */
  give(unknownIn: string | undefined): Promise<VerifiedToken> {
    const { keys, now } = this.means;
    // First of all: a refresh may be due that this request has taken upon itself.
    const atHand = keys.atHand(now);
    return atHand === undefined
      ? keys.load().then((keySet) => this.by(keySet, unknownIn))
      : this.by(atHand, unknownIn);
  }

  private by(keySet: KeySet, unknownIn: string | undefined): Promise<VerifiedToken> {
    const { compact, algorithm } = this;
    const { known, now } = this.means;
    const { generation } = keySet;
    const mayBeKnown = generation !== '' && generation !== unknownIn;
    const familiar = mayBeKnown ? known.find(compact, generation, now) : undefined;
    if (familiar !== undefined) {
      return Promise.resolve(this.trust('HIT', familiar, keySet));
    }
    const isThere = isAvailable(algorithm);
    return isThere === true
      ? this.verify(keySet, true)
      : Promise.resolve(isThere).then((isThereIndeed) => {
          if (!isThereIndeed) {
            const explanation = `this nginx was built without ${algorithm.name}`;
            throw refuse('bad_algorithm', 'unavailable', explanation);
          }
          return this.verify(keySet, true);
        });
  }

  /** @param mayReload whether there may be keys that are newer */
  private verify(keySet: KeySet, mayReload: boolean): Promise<VerifiedToken> {
    const { token, algorithm } = this;
    const choice = this.choose(keySet);
    return verifySignature(token, algorithm, choice.candidates, (signer) => {
      if (signer === undefined) {
        return this.recover(keySet, choice, mayReload);
      }
      return this.remember(signer, keySet);
    });
  }

  /** The keys that may have signed the token: of consumers the one that it names, and no other. */
  private choose(keySet: KeySet): Choice {
    const { token, algorithm } = this;
    const { consumers } = this.settings;
    if (consumers === undefined) {
      return chooseKeys(keySet, algorithm, token.kid);
    }
    const claimed = peekMember(token.payload, consumers.claim);
    const credential = findCredential(keySet, token, consumers.claim, claimed);
    const keys = credential === undefined ? [] : [credential];
    return chooseKeys(
      { keys, generation: keySet.generation },
      algorithm,
      credential?.kid as string,
    );
  }

  /** The signature has been verified: now the token may be parsed, and then it is known. */
  private remember(signer: VerificationKey, keySet: KeySet): VerifiedToken {
    const { known, now } = this.means;
    const { generation } = keySet;
    const { kid } = signer;
    const token = parseClaims(this.token);
    token.signer = kid;
    checkIssuerOf(signer, token.claims, this.settings.issuers);
    if (generation !== '') {
      known.add(this.compact, generation, kid, remainingLife(token.claims, now));
    }
    return this.trust(known.isOn() ? 'MISS' : 'OFF', token, keySet);
  }

  private trust(cache: CacheStatus, token: Token, keySet: KeySet): VerifiedToken {
    const { settings, means } = this;
    checkClaims(token, settings, means.now, means.request);
    return { token, cache, consumer: consumerOf(token, keySet, settings.consumers) };
  }

  /** No key verifies the signature: its issuer may have one that is new. */
  private recover(keySet: KeySet, choice: Choice, mayReload: boolean): Promise<VerifiedToken> {
    const refusal = refusalFor(keySet, choice);
    // A token that names a key of the set is not signed by another one.
    const namesNone = this.token.kid === undefined && this.settings.consumers === undefined;
    const mayBeNewKey = namesNone || !isNamed(choice);
    const reloaded = mayReload && mayBeNewKey ? this.means.keys.reload() : undefined;
    if (reloaded === undefined) {
      throw refusal;
    }
    return reloaded.then((newer) => {
      if (newer === undefined) {
        throw refusal;
      }
      return this.verify(newer, false);
    });
  }
}

/** A key that was found by the metadata of an issuer says nothing of the tokens of another. */
function checkIssuerOf(
  { issuers }: VerificationKey,
  claims: JsonObject,
  accepted: Settings['issuers'],
): void {
  if (issuers !== undefined && issuers.indexOf(claims.iss as string) < 0) {
    // A token of an issuer that is not accepted at all is refused for that.
    checkIssuer(claims, accepted);
    throw refuse('unknown_key', 'iss');
  }
}

/** Whether the set has a key for the token, be it of use or not. */
function isNamed({ candidates, hasUnusable }: Choice): boolean {
  return candidates.length > 0 || hasUnusable;
}

function refusalFor({ failure }: KeySet, { candidates, hasUnusable }: Choice): Refusal {
  if (failure !== undefined) {
    // Where the keys at hand do not suffice and a source failed, the fault is not the token's.
    return failure;
  }
  if (candidates.length > 0) {
    return refuse('bad_signature', 'signature');
  }
  return hasUnusable
    ? refuse('unknown_key', 'unusable', UNUSABLE_KEY)
    : refuse('unknown_key', 'kid');
}

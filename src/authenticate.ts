import { checkClaims } from './claims/check.ts';
import { remainingLife } from './claims/time.ts';
import { chooseKeys } from './keys/choose.ts';
import type { KeySet } from './keys/jwks.ts';
import type { KeyRing } from './keys/ring.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Settings } from './settings/settings.ts';
import { type Algorithm, findAlgorithm } from './signature/algorithms.ts';
import { isAvailable } from './signature/availability.ts';
import { verifySignature } from './signature/verify.ts';
import { decodeToken, type Token, type UnverifiedToken } from './token/decode.ts';
import { extractToken, type RequestView } from './token/extract.ts';
import type { KnownTokens } from './token/known.ts';

/** A token whose signature and claims have both been found good. */
export interface VerifiedToken {
  readonly token: Token;
  /** Whether the signature was known: value of `$auth_jwt_cache`. */
  readonly cache: CacheStatus;
}

/** `HIT`: the signature was known; `MISS`: it has been verified; `OFF`: nothing is remembered. */
export type CacheStatus = 'HIT' | 'MISS' | 'OFF';

/** What a check works with, beside the request and the policy. */
export interface Means {
  /** The keys of the location. */
  readonly keys: KeyRing;
  /** Tokens whose signature is known to be good. */
  readonly known: KnownTokens;
  /** Seconds since the epoch. */
  readonly now: number;
}

/**
 * The way of a request: the one function to read first. Each station takes what the one before
 * gave and either returns or throws a `Refusal`; the signature comes before the claims. Where keys
 * and signature are known, nothing is waited for and no promise is made.
 *
 * @param request where the token is looked for
 * @param settings the policy of the location
 * @param means keys, memory and clock
 * @returns the token, now trusted
 * @throws Refusal of the first station that says no
 */
export function authenticate(
  request: RequestView,
  settings: Settings,
  means: Means,
): VerifiedToken | Promise<VerifiedToken> {
  const { keys, known, now } = means;
  const compact = extractToken(settings.tokenFrom, request);
  const generation = keys.generation();
  const familiar = generation === undefined ? undefined : known.find(compact, generation, now);
  if (familiar !== undefined) {
    checkAccepted(familiar.alg, settings.algorithms);
    if (!keys.takeRefresh()) {
      return trust(familiar, settings, now, 'HIT');
    }
  }
  const token = decodeToken(compact);
  const algorithm = chooseAlgorithm(token.alg, settings.algorithms);
  const unknownIn = familiar === undefined ? generation : undefined;
  return prove(compact, token, algorithm, means, unknownIn).then((cache) =>
    trust(token, settings, now, cache),
  );
}

function checkAccepted(alg: string, accepted: readonly string[]): void {
  if (accepted.indexOf(alg) < 0) {
    throw refuse('bad_algorithm', 'alg');
  }
}

/** The token names an algorithm; whether it is one is for our table and the setting to say. */
function chooseAlgorithm(alg: string, accepted: readonly string[]): Algorithm {
  checkAccepted(alg, accepted);
  const algorithm = findAlgorithm(alg);
  if (algorithm === undefined) {
    throw refuse('bad_algorithm', 'alg');
  }
  return algorithm;
}

/**
 * Verifies the signature, or learns that another request has; remembers it either way.
 *
 * Here and in `verifySignature` promises are chained by hand, where each token that has not been seen
 * before passes: lowered to ES5, each `async` function costs half as much as the signature.
 *
 * @param unknownIn the generation of keys under which the token has been looked for in vain
 */
function prove(
  compact: string,
  token: UnverifiedToken,
  algorithm: Algorithm,
  { keys, known, now }: Means,
  unknownIn: string | undefined,
): Promise<CacheStatus> {
  function remember(generation: string): CacheStatus {
    if (generation !== '') {
      known.add(compact, generation, remainingLife(token.claims, now));
    }
    return known.isOn() ? 'MISS' : 'OFF';
  }

  function proveBy(keySet: KeySet): CacheStatus | Promise<CacheStatus> {
    const { generation } = keySet;
    const mayBeKnown = generation !== '' && generation !== unknownIn;
    if (mayBeKnown && known.find(compact, generation, now)) {
      return 'HIT';
    }
    return tryKeys(token, algorithm, keySet).then((objection) => {
      if (objection === undefined) {
        return remember(generation);
      }
      const { refusal, mayBeNewKey } = objection;
      const reloaded = mayBeNewKey ? keys.reload() : undefined;
      if (reloaded === undefined) {
        throw refusal;
      }
      return proveByNewKeys(reloaded, refusal);
    });
  }

  async function proveByNewKeys(
    reloaded: Promise<KeySet | undefined>,
    before: Refusal,
  ): Promise<CacheStatus> {
    const newer = await reloaded;
    const objection = newer && (await tryKeys(token, algorithm, newer));
    if (newer === undefined || objection !== undefined) {
      throw objection?.refusal ?? before;
    }
    return remember(newer.generation);
  }

  // First of all: a refresh may be due that this request has taken upon itself.
  const atHand = keys.atHand();
  return atHand ? Promise.resolve(proveBy(atHand)) : keys.load().then(proveBy);
}

/** Why no key verifies the signature. */
interface Objection {
  readonly refusal: Refusal;
  /** No key of that name, or a token that names none: its issuer may have a key that is new. */
  readonly mayBeNewKey: boolean;
}

const UNUSABLE_KEY =
  'the key set names a key for this token, but its material is malformed, private or too weak';

function tryKeys(
  token: UnverifiedToken,
  algorithm: Algorithm,
  keySet: KeySet,
): Promise<Objection | undefined> {
  const isThere = isAvailable(algorithm);
  return isThere === true
    ? tryCandidates(token, algorithm, keySet)
    : Promise.resolve(isThere).then((isThereIndeed) => {
        if (!isThereIndeed) {
          const explanation = `this nginx was built without ${algorithm.name}`;
          throw refuse('bad_algorithm', 'unavailable', explanation);
        }
        return tryCandidates(token, algorithm, keySet);
      });
}

function tryCandidates(
  token: UnverifiedToken,
  algorithm: Algorithm,
  keySet: KeySet,
): Promise<Objection | undefined> {
  const { candidates, hasUnusable } = chooseKeys(keySet, algorithm, token.kid);
  return verifySignature(token, algorithm, candidates).then((isGood) =>
    isGood ? undefined : objectionTo(token, keySet, candidates.length > 0, hasUnusable),
  );
}

function objectionTo(
  { kid }: Token,
  { failure }: KeySet,
  hasCandidates: boolean,
  hasUnusable: boolean,
): Objection {
  return {
    // Where the keys at hand do not suffice and a source failed, the fault is not the token's.
    refusal: failure ?? refusalFor(hasCandidates, hasUnusable),
    mayBeNewKey: kid === undefined || !(hasCandidates || hasUnusable),
  };
}

function refusalFor(hasCandidates: boolean, hasUnusable: boolean): Refusal {
  if (hasCandidates) {
    return refuse('bad_signature', 'signature');
  }
  return hasUnusable
    ? refuse('unknown_key', 'unusable', UNUSABLE_KEY)
    : refuse('unknown_key', 'kid');
}

function trust(token: Token, settings: Settings, now: number, cache: CacheStatus): VerifiedToken {
  checkClaims(token, settings, now);
  return { token, cache };
}

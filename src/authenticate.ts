import { checkClaims } from './claims/check.ts';
import { consumerOf } from './consumers/find.ts';
import { type IntrospectionPolicy, introspect } from './introspection/introspect.ts';
import type { KeySet } from './keys/jwks.ts';
import { type Means, Proof, type VerifiedToken } from './proof.ts';
import { refuse } from './refusal.ts';
import { checkRevocation, type RevocationPolicy } from './revocation/check.ts';
import type { Settings } from './settings/settings.ts';
import { type Algorithm, findAlgorithm } from './signature/algorithms.ts';
import { decodeToken } from './token/decode.ts';
import { extractToken } from './token/extract.ts';

type Verdict = VerifiedToken | Promise<VerifiedToken>;

/**
 * The way of a request: the one function to read first. Each station takes what the one before
 * gave and either returns or throws a `Refusal`; the signature comes before the claims. Where keys
 * and signature are known, nothing is waited for and no promise is made.
 *
 * @param settings the policy of the location
 * @param means the request, keys, memory and clock
 * @returns the token, now trusted
 * @throws Refusal of the first station that says no
 */
export function authenticate(settings: Settings, means: Means): Verdict {
  const { introspection, revocation } = settings;
  const compact = extractToken(settings.tokenFrom, means.request);
  const verdict =
    introspection === undefined
      ? verify(compact, settings, means)
      : verifyOrAsk(compact, introspection, settings, means);
  return revocation === undefined ? verdict : unlessRevoked(verdict, revocation, means);
}

/** What nobody's consumers are. */
const NO_CONSUMERS: KeySet = { keys: [], generation: '' };

/** Verifies a token here: its signature, unless that is known to be good, then its claims. */
function verify(compact: string, settings: Settings, means: Means): Verdict {
  const { request, keys, known, now } = means;
  const generation = keys.generation(now);
  const familiar = generation === undefined ? undefined : known.find(compact, generation, now);
  if (familiar !== undefined) {
    checkAccepted(familiar.alg, settings.algorithms);
    const consumers = settings.consumers === undefined ? NO_CONSUMERS : keys.atHand(now);
    // Those that another worker has just brought may say something else.
    const isThere = consumers === NO_CONSUMERS || consumers?.generation === generation;
    if (consumers !== undefined && isThere && !keys.takeRefresh()) {
      checkClaims(familiar, settings, now, request);
      const consumer = consumerOf(familiar, consumers, settings.consumers);
      return { token: familiar, cache: 'HIT', consumer };
    }
  }
  const token = decodeToken(compact);
  const algorithm = chooseAlgorithm(token.alg, settings.algorithms);
  const unknownIn = familiar === undefined ? generation : undefined;
  return new Proof(compact, token, algorithm, settings, means).give(unknownIn);
}

/** Has a token introspected that is no JWT, or any; a JWT is verified here before, if there are keys. */
function verifyOrAsk(
  compact: string,
  introspection: IntrospectionPolicy,
  settings: Settings,
  means: Means,
): Verdict {
  const ask = () => introspect(compact, introspection, settings, means);
  const isVerifiable = settings.sources.length > 0 && compact.split('.', 4).length === 3;
  if (!isVerifiable) {
    return ask();
  }
  const verdict = verify(compact, settings, means);
  return introspection.isForAll ? Promise.resolve(verdict).then(ask) : verdict;
}

/** Holds a token that is vouched for against the revocation lists. */
function unlessRevoked(verdict: Verdict, policy: RevocationPolicy, means: Means): Verdict {
  if (isPromise(verdict)) {
    return verdict.then((verified) => unlessRevoked(verified, policy, means));
  }
  const revocations = means.services.revocations(policy);
  const lists = revocations.atHand(means.now);
  if (lists === undefined) {
    return revocations.load().then((loaded) => checkRevocation(loaded, verdict, policy));
  }
  return checkRevocation(lists, verdict, policy);
}

/** Whether there is something to wait for. */
export function isPromise(verdict: Verdict): verdict is Promise<VerifiedToken> {
  return typeof (verdict as Partial<Promise<VerifiedToken>>).then === 'function';
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

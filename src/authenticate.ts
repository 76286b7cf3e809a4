import { checkClaims } from './claims/check.ts';
import { consumerOf } from './consumers/find.ts';
import { type IntrospectionPolicy, introspect } from './introspection/introspect.ts';
import type { KeySet } from './keys/jwks.ts';
import { type Means, Proof, type VerifiedToken } from './proof.ts';
import { refuse } from './refusal.ts';
import { checkRevocation } from './revocation/check.ts';
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
  const { introspection } = settings;
  const compact = extractToken(settings.tokenFrom, means.request);
  if (introspection !== undefined && !isVerifiable(compact, settings)) {
    return unlessRevoked(introspect(compact, introspection, settings, means), settings, means);
  }
  const verdict = unlessRevoked(verify(compact, settings, means), settings, means);
  return introspection?.isForAll
    ? askToo(compact, verdict, introspection, settings, means)
    : verdict;
}

/** Whether a token can be verified here: it looks like a JWT, and there are keys. */
function isVerifiable(compact: string, { sources }: Settings): boolean {
  return sources.length > 0 && compact.split('.', 4).length === 3;
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

/**
 * Has a token introspected that is good as far as can be told here. Its header and whose it is stay what they
 * are; its claims are those that the endpoint gives, and may name somebody who is revoked.
 */
async function askToo(
  compact: string,
  verdict: Verdict,
  introspection: IntrospectionPolicy,
  settings: Settings,
  means: Means,
): Promise<VerifiedToken> {
  const { token, consumer } = await verdict;
  const asked = await introspect(compact, introspection, settings, means, token);
  return unlessRevoked({ ...asked, consumer }, settings, means);
}

/** Holds a token that is vouched for against the revocation lists, if there are any. */
function unlessRevoked(verdict: Verdict, settings: Settings, means: Means): Verdict {
  const policy = settings.revocation;
  if (policy === undefined) {
    return verdict;
  }
  if (isPromise(verdict)) {
    return verdict.then((verified) => unlessRevoked(verified, settings, means));
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

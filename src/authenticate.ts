import { checkClaims } from './claims/check.ts';
import { type Means, Proof, type VerifiedToken } from './proof.ts';
import { refuse } from './refusal.ts';
import type { Settings } from './settings/settings.ts';
import { type Algorithm, findAlgorithm } from './signature/algorithms.ts';
import { decodeToken } from './token/decode.ts';
import { extractToken } from './token/extract.ts';

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
export function authenticate(
  settings: Settings,
  means: Means,
): VerifiedToken | Promise<VerifiedToken> {
  const { request, keys, known, now } = means;
  const compact = extractToken(settings.tokenFrom, request);
  const generation = keys.generation(now);
  const familiar = generation === undefined ? undefined : known.find(compact, generation, now);
  if (familiar !== undefined) {
    checkAccepted(familiar.alg, settings.algorithms);
    if (!keys.takeRefresh()) {
      checkClaims(familiar, settings, now, request);
      return { token: familiar, cache: 'HIT' };
    }
  }
  const token = decodeToken(compact);
  const algorithm = chooseAlgorithm(token.alg, settings.algorithms);
  const unknownIn = familiar === undefined ? generation : undefined;
  return new Proof(compact, token, algorithm, settings, means).give(unknownIn);
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

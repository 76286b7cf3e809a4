import { checkClaims } from './claims/check.ts';
import { chooseKeys } from './keys/choose.ts';
import type { KeySet } from './keys/jwks.ts';
import { refuse } from './refusal.ts';
import type { Settings } from './settings/settings.ts';
import { type Algorithm, findAlgorithm } from './signature/algorithms.ts';
import { isAvailable } from './signature/availability.ts';
import { verifySignature } from './signature/verify.ts';
import { decodeToken, type UnverifiedToken } from './token/decode.ts';
import { extractToken, type RequestView } from './token/extract.ts';

/** A token whose signature and claims have both been found good. */
export type VerifiedToken = Pick<UnverifiedToken, 'header' | 'claims'>;

/**
 * The way of a request: the one function to read first. Each station takes what the one before
 * gave and either returns or throws a `Refusal`; the signature comes before the claims.
 *
 * @param request where the token is looked for
 * @param settings the policy of the location
 * @param loadKeys gets the keys of the location
 * @param now seconds since the epoch
 * @returns the token, now trusted
 * @throws Refusal of the first station that says no
 */
export async function authenticate(
  request: RequestView,
  settings: Settings,
  loadKeys: () => Promise<KeySet>,
  now: number,
): Promise<VerifiedToken> {
  const compact = extractToken(settings.tokenFrom, request);
  const token = decodeToken(compact);
  const algorithm = await chooseAlgorithm(token.alg, settings.algorithms);
  const keySet = await loadKeys();
  await prove(token, algorithm, keySet);
  checkClaims(token, settings, now);
  return token;
}

const UNUSABLE_KEY =
  'the key set names a key for this token, but its material is malformed, private or too weak';

/** The token names an algorithm; whether it is one is for our table and the setting to say. */
async function chooseAlgorithm(alg: string, accepted: readonly string[]): Promise<Algorithm> {
  const algorithm = findAlgorithm(alg);
  if (algorithm === undefined || accepted.indexOf(alg) < 0) {
    throw refuse('bad_algorithm', 'alg');
  }
  if (!(await isAvailable(algorithm))) {
    throw refuse('bad_algorithm', 'unavailable', `this nginx was built without ${algorithm.name}`);
  }
  return algorithm;
}

/** Where the keys at hand do not suffice and a source failed, the fault is not the token's. */
async function prove(token: UnverifiedToken, algorithm: Algorithm, keySet: KeySet): Promise<void> {
  const { candidates, hasUnusable } = chooseKeys(keySet.keys, algorithm, token.kid);
  if (await verifySignature(token, algorithm, candidates)) {
    return;
  }
  if (keySet.failure) {
    throw keySet.failure;
  }
  if (candidates.length > 0) {
    throw refuse('bad_signature', 'signature');
  }
  if (hasUnusable) {
    throw refuse('unknown_key', 'unusable', UNUSABLE_KEY);
  }
  throw refuse('unknown_key', 'kid');
}

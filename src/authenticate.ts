import { checkClaims } from './claims/check.ts';
import { remainingLife } from './claims/time.ts';
import { chooseKeys } from './keys/choose.ts';
import type { KeySet } from './keys/jwks.ts';
import type { KeyRing } from './keys/ring.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Settings } from './settings/settings.ts';
import { type Algorithm, findAlgorithm } from './signature/algorithms.ts';
import { isAvailable } from './signature/availability.ts';
import type { VerifiedSignatures } from './signature/verified.ts';
import { verifySignature } from './signature/verify.ts';
import { decodeRecentToken, type UnverifiedToken } from './token/decode.ts';
import { extractToken, type RequestView } from './token/extract.ts';

/** A token whose signature and claims have both been found good. */
export interface VerifiedToken extends Pick<UnverifiedToken, 'header' | 'claims' | 'derived'> {
  /** Whether the signature was known: value of `$auth_jwt_cache`. */
  readonly cache: CacheStatus;
}

/** `HIT`: the signature was known; `MISS`: it has been verified; `OFF`: nothing is remembered. */
export type CacheStatus = 'HIT' | 'MISS' | 'OFF';

/** What a check works with, beside the request and the policy. */
export interface Means {
  /** The keys of the location. */
  readonly keys: KeyRing;
  /** Signatures that are known to be good. */
  readonly verified: VerifiedSignatures;
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
  const compact = extractToken(settings.tokenFrom, request);
  const token = decodeRecentToken(compact);
  const algorithm = chooseAlgorithm(token.alg, settings.algorithms);
  const generation = means.keys.generation();
  if (generation !== undefined && means.verified.has(compact, generation)) {
    return trust(token, settings, means.now, 'HIT');
  }
  return prove(compact, token, algorithm, means).then((cache) =>
    trust(token, settings, means.now, cache),
  );
}

/** The token names an algorithm; whether it is one is for our table and the setting to say. */
function chooseAlgorithm(alg: string, accepted: readonly string[]): Algorithm {
  const algorithm = findAlgorithm(alg);
  if (algorithm === undefined || accepted.indexOf(alg) < 0) {
    throw refuse('bad_algorithm', 'alg');
  }
  return algorithm;
}

/** Verifies the signature, or learns that another request has; remembers it either way. */
async function prove(
  compact: string,
  token: UnverifiedToken,
  algorithm: Algorithm,
  { keys, verified, now }: Means,
): Promise<CacheStatus> {
  // First of all: a refresh may be due that this request has taken upon itself.
  let keySet = await keys.load();
  if (!(await isAvailable(algorithm))) {
    throw refuse('bad_algorithm', 'unavailable', `this nginx was built without ${algorithm.name}`);
  }
  if (keySet.generation !== '' && verified.has(compact, keySet.generation)) {
    return 'HIT';
  }
  let objection = await tryKeys(token, algorithm, keySet);
  if (objection && mayBeNewKey(objection, token)) {
    const newer = await keys.reload();
    if (newer) {
      keySet = newer;
      objection = await tryKeys(token, algorithm, keySet);
    }
  }
  if (objection) {
    throw objection;
  }
  if (keySet.generation !== '') {
    verified.add(compact, keySet.generation, remainingLife(token.claims, now));
  }
  return verified.isOn ? 'MISS' : 'OFF';
}

/** No key of that name, or a token that names none: its issuer may have a key that is new. */
function mayBeNewKey({ reason, detail }: Refusal, { kid }: UnverifiedToken): boolean {
  return detail === 'kid' || (reason === 'bad_signature' && kid === undefined);
}

const UNUSABLE_KEY =
  'the key set names a key for this token, but its material is malformed, private or too weak';

/** Where the keys at hand do not suffice and a source failed, the fault is not the token's. */
async function tryKeys(
  token: UnverifiedToken,
  algorithm: Algorithm,
  keySet: KeySet,
): Promise<Refusal | undefined> {
  const { candidates, hasUnusable } = chooseKeys(keySet.keys, algorithm, token.kid);
  if (await verifySignature(token, algorithm, candidates)) {
    return undefined;
  }
  if (keySet.failure) {
    return keySet.failure;
  }
  if (candidates.length > 0) {
    return refuse('bad_signature', 'signature');
  }
  return hasUnusable
    ? refuse('unknown_key', 'unusable', UNUSABLE_KEY)
    : refuse('unknown_key', 'kid');
}

function trust(
  token: UnverifiedToken,
  settings: Settings,
  now: number,
  cache: CacheStatus,
): VerifiedToken {
  checkClaims(token, settings, now);
  return { header: token.header, claims: token.claims, derived: token.derived, cache };
}

import { type JsonObject, member } from '../json.ts';
import { Memo } from '../memo.ts';
import type { Algorithm } from '../signature/algorithms.ts';
import { isForSignatures } from '../signature/key-use.ts';
import { toVerificationKey, type VerificationKey } from '../signature/verification-key.ts';
import type { KeySet } from './jwks.ts';

/** Most keys that are tried for one token; fewer of those that are slow. */
export const MAX_CANDIDATES = 8;

/** Longest signature of an RSA key that is not slow, in bytes: 4096 bits. */
const MAX_QUICK_RSA = 512;

/** Longest exponent of one, in base64url: that of nearly all keys, 65537, has 3 bytes. */
const MAX_QUICK_EXPONENT = 4;

/** What a key set offers for one token. */
export interface Choice {
  /** Keys to try, in the order of the set. */
  readonly candidates: readonly VerificationKey[];
  /** Whether a key fitted by name, but its material cannot be used. */
  readonly hasUnusable: boolean;
}

/** Choices by key set, algorithm and name of the key, with what WebCrypto has imported of them. */
const choices = new Memo<Choice>(8);

/**
 * Chooses the keys that may have signed a token, by the rules of the npm library jose. A key that
 * cannot be used is passed over, so that one odd key does not spoil the set.
 *
 * @param keySet all keys there are
 * @param algorithm the algorithm of the token
 * @param kid the token's `kid`, if it has one
 */
export function chooseKeys(keySet: KeySet, algorithm: Algorithm, kid: string | undefined): Choice {
  const { generation } = keySet;
  const name = `${generation} ${algorithm.name} ${kid === undefined ? '' : `=${kid}`}`;
  const known = choices.find(name);
  if (known !== undefined) {
    return known;
  }
  const choice = choose(keySet, algorithm, kid);
  // A token can name what it likes: what is kept are names that the set has.
  if (generation !== '' && choice.candidates.length > 0) {
    choices.keep(name, choice);
  }
  return choice;
}

function choose({ keys, issuers }: KeySet, algorithm: Algorithm, kid: string | undefined): Choice {
  const candidates: VerificationKey[] = [];
  let hasUnusable = false;
  let spent = 0;
  for (let index = 0; index < keys.length; index += 1) {
    const jwk = keys[index] as JsonObject;
    const issuer = issuers?.[index];
    if (!isMeantFor(jwk, algorithm, kid)) {
      continue;
    }
    const key = toVerificationKey(jwk, algorithm);
    if (key === undefined) {
      hasUnusable = true;
    } else if (!joinsOther(key, jwk, issuer, candidates)) {
      spent += effortOf(jwk, key, algorithm);
      if (spent <= MAX_CANDIDATES) {
        candidates.push(describe(key, jwk, issuer));
      }
    }
  }
  return { candidates, hasUnusable };
}

function describe(
  key: VerificationKey,
  jwk: JsonObject,
  issuer: string | undefined,
): VerificationKey {
  const kid = member(jwk, 'kid');
  const named = typeof kid === 'string' ? { ...key, kid } : key;
  return issuer === undefined ? named : { ...named, issuers: [issuer] };
}

/** Several issuers of one house publish the same key: it is tried once, and counts for all of them. */
function joinsOther(
  key: VerificationKey,
  jwk: JsonObject,
  issuer: string | undefined,
  candidates: VerificationKey[],
): boolean {
  if (issuer === undefined) {
    return false;
  }
  const { kid } = describe(key, jwk, issuer);
  const material = JSON.stringify(key.data);
  for (let index = 0; index < candidates.length; index += 1) {
    const other = candidates[index] as VerificationKey;
    if (other.issuers && other.kid === kid && JSON.stringify(other.data) === material) {
      candidates[index] = { ...other, issuers: other.issuers.concat(issuer) };
      return true;
    }
  }
  return false;
}

/**
 * What it costs to try a key, in tries of a usual one. ES384 and ES512 take some 0.4 ms, ten times as long as most
 * others; RSA takes longer with its modulus, and with its exponent.
 */
function effortOf(
  jwk: JsonObject,
  { signatureLength }: VerificationKey,
  { kty, crv }: Algorithm,
): number {
  if (kty !== 'RSA') {
    return crv === 'P-384' || crv === 'P-521' ? 2 : 1;
  }
  const ofExponent = String(member(jwk, 'e')).length > MAX_QUICK_EXPONENT ? 4 : 1;
  return signatureLength > MAX_QUICK_RSA ? 2 * ofExponent : ofExponent;
}

/** RFC 7517, section 4: what the key says of itself must agree with what it is wanted for. */
function isMeantFor(jwk: JsonObject, algorithm: Algorithm, kid: string | undefined): boolean {
  const alg = member(jwk, 'alg');
  return (
    member(jwk, 'kty') === algorithm.kty &&
    (algorithm.crv === undefined || member(jwk, 'crv') === algorithm.crv) &&
    (kid === undefined || member(jwk, 'kid') === kid) &&
    (alg === undefined || alg === algorithm.name) &&
    isForSignatures(jwk, ['verify'])
  );
}

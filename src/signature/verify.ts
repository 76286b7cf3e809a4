import type { Algorithm } from './algorithms.ts';
import { drainErrorQueue, type ImportedKey, subtle } from './subtle.ts';
import type { VerificationKey } from './verification-key.ts';

/** What a signature is of, and the signature. */
export interface SignedText {
  /** Signature bytes, possibly none. */
  readonly signature: Buffer;
  /** What was signed: the first two parts of the token and the dot between them. */
  readonly signingInput: string;
}

/** What follows from who has signed, nobody where no key has: a value, or a promise of one. */
type Conclusion<Value> = (signer: VerificationKey | undefined) => Value | Promise<Value>;

/**
 * Tells which of some keys made the signature of a token (RFC 7515, section 5.2).
 *
 * @param token the part of a token that it takes; neither header nor claims are looked at
 * @param algorithm the algorithm, chosen by our own table
 * @param keys keys that fit the algorithm, tried in turn
 * @param conclude told the answer, once; what it returns or throws is what the promise comes to. Not
 * a `then` of the caller's, for each costs as much as the policy
 */
export function verifySignature<Value>(
  token: SignedText,
  algorithm: Algorithm,
  keys: readonly VerificationKey[],
  conclude: Conclusion<Value>,
): Promise<Value> {
  return verifyFrom(0, token, algorithm, keys, conclude);
}

function verifyFrom<Value>(
  index: number,
  token: SignedText,
  algorithm: Algorithm,
  keys: readonly VerificationKey[],
  conclude: Conclusion<Value>,
): Promise<Value> {
  const key = keys[index];
  if (key === undefined) {
    return Promise.resolve(undefined).then(conclude);
  }
  if (token.signature.length !== key.signatureLength) {
    return verifyFrom(index + 1, token, algorithm, keys, conclude);
  }
  const tryNext = () =>
    drainErrorQueue().then(() => verifyFrom(index + 1, token, algorithm, keys, conclude));
  // An exception is no more than a bad signature: a point off the curve, a signature njs cannot take.
  // The text of the error is OpenSSL's whole queue and says nothing that could be relied upon.
  return verifyBy(key, algorithm, token).then(
    (answer) => (answer === true ? conclude(key) : tryNext()),
    tryNext,
  );
}

function verifyBy(key: VerificationKey, algorithm: Algorithm, token: SignedText): Promise<boolean> {
  try {
    return key.imported === undefined
      ? importKey(key, algorithm).then((imported) => verifyWith(imported, algorithm, token))
      : verifyWith(key.imported, algorithm, token);
  } catch (error) {
    return Promise.reject(error);
  }
}

function verifyWith(
  key: ImportedKey,
  { kty, verifyParameters }: Algorithm,
  { signature, signingInput }: SignedText,
): Promise<boolean> {
  const input = Buffer.from(signingInput);
  return kty === 'oct'
    ? subtle.sign(verifyParameters, key, input).then((mac) => areEqual(Buffer.from(mac), signature))
    : subtle.verify(verifyParameters, key, signature, input);
}

/**
 * Compares in a time that does not depend on where two texts differ, for their length is known to everybody. njs
 * itself compares HMACs with memcmp (all versions up to 1.0.2), which may tell how many bytes were right.
 */
export function areEqual(one: Buffer, other: Buffer): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) {
    difference |= (one[at] as number) ^ (other[at] as number);
  }
  return difference === 0;
}

/** Once for each key of a context. */
function importKey(key: VerificationKey, algorithm: Algorithm): Promise<ImportedKey> {
  const usage = algorithm.kty === 'oct' ? 'sign' : 'verify';
  return subtle
    .importKey(key.format, key.data, algorithm.importParameters, false, [usage])
    .then((imported) => {
      key.imported = imported;
      return imported;
    });
}

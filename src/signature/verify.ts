import type { UnverifiedToken } from '../token/decode.ts';
import type { Algorithm } from './algorithms.ts';
import { drainErrorQueue, subtle } from './subtle.ts';
import type { VerificationKey } from './verification-key.ts';

/**
 * Tells whether one of some keys made the signature of a token (RFC 7515, section 5.2).
 *
 * @param token the token; neither header nor claims are looked at
 * @param algorithm the algorithm, chosen by our own table
 * @param keys keys that fit the algorithm, tried in turn
 */
export async function verifySignature(
  token: UnverifiedToken,
  algorithm: Algorithm,
  keys: readonly VerificationKey[],
): Promise<boolean> {
  for (const key of keys) {
    if (await isSignedBy(key, algorithm, token)) {
      return true;
    }
  }
  return false;
}

async function isSignedBy(
  key: VerificationKey,
  algorithm: Algorithm,
  token: UnverifiedToken,
): Promise<boolean> {
  if (token.signature.length !== key.signatureLength) {
    return false;
  }
  let verified = false;
  try {
    const imported = await subtle.importKey(
      key.format,
      key.data,
      algorithm.importParameters,
      false,
      ['verify'],
    );
    verified = await subtle.verify(
      algorithm.verifyParameters,
      imported,
      token.signature,
      Buffer.from(token.signingInput),
    );
  } catch (_error) {
    // A point off the curve, a signature njs cannot take: not a good signature. The text of the
    // error is OpenSSL's whole queue and says nothing that could be relied upon.
    verified = false;
  }
  if (verified !== true) {
    await drainErrorQueue();
    return false;
  }
  return true;
}

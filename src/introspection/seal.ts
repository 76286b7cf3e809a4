import { decodeBase64url } from '../base64url.ts';
import { digestOf } from '../digest.ts';
import { randomBytes } from '../signature/subtle.ts';
import { type AesKey, aes } from './aes.ts';

/** Bytes of the initialization vector of AES-GCM (NIST SP 800-38D, section 5.2.1.1). */
const IV_BYTES = 12;

/**
 * Encrypts what is known of a token by a key that is made of the token itself (AES-256-GCM): shared memory
 * holds it, and only who brings the token again can read it.
 *
 * @param token the token, which is as hard to guess as a key
 * @param text what is known of it
 * @returns base64url
 */
export async function seal(token: string, text: string): Promise<string> {
  const iv = randomBytes(IV_BYTES);
  const key = await keyOf(token);
  const sealed = await aes.encrypt({ name: 'AES-GCM', iv }, key, Buffer.from(text));
  return Buffer.concat([iv, Buffer.from(sealed)]).toString('base64url');
}

/**
 * Decrypts what {@link seal} has encrypted.
 *
 * @param token the same token
 * @param sealed base64url
 * @returns the text; `undefined` where it is of another token, or has been changed
 */
export async function unseal(token: string, sealed: string): Promise<string | undefined> {
  const bytes = decodeBase64url(sealed);
  if (bytes === undefined || bytes.length <= IV_BYTES) {
    return undefined;
  }
  try {
    const key = await keyOf(token);
    const iv = bytes.subarray(0, IV_BYTES);
    const text = await aes.decrypt({ name: 'AES-GCM', iv }, key, bytes.subarray(IV_BYTES));
    return Buffer.from(text).toString();
  } catch (_error) {
    return undefined;
  }
}

/** Not the digest under which it is stored. */
function keyOf(token: string): Promise<AesKey> {
  const bytes = Buffer.from(digestOf(`seal\n${token}`), 'base64url');
  return aes.importKey('raw', bytes, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt']);
}

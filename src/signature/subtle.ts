import type { Algorithm } from './algorithms.ts';

/** A key that WebCrypto has imported; opaque. */
export interface ImportedKey {
  readonly type: string;
}

/**
 * The part of WebCrypto that verifies and signs, typed for what is passed to it here: njs-types 0.9.4
 * knows no members of a JWK and no Ed25519.
 *
 * @see https://nginx.org/en/docs/njs/reference.html#builtin_crypto
 */
export interface Subtle {
  importKey(
    format: 'jwk' | 'raw' | 'spki',
    keyData: object,
    algorithm: Algorithm['importParameters'],
    extractable: boolean,
    usages: string[],
  ): Promise<ImportedKey>;
  verify(
    algorithm: Algorithm['verifyParameters'],
    key: ImportedKey,
    signature: Buffer,
    data: Buffer,
  ): Promise<boolean>;
  sign(
    algorithm: Algorithm['verifyParameters'],
    key: ImportedKey,
    data: Buffer,
  ): Promise<ArrayBuffer>;
}

/** WebCrypto of nginx, or of Node in the unit tests. */
export const subtle = crypto.subtle as unknown as Subtle;

/**
 * Makes bytes that nobody can guess.
 *
 * @param length how many
 */
export function randomBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  crypto.getRandomValues(bytes);
  return bytes;
}

/**
 * Empties OpenSSL's error queue. A signature that does not verify leaves its errors behind, and
 * nginx then writes an `[alert]` for the next TLS connection of the worker that finds them; a call
 * that throws takes them along.
 */
export function drainErrorQueue(): Promise<void> {
  try {
    return subtle
      .importKey('spki', Buffer.from([0]), RSA, false, ['verify'])
      .then(nothing, nothing);
  } catch (_error) {
    return Promise.resolve();
  }
}

const RSA: Algorithm['importParameters'] = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** It was meant to throw. */
function nothing(): void {}

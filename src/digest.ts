import digests from 'crypto';

/**
 * SHA-256 of a text, in base64url: a name for it that tells nothing of it.
 *
 * @param text any text, as UTF-8
 * @see https://nginx.org/en/docs/njs/reference.html#crypto_create_hash
 */
export function digestOf(text: string): string {
  return digests.createHash('sha256').update(text).digest('base64url');
}

/**
 * The first 132 bits of it, where names are to be short.
 *
 * @param text any text
 */
export function shortDigestOf(text: string): string {
  return digestOf(text).slice(0, 22);
}

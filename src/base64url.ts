const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes base64url without padding (RFC 7515, section 2), canonical form only.
 *
 * `Buffer.from` never complains: it stops at the first foreign character, takes padding and drops
 * stray bits, so that many texts stand for the same bytes. What it made is therefore encoded again
 * and must give the text back.
 *
 * @param text base64url; the empty text stands for no bytes
 * @returns the bytes, or `undefined` where the text is not their canonical form
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/**
 * Decodes UTF-8 strictly (RFC 3629): no overlong forms, no surrogates. A byte order mark is kept,
 * for the JSON parser to refuse.
 *
 * @param bytes any bytes
 * @returns the text, or `undefined` where the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Buffer): string | undefined {
  // Most texts are ASCII, and the strict decoder is slow. Where each byte became one character, and
  // none the replacement for what cannot be decoded, each byte was ASCII.
  const text = bytes.toString();
  if (text.length === bytes.length && text.split('\ufffd', 2).length === 1) {
    return text;
  }
  try {
    return UTF8.decode(bytes);
  } catch (_error) {
    return undefined;
  }
}

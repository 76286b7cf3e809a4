import { decodeUtf8 } from '../base64url.ts';
import { RawJson } from '../exact/raw-json.ts';
import { writeJson } from '../exact/verbatim.ts';
import { isArray, type Json } from '../json.ts';
import { toAscii } from './to-ascii.ts';

/**
 * Writes a claim or header parameter as text that may stand in an HTTP header: strings as they are, booleans as JSON
 * has them, numbers too or with the digits that the issuer wrote, `null` empty, arrays joined with commas as in NGINX
 * Plus, objects as JSON.
 *
 * The text is empty where a header cannot carry it, because to change it would make one subject into another:
 *
 * - with a control character: CR LF would begin another header;
 * - with white space at either end (any of Unicode's): HTTP parsers remove blanks, and many applications the others;
 * - with half a character (`\ud800`), which UTF-8 has no bytes for.
 *
 * @param value the value; `undefined` where the token has none
 */
export function toHeaderValue(value: Json | undefined): string {
  const text = isArray(value) ? join(value) : toText(value);
  return CONTROL_CHARACTER.test(text) || !isTrimmed(text) || !isWellFormed(text) ? '' : text;
}

/**
 * Tells whether a text has no white space at either end.
 *
 * @param text any text
 */
export function isTrimmed(text: string): boolean {
  return text.trim() === text;
}

/**
 * Writes a value as JSON of printable ASCII characters only: no two values have the same text.
 *
 * @param value any JSON value
 */
export function toHeaderJson(value: Json): string {
  return toAscii(writeJson(value));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/;

/** Neither engine has this of its own, and no pattern of the njs engine can name halves of characters. */
function isWellFormed(text: string): boolean {
  return decodeUtf8(Buffer.from(text)) === text;
}

/** What a number becomes that is too large, which JSON cannot write. */
const BEYOND = Number.POSITIVE_INFINITY;

/** There may be thousands of items, so what the engine does for a whole array is left to it. */
function join(items: readonly Json[]): string {
  let isPlain = true;
  let isJson = true;
  for (let at = 0; at < items.length; at += 1) {
    const item = items[at] as Json;
    const isLeftOut = item === null || item === BEYOND || item === -BEYOND;
    isJson =
      isJson &&
      typeof item !== 'string' &&
      !isLeftOut &&
      !(item instanceof RawJson && !item.isNumber());
    isPlain = isPlain && (typeof item !== 'object' ? !isLeftOut : isSimple(item));
  }
  if (isPlain) {
    return items.join(',');
  }
  return isJson ? toHeaderJson(items).slice(1, -1) : items.map(toText).join(',');
}

/** What the engine's own `join` writes as it should be; of half a character {@link RawJson} makes a control character. */
function isSimple(item: Json): boolean {
  return item === null || item instanceof RawJson;
}

function toText(value: Json | undefined): string {
  if (value === undefined || value === null || value === BEYOND || value === -BEYOND) {
    return '';
  }
  const isJson = typeof value === 'object' && !(value instanceof RawJson);
  return isJson ? toHeaderJson(value) : String(value);
}

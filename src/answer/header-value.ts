import { decodeUtf8 } from '../base64url.ts';
import { isArray, type Json, type JsonObject } from '../json.ts';
import { toAscii } from './to-ascii.ts';

/**
 * Writes a claim or header parameter as text that may stand in an HTTP header: strings as they are,
 * numbers and booleans as JSON has them, `null` and what is no number any more (`1e400`) empty, arrays
 * joined with commas as in NGINX Plus, objects as JSON.
 *
 * A string with control characters comes out empty: CR LF would begin another header, and to remove
 * them would make one subject into another. So does one with half a character (`\ud800`), which UTF-8 has no
 * bytes for; the njs engine has made U+FFFD of it before.
 *
 * @param value the value; `undefined` where the token has none
 */
export function toHeaderValue(value: Json | undefined): string {
  const text = isArray(value) ? join(value) : toText(value);
  return CONTROL_CHARACTER.test(text) || !isWellFormed(text) ? '' : text;
}

/**
 * Writes a value as JSON of printable ASCII characters only.
 *
 * @param value any JSON object or array
 */
export function toHeaderJson(value: JsonObject | readonly Json[]): string {
  return toAscii(JSON.stringify(value));
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
    isJson = isJson && typeof item !== 'string' && !isLeftOut;
    isPlain = isPlain && (typeof item !== 'object' ? !isLeftOut : item === null);
  }
  if (isPlain) {
    return items.join(',');
  }
  return isJson ? toHeaderJson(items).slice(1, -1) : items.map(toText).join(',');
}

function toText(value: Json | undefined): string {
  if (value === undefined || value === null || value === BEYOND || value === -BEYOND) {
    return '';
  }
  return typeof value === 'object' ? toHeaderJson(value as JsonObject) : String(value);
}

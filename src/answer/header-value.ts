import { isArray, type Json, type JsonObject } from '../json.ts';

/**
 * Writes a claim or header parameter as text that may stand in an HTTP header: strings as they are,
 * numbers and booleans as JSON has them, `null` and what is
 * no number any more (`1e400`) empty, arrays joined with commas as in NGINX Plus,
 * objects as JSON.
 *
 * A string with control characters comes out empty: CR LF would begin another header, and to remove
 * them would make one subject into another.
 *
 * @param value the value; `undefined` where the token has none
 */
export function toHeaderValue(value: Json | undefined): string {
  const text = isArray(value) ? value.map(toText).join(',') : toText(value);
  return hasControlCharacter(text) ? '' : text;
}

/**
 * Writes an object as JSON of printable ASCII characters only.
 *
 * @param object any JSON object
 */
export function toHeaderJson(object: JsonObject): string {
  const json = JSON.stringify(object);
  // JSON has escaped what is below a space; regular expressions are slow, and rarely needed here.
  const isAscii = Buffer.byteLength(json) === json.length && json.indexOf('\x7f') < 0;
  return isAscii ? json : json.replace(/[^\x20-\x7e]/g, escapeCharacter);
}

function toText(value: Json | undefined): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return '';
  }
  return typeof value === 'object' ? toHeaderJson(value as JsonObject) : String(value);
}

function escapeCharacter(character: string): string {
  return `\\u${`000${character.charCodeAt(0).toString(16)}`.slice(-4)}`;
}

function hasControlCharacter(text: string): boolean {
  // JSON escapes control characters, quotes and backslashes: where it adds only its own two quotes,
  // there are none. That is much faster than the regular expression.
  if (JSON.stringify(text).length === text.length + 2 && text.indexOf('\x7f') < 0) {
    return false;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  return /[\x00-\x1f\x7f]/.test(text);
}

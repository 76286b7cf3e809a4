import { isArray, type Json, type JsonObject } from '../json.ts';

/**
 * Writes a claim or header parameter as text that may stand in an HTTP header: strings as they are,
 * numbers and booleans as JSON has them, `null` and what is no number any more (`1e400`) empty, arrays
 * joined with commas as in NGINX Plus, objects as JSON.
 *
 * A string with control characters comes out empty: CR LF would begin another header, and to remove
 * them would make one subject into another.
 *
 * @param value the value; `undefined` where the token has none
 */
export function toHeaderValue(value: Json | undefined): string {
  const text = isArray(value) ? value.map(toText).join(',') : toText(value);
  return CONTROL_CHARACTER.test(text) ? '' : text;
}

/**
 * Writes an object as JSON of printable ASCII characters only.
 *
 * @param object any JSON object
 */
export function toHeaderJson(object: JsonObject): string {
  return JSON.stringify(object).replace(/[^\x20-\x7e]/g, escapeCharacter);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/;

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

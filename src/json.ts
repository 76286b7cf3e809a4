import { RawJson } from './exact/raw-json.ts';
import { isWithinLimits, mayNestTooDeep } from './json-limits.ts';

/** A value as JSON has it (RFC 8259). {@link RawJson} stands for numbers and strings that JavaScript cannot hold. */
export type Json = null | boolean | number | string | RawJson | readonly Json[] | JsonObject;

/**
 * A JSON object. Read its members with {@link member} where the name may come from a token or might be
 * one of `Object.prototype`.
 */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** The grammar of RFC 8259, section 6. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Whether this engine's own parser holds to the grammar of numbers, once that has been tried. */
let parserIsStrict: boolean | undefined;

/**
 * Parses JSON strictly: as {@link JSON.parse} does in Node and QuickJS, in every engine, and no
 * deeper than 24 levels. The njs engine by itself takes `01`, `1.`, `.5` and `+1`.
 * Where a member name is repeated the last one counts, as in every engine.
 *
 * @param text JSON text, already known to come from valid UTF-8
 * @param bytes the same in UTF-8, where it is at hand
 * @returns the value, or `undefined` where the text is not JSON or nests too deep
 */
export function parseJson(text: string, bytes: Buffer = Buffer.from(text)): Json | undefined {
  // The walk costs more than the parser; most texts need none.
  parserIsStrict = parserIsStrict ?? holdsToNumbers();
  const isPlain = parserIsStrict && !mayNestTooDeep(bytes);
  if (!isPlain && !isWithinLimits(bytes, parserIsStrict)) {
    return undefined;
  }
  try {
    return JSON.parse(text) as Json;
  } catch (_error) {
    return undefined;
  }
}

/**
 * Tells whether a value is a JSON object.
 *
 * @param value any JSON value
 */
export function isObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof RawJson)
  );
}

/**
 * Tells whether a value is a JSON array.
 *
 * @param value any JSON value
 */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * Reads an own member, so that no name finds anything of `Object.prototype`.
 *
 * @param object a JSON object
 * @param name name of the member, which may come from a token
 * @returns its value, or `undefined` where the object has no such member
 */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined;
}

/**
 * Tells whether a text is a number as JSON has it (RFC 8259, section 6).
 *
 * @param text any text
 */
export function isNumberText(text: string): boolean {
  return NUMBER.test(text);
}

function holdsToNumbers(): boolean {
  for (const text of ['01', '1.', '.5', '+1']) {
    try {
      JSON.parse(`[${text}]`);
      return false;
    } catch (_error) {
      // As it should.
    }
  }
  return true;
}

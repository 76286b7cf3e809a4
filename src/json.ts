/** A value as JSON has it (RFC 8259). */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/**
 * A JSON object. Read its members with {@link member} where the name may come from a token or might be
 * one of `Object.prototype`.
 */
export interface JsonObject {
  readonly [name: string]: Json;
}

/**
 * How deep a text may nest. The njs engine's parser gives up at 32 levels; staying below it makes
 * every runtime accept and refuse the same texts.
 */
export const MAX_JSON_DEPTH = 24;

/** The grammar of RFC 8259, section 6. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Whether this engine's own parser holds to the grammar of numbers, once that has been tried. */
let parserIsStrict: boolean | undefined;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * Parses JSON strictly: as {@link JSON.parse} does in Node and QuickJS, in every engine, and no
 * deeper than {@link MAX_JSON_DEPTH}. The njs engine by itself takes `01`, `1.`, `.5` and `+1`.
 * Where a member name is repeated the last one counts, as in every engine.
 *
 * @param text JSON text, already known to come from valid UTF-8
 * @param bytes the same in UTF-8, where it is at hand
 * @returns the value, or `undefined` where the text is not JSON or nests too deep
 */
export function parseJson(text: string, bytes: Buffer = Buffer.from(text)): Json | undefined {
  // The walk costs more than the parser; most texts need none.
  parserIsStrict = parserIsStrict ?? isParserStrict();
  const isPlain = parserIsStrict && !mayNestTooDeep(bytes);
  if (!isPlain && !isWithinLimits(text)) {
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
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
 * Tells whether a number is the one that was written: one beyond 2^53 - 1 may have been rounded, and stand for others.
 *
 * @param value a number that has been parsed
 */
export function isExactNumber(value: number): boolean {
  return Math.abs(value) <= 9007199254740991;
}

/**
 * Tells whether a text is a number as JSON has it (RFC 8259, section 6).
 *
 * @param text any text
 */
export function isNumberText(text: string): boolean {
  return NUMBER.test(text);
}

function isParserStrict(): boolean {
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

/**
 * With no more opening brackets than that, strings included, nothing can nest deeper. QuickJS finds a
 * byte in a buffer ten times as fast as a character in a string.
 */
function mayNestTooDeep(bytes: Buffer): boolean {
  const braces = count(bytes, 0x7b);
  return braces > MAX_JSON_DEPTH || braces + count(bytes, 0x5b) > MAX_JSON_DEPTH;
}

/** How often a byte occurs; counts no further than matters here. */
function count(bytes: Buffer, byte: number): number {
  let found = 0;
  let at = bytes.indexOf(byte);
  while (at >= 0 && found <= MAX_JSON_DEPTH) {
    found += 1;
    at = bytes.indexOf(byte, at + 1);
  }
  return found;
}

/**
 * Walks over the text once, before any parser sees it: strings are skipped, brackets are counted,
 * numbers are held against the grammar. Everything else is left to the parser.
 */
function isWithinLimits(text: string): boolean {
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at < 0) {
        return false;
      }
      continue;
    }
    if (code === COMMA) {
      at += 1;
      continue;
    }
    // A digit, a sign or the point; the slash between them is no JSON at all.
    if (code >= 0x2b && code <= 0x39) {
      const end = endOfInteger(text, at, code) || endOfNumber(text, at);
      if (end < 0) {
        return false;
      }
      at = end;
      continue;
    }
    if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) {
        return false;
      }
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    }
    at += 1;
  }
  return true;
}

/** The index after the string that opens at `at`, or -1 where it never closes. */
function endOfString(text: string, at: number): number {
  let close = at;
  for (;;) {
    close = text.indexOf('"', close + 1);
    if (close < 0) {
      return -1;
    }
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) {
      backslashes += 1;
    }
    if (backslashes % 2 === 0) {
      return close + 1;
    }
  }
}

/** The index after the number that begins at `at`, or -1 where it is none. */
function endOfNumber(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (!isNumberCharacter(code) && code !== 0x45 && code !== 0x65) {
      break;
    }
    end += 1;
  }
  return NUMBER.test(text.slice(at, end)) ? end : -1;
}

/**
 * The same for one that is nothing but digits, without a zero before others, in an array or object; 0 where it is
 * another. There may be thousands, and the njs engine is slow to call a function or to apply a pattern.
 */
function endOfInteger(text: string, at: number, first: number): number {
  let end = at + 1;
  let code = text.charCodeAt(end);
  while (code >= 0x30 && code <= 0x39) {
    end += 1;
    code = text.charCodeAt(end);
  }
  const isWhole = code === COMMA || code === 0x5d || code === 0x7d;
  const isCanonical = first > 0x30 || (first === 0x30 && end === at + 1);
  return isWhole && isCanonical ? end : 0;
}

/** A digit, a sign or the point: what a number can begin with, in the laxest of the parsers. */
function isNumberCharacter(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e;
}

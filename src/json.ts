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
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const SMALL_E = 0x65;
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
 *
 * There may be thousands of each, and every engine is slow to call a function and slower to apply a pattern; both
 * are quicker to read a byte than a character.
 */
function isWithinLimits(bytes: Buffer, isParserStrict: boolean): boolean {
  const { length } = bytes;
  let depth = 0;
  let at = 0;
  while (at < length) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
    } else if (byte === COMMA || byte < PLUS) {
      at += 1;
    } else if (byte <= NINE) {
      // A digit, a sign or the point; the slash between them is no JSON at all.
      at = isParserStrict ? at + 1 : endOfNumber(bytes, at);
    } else {
      // Of both kinds of brackets, either is 32 from the other.
      const bracket = byte | 0x20;
      if (bracket === 0x7b) {
        depth += 1;
      } else if (bracket === 0x7d) {
        depth -= 1;
      }
      at += 1;
    }
    if (at < 0 || depth > MAX_JSON_DEPTH) {
      return false;
    }
  }
  return true;
}

/** The index after the string that opens at `at`, or -1 where it never closes. */
function endOfString(bytes: Buffer, at: number): number {
  let close = at;
  for (;;) {
    close = bytes.indexOf(QUOTE, close + 1);
    if (close < 0) {
      return -1;
    }
    let backslash = close - 1;
    while (bytes[backslash] === BACKSLASH) {
      backslash -= 1;
    }
    if ((close - backslash) % 2 === 1) {
      return close + 1;
    }
  }
}

/** The index after the number that begins at `at`, or -1 where what stands there is none. */
function endOfNumber(bytes: Buffer, at: number): number {
  let end = bytes[at] === MINUS ? at + 1 : at;
  let byte = bytes[end] as number;
  if (byte === ZERO) {
    end += 1;
  } else {
    const first = end;
    while (byte >= ZERO && byte <= NINE) {
      end += 1;
      byte = bytes[end] as number;
    }
    if (end === first) {
      return -1;
    }
  }
  byte = bytes[end] as number;
  if (byte === POINT) {
    end = endOfDigits(bytes, end + 1);
    byte = bytes[end] as number;
  }
  if (end > 0 && (byte | 0x20) === SMALL_E) {
    const sign = bytes[end + 1];
    end = endOfDigits(bytes, end + (sign === PLUS || sign === MINUS ? 2 : 1));
    byte = bytes[end] as number;
  }
  // What follows a number is none of what numbers are made of.
  const goesOn = (byte >= PLUS && byte <= NINE && byte !== COMMA) || (byte | 0x20) === SMALL_E;
  return goesOn ? -1 : end;
}

/** The index after the digits that begin at `at`, or -1 where there is none. */
function endOfDigits(bytes: Buffer, at: number): number {
  let end = at;
  let byte = bytes[end] as number;
  while (byte >= ZERO && byte <= NINE) {
    end += 1;
    byte = bytes[end] as number;
  }
  return end === at ? -1 : end;
}

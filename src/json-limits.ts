/**
 * How deep a text may nest. The njs engine's parser gives up at 32 levels; staying below it makes
 * every runtime accept and refuse the same texts.
 */
export const MAX_JSON_DEPTH = 24;

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
 * Tells whether a text may nest deeper than {@link MAX_JSON_DEPTH}: with no more opening brackets than that, strings
 * included, nothing can. QuickJS finds a byte in a buffer ten times as fast as a character in a string.
 *
 * @param bytes a text in UTF-8
 * @returns `false` where {@link isWithinLimits} need not be asked for the depth
 */
export function mayNestTooDeep(bytes: Buffer): boolean {
  const braces = count(bytes, 0x7b, MAX_JSON_DEPTH);
  return braces > MAX_JSON_DEPTH || braces + count(bytes, 0x5b, MAX_JSON_DEPTH) > MAX_JSON_DEPTH;
}

/**
 * Tells whether a byte occurs so often at most.
 *
 * @param bytes any bytes
 * @param byte the byte
 * @param most how often
 */
export function hasAtMost(bytes: Buffer, byte: number, most: number): boolean {
  return count(bytes, byte, most) <= most;
}

/** How often a byte occurs; counts no further than one more than `most`. */
function count(bytes: Buffer, byte: number, most: number): number {
  let found = 0;
  let at = bytes.indexOf(byte);
  while (at >= 0 && found <= most) {
    found += 1;
    at = bytes.indexOf(byte, at + 1);
  }
  return found;
}

/**
 * Walks over a text once, before any parser sees it: strings are skipped, brackets are counted,
 * numbers are held against the grammar. Everything else is left to the parser.
 *
 * There may be thousands of each, and every engine is slow to call a function and slower to apply a pattern; both
 * are quicker to read a byte than a character.
 *
 * @param bytes a text in UTF-8
 * @param isParserStrict whether the parser holds to the grammar of numbers, so that they need not be looked at
 * @returns whether it nests no deeper than {@link MAX_JSON_DEPTH}, and has no number that JSON has not
 */
export function isWithinLimits(bytes: Buffer, isParserStrict: boolean): boolean {
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

/**
 * Finds the end of a JSON string.
 *
 * @param bytes a text in UTF-8
 * @param at where its opening quote is
 * @returns the index after it, or -1 where it never closes
 */
export function endOfString(bytes: Buffer, at: number): number {
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

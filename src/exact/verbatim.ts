import { type Json, parseJson } from '../json.ts';
import { endOfString } from '../json-limits.ts';
import { compareDecimals, toDecimal } from './decimal.ts';
import { mark, RawJson, stringifyMarked } from './raw-json.ts';

/**
 * Parses JSON strictly, as {@link parseJson} does, and changes no value: what JavaScript cannot hold becomes a
 * {@link RawJson}. That is a number that would be rounded, and a string with half a character: the njs engine makes
 * U+FFFD of it. A member name with half a character gets a name that no other text has.
 *
 * @param text JSON text, from valid UTF-8
 * @param bytes the same in UTF-8
 * @returns the value, or `undefined` where the text is not JSON or nests too deep
 */
export function parseVerbatim(text: string, bytes: Buffer = Buffer.from(text)): Json | undefined {
  const value = parseJson(text, bytes);
  return value === undefined || !mayChange(text, bytes) ? value : readMarked(text, bytes);
}

/**
 * The same for a text that {@link parseVerbatim} has taken before: the limits are not checked again.
 *
 * @param text the text
 * @param bytes the same in UTF-8
 */
export function parseKnownVerbatim(text: string, bytes: Buffer = Buffer.from(text)): Json {
  return mayChange(text, bytes) ? readMarked(text, bytes) : (JSON.parse(text) as Json);
}

/**
 * Writes JSON, with every {@link RawJson} as it was written.
 *
 * @param value any JSON value
 */
export function writeJson(value: Json): string {
  const json = stringifyMarked(value);
  return /"\\u0000/.test(json) ? unmarkText(json) : json;
}

/**
 * Tells whether a text may hold what an engine would change: a number of more than 15 digits, with a fraction or with an
 * exponent, or half a character. Few texts do, and the others pay for no more than this.
 *
 * @param text JSON text
 * @param bytes the same in UTF-8
 */
export function mayChange(text: string, bytes: Buffer): boolean {
  // Every number ends in front of a comma, of brackets or of white space. To split the text is what QuickJS does in the
  // least time: a regular expression takes it five times as long.
  for (const piece of text.split(',')) {
    let at = piece.length - 1;
    let code = piece.charCodeAt(at);
    if (code === QUOTE) {
      // Most end so.
      continue;
    }
    while (code <= SPACE || (code | 0x20) === CLOSING_BRACE) {
      at -= 1;
      code = piece.charCodeAt(at);
    }
    const end = at;
    // Anybody may write thousands of digits.
    while (code <= NINE && code >= ZERO && end - at <= SURE_DIGITS) {
      at -= 1;
      code = piece.charCodeAt(at);
    }
    if (code === MINUS && at < end) {
      at -= 1;
      code = piece.charCodeAt(at);
    }
    const isWhole = code === COLON || code === BRACKET || code <= SPACE || at < 0;
    if (at < end && (end - at > SURE_DIGITS || !isWhole)) {
      return true;
    }
  }
  return hasHalf(bytes);
}

let exactPrinter: boolean | undefined;

/** Whether this engine prints a double with the digits that were written: njs 0.8.9 prints 0.4312 as 0.43119999999999997. */
function isExactPrinter(): boolean {
  exactPrinter = exactPrinter ?? (String(0.4312) === '0.4312' && String(1e23) === '1e+23');
  return exactPrinter;
}

function readMarked(text: string, bytes: Buffer): Json {
  const marked = markText(bytes);
  return marked === undefined ? (JSON.parse(text) as Json) : unmark(JSON.parse(marked) as Json);
}

const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const EIGHT = 0x38;
const NINE = 0x39;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;
/** The other closing bracket is 32 less. */
const CLOSING_BRACE = 0x7d;

/**
 * Puts a marked string in the place of what an engine would change.
 *
 * @param bytes valid JSON
 * @returns `undefined` where there is nothing to change
 */
function markText(bytes: Buffer): string | undefined {
  const { length } = bytes;
  const pieces: string[] = [];
  let backslash = bytes.indexOf(BACKSLASH);
  let copied = 0;
  let at = 0;
  while (at < length) {
    const start = at;
    let byte = bytes[at] as number;
    let isChanged = false;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (at < 0) {
        // Not JSON after all, as the parser will tell.
        return undefined;
      }
      if (backslash >= 0 && backslash < at) {
        isChanged = hasHalf(bytes, start, at);
        backslash = bytes.indexOf(BACKSLASH, at);
      }
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      let isWhole = true;
      let exponent = -1;
      let limit = MAX_EXPONENT;
      do {
        isWhole = isWhole && (byte === MINUS || byte >= ZERO) && byte <= NINE;
        if ((byte | 0x20) === SMALL_E) {
          exponent = 0;
        } else if (exponent === 0 && byte === MINUS) {
          limit = MAX_NEGATIVE_EXPONENT;
        } else if (exponent >= 0 && byte >= ZERO) {
          exponent = 10 * exponent + byte - ZERO;
        }
        at += 1;
        byte = bytes[at] as number;
      } while ((byte >= PLUS && byte <= NINE && byte !== COMMA) || (byte | 0x20) === SMALL_E);
      // There may be thousands, and most need no closer look.
      const isInRange = exponent < 0 || ((bytes[start] as number) > ZERO && exponent <= limit);
      const isSure = at - start <= SURE_DIGITS && (isWhole || (isInRange && isExactPrinter()));
      isChanged = !isSure && isChangedNumber(bytes.toString('utf8', start, at));
    } else {
      at += 1;
    }
    if (isChanged) {
      const written = JSON.stringify(mark() + bytes.toString('utf8', start, at));
      pieces.push(bytes.toString('utf8', copied, start), written);
      copied = at;
    }
  }
  pieces.push(bytes.toString('utf8', copied, length));
  return copied === 0 ? undefined : pieces.join('');
}

/** A double holds any number of so many digits, and tells it from all others. */
const SURE_DIGITS = 15;
/** With so many digits at most, of which the first is not 0, an exponent up to these stays in the range of doubles. */
const MAX_EXPONENT = 290;
const MAX_NEGATIVE_EXPONENT = 305;
const MAX_SAFE = 9007199254740991;

/** Beyond these, doubles hold fewer digits, or end. */
const SMALLEST = 3e-308;
const LARGEST = 1e308;

/** From here on engines write whole numbers with an exponent. */
const MAX_PLAIN_POINT = 21;

/** Whether an engine would make another number of a text, or print other digits than were written. */
function isChangedNumber(text: string): boolean {
  const double = Number(text);
  const size = Math.abs(double);
  const isInRange = size > SMALLEST && size < LARGEST;
  const isShort = text.length <= SURE_DIGITS;
  if (isShort && isInRange && (isExactPrinter() || String(double) === text)) {
    return false;
  }
  const decimal = toDecimal(text);
  const { digits, point } = decimal;
  if (digits === '') {
    return false;
  }
  const isSafe = digits.length <= SURE_DIGITS || (digits.length <= point && size <= MAX_SAFE);
  const isPlain = point <= MAX_PLAIN_POINT || /[eE]/.test(text);
  return (
    !(isInRange && isSafe && isPlain) ||
    (!isExactPrinter() && compareDecimals(toDecimal(String(double)), decimal) !== 0)
  );
}

const SMALL_U = 0x75;
const SMALL_D = 0x64;
const SMALL_A = 0x61;
const SMALL_B = 0x62;

/**
 * Tells whether a JSON text has half a character: an escape such as `\ud800` without the other half.
 *
 * @param bytes the text in UTF-8
 * @param from where to begin
 * @param to where to end
 */
export function hasHalf(bytes: Buffer, from = 0, to = bytes.length): boolean {
  let at = bytes.indexOf(BACKSLASH, from);
  while (at >= 0 && at < to) {
    const half = halfAt(bytes, at);
    if (half === 'low' || (half === 'high' && halfAt(bytes, at + 6) !== 'low')) {
      return true;
    }
    at = bytes.indexOf(BACKSLASH, at + (half === 'high' ? 12 : 2));
  }
  return false;
}

/** What the escape at a place is half of; `undefined` where there is another one, or none. */
function halfAt(bytes: Buffer, at: number): 'high' | 'low' | undefined {
  const isSurrogate =
    bytes[at] === BACKSLASH &&
    bytes[at + 1] === SMALL_U &&
    ((bytes[at + 2] as number) | 0x20) === SMALL_D;
  if (!isSurrogate) {
    return undefined;
  }
  const digit = (bytes[at + 3] as number) | 0x20;
  if (digit === EIGHT || digit === NINE || digit === SMALL_A || digit === SMALL_B) {
    return 'high';
  }
  return digit > SMALL_B ? 'low' : undefined;
}

/** Puts a {@link RawJson} in the place of each marked string. Names stay marked: no other name is the same. */
function unmark(value: Json): Json {
  if (typeof value === 'string') {
    return value.indexOf(mark()) === 0 ? new RawJson(value.slice(mark().length)) : value;
  }
  if (typeof value === 'object' && value !== null) {
    const members = value as { [name: string]: Json };
    for (const name of Object.keys(members)) {
      const before = members[name] as Json;
      const after = unmark(before);
      if (after !== before) {
        // An assignment to "__proto__" would not make a member.
        Object.defineProperty(members, name, { value: after, enumerable: true });
      }
    }
  }
  return value;
}

/** Takes the marks out of a JSON text, and the quotes that stand around what is marked. */
function unmarkText(json: string): string {
  const [first = '', ...others] = json.split(JSON.stringify(mark()).slice(0, -1));
  const pieces = [first];
  for (const piece of others) {
    // A string has quotes of its own, which are escaped; its last one stands before the one that ends the marked text.
    const isString = piece.charAt(0) === '\\';
    const end = isString ? piece.indexOf('""') + 1 : piece.indexOf('"');
    const written = piece.slice(0, end);
    pieces.push(isString ? JSON.parse(`"${written}"`) : written, piece.slice(end + 1));
  }
  return pieces.join('');
}

import { isArray, isObject, type Json } from '../json.ts';
import { compareDecimals, type Decimal, toDecimal, writeDecimal } from './decimal.ts';
import { mark, RawJson } from './raw-json.ts';

/** Largest number up to which every whole number has a double of its own: 2^53 - 1. */
const MAX_SAFE = 9007199254740991;

/** A double is told from all others by so many digits. */
const MAX_DIGITS = 17;

/**
 * Tells whether a value is a JSON number, whether JavaScript can hold it or not.
 *
 * @param value any JSON value
 */
export function isNumber(value: Json | undefined): value is number | RawJson {
  return typeof value === 'number' || (value instanceof RawJson && value.isNumber());
}

/**
 * Tells whether a number stands for itself alone: a double beyond 2^53 - 1 may stand for others, too.
 *
 * @param value a number
 */
export function isExact(value: number | RawJson): boolean {
  return typeof value !== 'number' || Math.abs(value) <= MAX_SAFE;
}

/**
 * Gives the nearest double, for times: their meaning bears rounding.
 *
 * @param value any JSON value
 * @returns `NaN` for a value that is not a number; infinite for one that is too large
 */
export function toDouble(value: Json | undefined): number {
  return isNumber(value) ? Number(value) : Number.NaN;
}

/**
 * Writes a number for a comparison with a text: exact digits, without an exponent where they fit.
 *
 * @param value a number
 */
export function numberText(value: number | RawJson): string {
  const text = String(value);
  const isPlain = typeof value === 'number' && text.indexOf('e') < 0;
  return isPlain ? text : writeDecimal(decimalOf(value));
}

/**
 * Compares two numbers exactly.
 *
 * @returns as for `Array.prototype.sort`; `NaN` where they cannot be compared
 */
export function compareNumbers(one: number | RawJson, other: number | RawJson): number {
  if (typeof one === 'number' && typeof other === 'number') {
    return one - other;
  }
  return compareDecimals(decimalOf(one), decimalOf(other));
}

function decimalOf(value: number | RawJson): Decimal {
  return typeof value === 'number' ? toDecimal(String(value)) : value.decimal();
}

/**
 * Tells whether a value, at any depth, holds what other values may be rounded to: a whole number beyond 2^53 - 1, one of
 * more than 17 significant digits, one that is no double (`1e400`), or a string with half a character.
 *
 * @param value any JSON value
 */
export function isInexact(value: Json): boolean {
  if (value instanceof RawJson) {
    return !value.isNumber() || !isNearDouble(value);
  }
  if (isArray(value)) {
    return value.some(isInexact);
  }
  return (
    isObject(value) &&
    Object.keys(value).some((name) => name.indexOf(mark()) === 0 || isInexact(value[name] as Json))
  );
}

function isNearDouble(value: RawJson): boolean {
  const double = Math.abs(Number(value));
  return double !== 0 && double <= MAX_SAFE && value.decimal().digits.length <= MAX_DIGITS;
}

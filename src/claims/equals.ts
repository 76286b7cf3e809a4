import { compareNumbers, isNumber } from '../exact/number.ts';
import { RawJson } from '../exact/raw-json.ts';
import { isArray, isObject, type Json, member } from '../json.ts';

/**
 * Tells whether two values are the same, in depth. Numbers are compared digit by digit.
 *
 * @param one any JSON value
 * @param other any other
 * @returns `undefined` where they cannot be compared: two types, or two strings with half a character
 */
export function equals(one: Json, other: Json): boolean | undefined {
  if (typeOf(one) !== typeOf(other)) {
    return undefined;
  }
  if (isArray(one) && isArray(other)) {
    return one.length === other.length && one.every((item, at) => isSame(item, other[at]));
  }
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => isSame(one[name], member(other, name)))
    );
  }
  return one === other || (isRaw(one, other) && equalsRaw(one, other));
}

function isRaw(one: Json, other: Json): boolean {
  return one instanceof RawJson || other instanceof RawJson;
}

/** One text may be written with other escapes than the other, so two of them are equal or not comparable. */
function equalsRaw(one: Json, other: Json): boolean | undefined {
  if (isNumber(one) && isNumber(other)) {
    return compareNumbers(one, other) === 0;
  }
  if (one instanceof RawJson && other instanceof RawJson) {
    return one.text === other.text || undefined;
  }
  return false;
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return one !== undefined && other !== undefined && equals(one, other) === true;
}

/** The six types of RFC 8259, section 3. */
function typeOf(value: Json): string {
  if (value === null) {
    return 'null';
  }
  if (value instanceof RawJson) {
    return value.isNumber() ? 'number' : 'string';
  }
  return isArray(value) ? 'array' : typeof value;
}

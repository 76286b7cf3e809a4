import { isArray, isObject, type Json, member } from '../json.ts';

/**
 * Tells whether two values are the same, in depth.
 *
 * @param one any JSON value
 * @param other any other
 * @returns `undefined` where they are of two types and cannot be compared
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
  return one === other;
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return one !== undefined && other !== undefined && equals(one, other) === true;
}

/** The six types of RFC 8259, section 3. */
function typeOf(value: Json): string {
  if (value === null) {
    return 'null';
  }
  return isArray(value) ? 'array' : typeof value;
}

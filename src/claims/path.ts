import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts';

/** Steps from the claims set to a value: names of members, or places in arrays, counted from 0. */
export type ClaimPath = readonly string[];

/**
 * Reads the path of a claim: `realm_access.roles`, or a JSON Pointer (RFC 6901) where it begins with
 * `/`, so that names with dots and slashes can be written: `/https:~1~1example.com~1roles`.
 *
 * @param text the path
 * @returns its steps, or `undefined` where the text is none
 */
export function parsePath(text: string): ClaimPath | undefined {
  if (text.charAt(0) !== '/') {
    const steps = text.split('.');
    return steps.indexOf('') < 0 ? steps : undefined;
  }
  if (/~(?:[^01]|$)/.test(text)) {
    return undefined;
  }
  return text.slice(1).split('/').map(unescapeStep);
}

/** In this order, for `~01` stands for `~1` (RFC 6901, section 4). */
function unescapeStep(step: string): string {
  return step.replace(/~1/g, '/').replace(/~0/g, '~');
}

/** RFC 6901, section 4: no leading zero, so that a place has one name. */
const ARRAY_INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/**
 * Finds a value by its path.
 *
 * @param claims the claims set
 * @param path steps to the value
 * @returns the value; `undefined` where there is none, or something on the way has no members
 */
export function resolvePath(claims: JsonObject, path: ClaimPath): Json | undefined {
  let value: Json | undefined = claims;
  for (const step of path) {
    if (isObject(value)) {
      value = member(value, step);
    } else if (isArray(value) && ARRAY_INDEX.test(step)) {
      value = value[Number(step)];
    } else {
      return undefined;
    }
  }
  return value;
}

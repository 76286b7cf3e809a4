import { decodeUtf8 } from './base64url.ts';
import { type Json, member } from './json.ts';
import { hasAtMost } from './json-limits.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** So many names are too few to cost much, whatever their hashes are. */
const FEW = 256;

/** Texts with more arrays or objects are not looked into, and texts with many names and more strings. */
const MAX_BRACKETS = 1024;
const MAX_STRINGS = 512;

/** Bytes of a text that may have any number of values, and most commas in a longer one: the njs engine is slow at numbers. */
const SHORT = 8192;
const MAX_COMMAS = 512;

/**
 * Reads one member of a JSON object from somebody who is not trusted, in a time that does not depend on the names in
 * it: the engines hash names without a seed, and those that are chosen to collide make the parser slow.
 *
 * Not a check: what is no JSON at all may have a value too. What is found in JSON is what the parser finds: of a
 * name that is repeated the last one.
 *
 * @param json text in UTF-8
 * @param name name of the member
 * @returns its value where that is a string, `null` where it is something else; `undefined` where there is no such
 * member, or the text has more than 1024 arrays or objects, more than 256 colons and 512 strings, or more than 8192 bytes
 * and 512 commas
 */
export function peekMember(json: Buffer, name: string): string | null | undefined {
  const isCheap =
    hasAtMost(json, BRACKET, MAX_BRACKETS) &&
    hasAtMost(json, BRACE, MAX_BRACKETS) &&
    (json.length <= SHORT || hasAtMost(json, COMMA, MAX_COMMAS));
  if (!isCheap) {
    return undefined;
  }
  const text = decodeUtf8(json) ?? '';
  const areFew = hasAtMost(json, COLON, FEW);
  if (text.trim().charAt(0) !== '{' || !(areFew || hasAtMost(json, QUOTE, 2 * MAX_STRINGS))) {
    return undefined;
  }
  try {
    const found = areFew ? member(JSON.parse(text), name) : findIn(withoutNames(text), name);
    return found === undefined || typeof found === 'string' ? found : null;
  } catch (_error) {
    return undefined;
  }
}

/** Of the names and values of an object, in turn. */
function findIn(items: readonly Json[], name: string): Json | undefined {
  let found: Json | undefined;
  for (let at = 0; at < items.length; at += 2) {
    if (items[at] === name) {
      found = items[at + 1];
    }
  }
  return found;
}

/**
 * Parses objects as arrays of names and values in turn. What stands outside of strings is changed as one text: the
 * engine is a hundred times as quick at that as a loop over characters.
 */
function withoutNames(text: string): readonly Json[] {
  // Every other piece between quotes is a string, once no quote is escaped any more.
  const pieces = replace(replace(text, '\\\\', '\\u005c'), '\\"', '\\u0022').split('"');
  const outside: string[] = [];
  for (let at = 0; at < pieces.length; at += 2) {
    outside.push(pieces[at] as string);
  }
  const arrays = replace(replace(replace(outside.join('"'), '{', '['), '}', ']'), ':', ',');
  const changed = arrays.split('"');
  for (let index = 0; index < changed.length; index += 1) {
    pieces[2 * index] = changed[index] as string;
  }
  return JSON.parse(pieces.join('"'));
}

function replace(text: string, old: string, by: string): string {
  return text.split(old).join(by);
}

import { isNumber, numberText } from '../exact/number.ts';
import { RawJson } from '../exact/raw-json.ts';
import { isArray, type Json } from '../json.ts';
import { equals } from './equals.ts';

/**
 * Takes a claim as the text that a variable of nginx would be.
 *
 * @param claim any claim
 * @returns the text of a number or a boolean; anything else as it is
 */
export function asText(claim: Json): Json {
  if (claim instanceof RawJson && claim.isNumber()) {
    return numberText(claim);
  }
  return typeof claim === 'number' || typeof claim === 'boolean' ? String(claim) : claim;
}

/**
 * Tells whether a claim is one of some values.
 *
 * @param claim any claim
 * @param values any values
 * @returns `undefined` where it can be compared with none of them
 */
export function isOneOf(claim: Json, values: readonly Json[]): boolean | undefined {
  let isComparable = false;
  for (const value of values) {
    const answer = equals(claim, value);
    if (answer === true) {
      return true;
    }
    isComparable = isComparable || answer === false;
  }
  return isComparable ? false : undefined;
}

/**
 * Tells whether a claim has an item that is one of some values.
 *
 * A claim that is no array is an array of one: `aud` is written both ways. A token may hold thousands of items, and
 * a policy many rules on them, so the items are put into a table once, and the values looked up there.
 *
 * @param claim any claim
 * @param values any values
 * @param tables what is known of the claims of this token
 * @param areTexts whether numbers and booleans are taken as texts
 * @returns `undefined` where it has none of them, and an item that can be compared with none
 */
export function hasOneOf(
  claim: Json,
  values: readonly Json[],
  tables: Tables,
  areTexts: boolean,
): boolean | undefined {
  if (!isArray(claim)) {
    return isOneOf(areTexts ? asText(claim) : claim, values);
  }
  const { simple, structured } = tables.of(claim);
  const types: { [type: string]: boolean | undefined } = {};
  for (const value of values) {
    const type = isNumber(value) ? 'number' : typeof value;
    types[type] = true;
    const places = areTexts ? SIMPLE_TYPES : [type];
    const text = isNumber(value) ? numberText(value) : String(value);
    if (type !== 'object' && places.some((place) => simple[place]?.[text] === true)) {
      return true;
    }
  }
  let answer: boolean | undefined = false;
  for (const type of SIMPLE_TYPES) {
    const isComparable = types[areTexts ? 'string' : type] === true;
    answer = simple[type] !== undefined && !isComparable ? undefined : answer;
  }
  if (structured.length > 0) {
    const wanted = values.filter((value) => typeof value === 'object');
    for (const item of structured) {
      const found = isOneOf(item, wanted);
      if (found === true) {
        return true;
      }
      answer = found === undefined ? undefined : answer;
    }
  }
  return answer;
}

/** Types of values whose text says whether they are the same. */
const SIMPLE_TYPES = ['string', 'number', 'boolean'];

/** Items by their type and their text. */
interface Table {
  readonly simple: { [type: string]: { [text: string]: boolean | undefined } | undefined };
  /** The others: arrays, objects and null. */
  readonly structured: Json[];
}

/** What a token's arrays hold: the table of the claim that was looked at last, for the next rule is often on the same. */
export class Tables {
  private claim: readonly Json[] | undefined;
  private table: Table | undefined;

  /** The table of a claim. */
  of(claim: readonly Json[]): Table {
    if (this.table === undefined || this.claim !== claim) {
      this.claim = claim;
      this.table = tabulate(claim);
    }
    return this.table;
  }
}

/** By index and without a call for each: there may be thousands. */
function tabulate(items: readonly Json[]): Table {
  const table: Table = { simple: {}, structured: [] };
  const { simple, structured } = table;
  for (let at = 0; at < items.length; at += 1) {
    const item = items[at] as Json;
    const isRaw = item instanceof RawJson;
    if (typeof item === 'object' && !isRaw) {
      structured.push(item);
      continue;
    }
    const type = isRaw ? typeOfRaw(item) : typeof item;
    let ofType = simple[type];
    if (ofType === undefined) {
      ofType = Object.create(null) as { [text: string]: boolean | undefined };
      simple[type] = ofType;
    }
    // A string with half a character is one that no value is; its text has quotes, and a mark.
    ofType[isRaw && type === 'string' ? item.marked() : (item as string)] = true;
    if (type === 'number' && hasOtherText(item as number | RawJson)) {
      ofType[numberText(item as number | RawJson)] = true;
    }
  }
  return table;
}

function typeOfRaw(item: RawJson): string {
  return item.isNumber() ? 'number' : 'string';
}

/** Whether an engine does not write a number as {@link numberText} does. */
function hasOtherText(item: number | RawJson): boolean {
  const size = Math.abs(item as number);
  return size >= 1e21 || (size < 1e-6 && size > 0) || item instanceof RawJson;
}

import {
  isArray,
  isNumberText,
  isObject,
  type Json,
  type JsonObject,
  member,
  parseJson,
} from '../json.ts';
import type { Variables } from '../token/extract.ts';
import { type Glob, matchesGlob } from './glob.ts';
import { type ClaimPath, resolvePath } from './path.ts';
import { type UnmetStatus, unmet } from './unmet.ts';

/** What a claim is compared with. */
export type Operand =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'list'; readonly values: readonly Json[] }
  | { readonly kind: 'glob'; readonly glob: Glob }
  /** A variable of nginx, read for each request; a list where the operator wants one. */
  | { readonly kind: 'variable'; readonly name: string };

/** Comparisons; the others of the configuration are negations or other names of these. */
export type Operator = 'eq' | 'gt' | 'ge' | 'lt' | 'le' | 'in' | 'any' | 'match';

/** One rule of `$auth_jwt_require_claims`. */
export interface ClaimRule {
  /** The path as the configuration has it: detail of the refusal. */
  readonly name: string;
  readonly path: ClaimPath;
  readonly operator: Operator;
  /** Whether the comparison must fail; a claim that cannot be compared is refused all the same. */
  readonly isNegated: boolean;
  readonly operand: Operand;
  /** Status of the refusal. */
  readonly error: UnmetStatus;
}

/**
 * Checks rules on claims. A claim that is missing, or of another type than what it is compared with,
 * breaks its rule, a negated one too: `role ne admin` says something of a role, not of its absence.
 *
 * @param claims claims whose signature has been verified
 * @param rules what is wanted, all of it
 * @param request variables of nginx, for rules that compare with one
 * @throws Refusal `bad_claim` (401) or `no_roles` (403) of the first rule that is broken, detail its path
 */
export function checkRules(
  claims: JsonObject,
  rules: readonly ClaimRule[],
  request: Variables,
): void {
  const tables = new Tables();
  for (const rule of rules) {
    const claim = resolvePath(claims, rule.path);
    const answer = claim === undefined ? undefined : compare(rule, claim, request, tables);
    if (answer === undefined || answer === rule.isNegated) {
      throw unmet(rule.error, rule.name);
    }
  }
}

/** `undefined`: the two cannot be compared. */
function compare(
  { operator, operand }: ClaimRule,
  claim: Json,
  request: Variables,
  tables: Tables,
): boolean | undefined {
  switch (operand.kind) {
    case 'value':
      return operator === 'eq'
        ? equals(claim, operand.value)
        : compareNumbers(operator, claim, operand.value);
    case 'list':
      return operator === 'in'
        ? isOneOf(claim, operand.values)
        : hasOneOf(claim, operand.values, tables, false);
    case 'glob':
      return typeof claim === 'string' ? matchesGlob(operand.glob, claim) : undefined;
    case 'variable':
      return compareWithText(operator, claim, request.variable(operand.name) ?? '', tables);
  }
}

/** A variable has no type but text, so the claim is taken as text too. An empty one says nothing. */
function compareWithText(
  operator: Operator,
  claim: Json,
  text: string,
  tables: Tables,
): boolean | undefined {
  if (text === '') {
    return undefined;
  }
  switch (operator) {
    case 'eq':
      return equals(asText(claim), text);
    case 'in':
      return isOneOf(asText(claim), listIn(text));
    case 'any':
      return hasOneOf(claim, listIn(text), tables, true);
    default:
      return isNumberText(text) ? compareNumbers(operator, claim, Number(text)) : undefined;
  }
}

/** Most values that a variable is taken for: each is compared with each of a claim. */
const MAX_VALUES = 64;

/** Words, or an array of JSON; none where there are too many. */
function listIn(text: string): readonly Json[] {
  const value = text.charAt(0) === '[' ? parseJson(text) : undefined;
  const list = isArray(value) ? value.map(asText) : text.split(' ', MAX_VALUES + 1);
  return list.length > MAX_VALUES ? [] : list;
}

function asText(claim: Json): Json {
  return typeof claim === 'number' || typeof claim === 'boolean' ? String(claim) : claim;
}

function compareNumbers(operator: Operator, claim: Json, limit: Json): boolean | undefined {
  if (typeof claim !== 'number' || typeof limit !== 'number' || !Number.isFinite(claim)) {
    return undefined;
  }
  switch (operator) {
    case 'gt':
      return claim > limit;
    case 'ge':
      return claim >= limit;
    case 'lt':
      return claim < limit;
    case 'le':
      return claim <= limit;
    default:
      return undefined;
  }
}

function isOneOf(claim: Json, values: readonly Json[]): boolean | undefined {
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
 * A claim that is no array is an array of one: `aud` is written both ways. A token may hold thousands of items, and
 * a policy many rules on them, so the items are put into a table once, and the values looked up there.
 *
 * @param areTexts whether numbers and booleans are taken as texts
 */
function hasOneOf(
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
    const type = typeof value;
    types[type] = true;
    const places = areTexts ? SIMPLE_TYPES : [type];
    if (type !== 'object' && places.some((place) => simple[place]?.[String(value)] === true)) {
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

/** The table of the claim that was looked at last. */
class Tables {
  private claim: readonly Json[] | undefined;
  private table: Table = { simple: {}, structured: [] };

  of(claim: readonly Json[]): Table {
    if (this.claim !== claim) {
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
    if (typeof item === 'object') {
      structured.push(item);
      continue;
    }
    let ofType = simple[typeof item];
    if (ofType === undefined) {
      ofType = Object.create(null) as { [text: string]: boolean | undefined };
      simple[typeof item] = ofType;
    }
    ofType[item as string] = true;
  }
  return table;
}

/** Whether two values of one type are the same; `undefined` where they are of two. */
function equals(one: Json, other: Json): boolean | undefined {
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

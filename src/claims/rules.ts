import { compareNumbers, isNumber, toDouble } from '../exact/number.ts';
import { RawJson } from '../exact/raw-json.ts';
import { parseVerbatim } from '../exact/verbatim.ts';
import { isArray, isNumberText, type Json, type JsonObject } from '../json.ts';
import type { Variables } from '../token/extract.ts';
import { equals } from './equals.ts';
import { type Glob, matchesGlob } from './glob.ts';
import { asText, hasOneOf, isOneOf, Tables } from './one-of.ts';
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
        : order(operator, claim, operand.value);
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
      return isNumberText(text) ? order(operator, claim, parseVerbatim(text)) : undefined;
  }
}

/** Most values that a variable is taken for: each is compared with each of a claim. */
const MAX_VALUES = 64;

/** Words, or an array of JSON; none where there are too many, or one of them has half a character. */
function listIn(text: string): readonly Json[] {
  const value = text.charAt(0) === '[' ? parseVerbatim(text) : undefined;
  const list = isArray(value) ? value.map(asText) : text.split(' ', MAX_VALUES + 1);
  const isUsable = list.length <= MAX_VALUES && !list.some((item) => item instanceof RawJson);
  return isUsable ? list : [];
}

/** Digit by digit; `1e400` and the like are not compared with anything. */
function order(operator: Operator, claim: Json, limit: Json | undefined): boolean | undefined {
  if (!isNumber(claim) || !isNumber(limit) || !Number.isFinite(toDouble(claim))) {
    return undefined;
  }
  const difference = compareNumbers(claim, limit);
  switch (operator) {
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
    default:
      return undefined;
  }
}

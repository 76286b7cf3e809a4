import { parseGlob } from '../claims/glob.ts';
import { parsePath } from '../claims/path.ts';
import type { ClaimRule, Operand, Operator } from '../claims/rules.ts';
import { isInexact, isNumber } from '../exact/number.ts';
import { parseVerbatim } from '../exact/verbatim.ts';
import { isArray, type Json, type JsonObject, member } from '../json.ts';
import { misread, type SettingTexts } from './texts.ts';

const NAME = 'auth_jwt_require_claims';

/** Most rules of one policy: what a request may cost is bounded by them. */
export const MAX_RULES = 32;

/** Names of kjdev's module for operators that are others' negations, or others. */
const ALIASES: JsonObject = {
  ne: '!eq',
  nin: '!in',
  intersect: 'any',
  nintersect: '!any',
};

const OPERATORS: readonly Operator[] = ['eq', 'gt', 'ge', 'lt', 'le', 'in', 'any', 'match'];

/**
 * Reads `$auth_jwt_require_claims`: rules `CLAIM OPERATOR VALUE [error=401|403]`, with semicolons
 * between them.
 *
 * @param texts the settings
 * @returns the rules, maybe none
 * @throws Refusal `bad_configuration` where one of them cannot be understood
 */
export function readRules(texts: SettingTexts): ClaimRule[] {
  const text = texts[NAME];
  if (text === undefined) {
    return [];
  }
  const rules = splitRules(text);
  if (rules.length === 0) {
    throw misread(texts, NAME, 'without a rule');
  }
  if (rules.length > MAX_RULES) {
    throw misread(texts, NAME, `more than ${MAX_RULES} rules`);
  }
  return rules.map((words, index) => {
    const rule = parseRule(words);
    if (typeof rule === 'string') {
      throw misread(texts, NAME, `rule ${index + 1}: ${rule}`);
    }
    return rule;
  });
}

/** A rule, or what is wrong with it. */
function parseRule(words: string[]): ClaimRule | string {
  const last = words[words.length - 1] as string;
  const hasError = last.indexOf('error=') === 0;
  if (hasError && last !== 'error=401' && last !== 'error=403') {
    return 'error= takes 401 or 403';
  }
  const [claim = '', written = '', ...values] = hasError ? words.slice(0, -1) : words;
  const name = unquote(claim);
  const path = parsePath(name);
  if (path === undefined) {
    return 'its claim is neither a dotted path nor a JSON Pointer';
  }
  const canonical = String(member(ALIASES, written) ?? written);
  const isNegated = canonical.charAt(0) === '!';
  const operator = (isNegated ? canonical.slice(1) : canonical) as Operator;
  if (OPERATORS.indexOf(operator) < 0) {
    return `its operator is none of ${OPERATORS.join(' ')}, with or without "!"`;
  }
  const operand = parseOperand(operator, values);
  if (typeof operand === 'string') {
    return operand;
  }
  const error = last === 'error=403' ? 403 : 401;
  return { name, path, operator, isNegated, operand, error };
}

const VARIABLE = /^variable:([A-Za-z0-9_]+)$/;
const VARIABLE_LIKE = /^variable:/i;

function parseOperand(operator: Operator, words: string[]): Operand | string {
  const [first = '', second] = words;
  if (first === '') {
    return 'it has no value';
  }
  const isOne = second === undefined;
  const isList = operator === 'in' || operator === 'any';
  if (!isOne && !isList) {
    return 'it has more than one value; a text with spaces wants double quotes';
  }
  const [, variable] = VARIABLE.exec(first) ?? [];
  if (isOne && variable !== undefined) {
    // Whoever has a say in a pattern can write one that everything matches.
    return operator === 'match' ? 'match takes no variable' : { kind: 'variable', name: variable };
  }
  if (words.some((word) => VARIABLE_LIKE.test(word))) {
    // A deny list that names what nobody has would let everybody pass.
    return 'variable:NAME stands alone and has letters, digits and underscores; a text that begins so wants double quotes';
  }
  const values = words.map(parseValue);
  const value = values[0];
  if (value === undefined || values.indexOf(undefined) >= 0) {
    return 'its value has quotes or brackets and is no JSON';
  }
  if ((values as Json[]).some(isInexact)) {
    return INEXACT;
  }
  if (isList) {
    return { kind: 'list', values: isOne && isArray(value) ? value : (values as Json[]) };
  }
  if (operator === 'match') {
    return typeof value === 'string' ? { kind: 'glob', glob: parseGlob(value) } : PATTERN_WANTED;
  }
  if (operator !== 'eq' && !isNumber(value)) {
    return `${operator} wants a number`;
  }
  return { kind: 'value', value };
}

const INEXACT =
  'its value holds a number beyond 2^53 - 1 or of more than 17 digits, or half a character; compare with variable:NAME';
const PATTERN_WANTED = 'match wants a text; one that looks like a number wants double quotes';

/** Only three of these are JSON; to let the parser find out is slow, for it throws. */
const PLAIN_TEXT = /^[A-Za-z_][^="[\]{}]*$/;
const LITERALS = ['true', 'false', 'null'];

/**
 * JSON where it is JSON, else a text that could not be meant for JSON. `json=` of kjdev's module may
 * stand in front.
 */
function parseValue(word: string): Json | undefined {
  if (PLAIN_TEXT.test(word) && LITERALS.indexOf(word) < 0) {
    return word;
  }
  const isJson = word.indexOf('json=') === 0;
  const value = parseVerbatim(isJson ? word.slice('json='.length) : word);
  return value === undefined && !isJson && !/["[\]{}]/.test(word) ? word : value;
}

function unquote(word: string): string {
  const value = word.charAt(0) === '"' ? parseVerbatim(word) : word;
  return typeof value === 'string' ? value : word;
}

const SEMICOLON = 0x3b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The words of each rule that has any. Neither semicolons nor blanks count within strings and brackets of JSON. The
 * njs engine does this for each request, so it goes over the text once, and calls little.
 */
function splitRules(text: string): string[][] {
  const rules: string[][] = [];
  let words: string[] = [];
  let start = -1;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isQuoted) {
      isQuoted = code !== QUOTE;
      at += code === BACKSLASH ? 1 : 0;
      continue;
    }
    const isEnd =
      code === SEMICOLON || code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
    if (isEnd && depth <= 0) {
      if (start >= 0) {
        words.push(text.slice(start, at));
        start = -1;
      }
      if (code === SEMICOLON) {
        rules.push(words);
        words = [];
        depth = 0;
      }
      continue;
    }
    start = start < 0 ? at : start;
    isQuoted = code === QUOTE;
    depth += code >= 0x5b ? depthOf(code | 0x20) : 0;
  }
  if (start >= 0) {
    words.push(text.slice(start));
  }
  rules.push(words);
  return rules.filter(({ length }) => length > 0);
}

/** Of both kinds of brackets, either is 32 from the other. */
function depthOf(code: number): number {
  if (code === 0x7b) {
    return 1;
  }
  return code === 0x7d ? -1 : 0;
}

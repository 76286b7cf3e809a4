import type { VerifiedToken } from '../authenticate.ts';
import type { JsonObject } from '../json.ts';
import type { NginxVariables } from '../nginx.ts';
import type { Refusal } from '../refusal.ts';
import { challengeFor } from './challenge.ts';
import { toHeaderJson, toHeaderValue } from './header-value.ts';

/**
 * Remembers, within one request, which variables an earlier check has filled; empty where none has
 * run. After an internal redirect the check runs again, and njs 0.8.9 cannot list what is declared.
 */
const FILLED = 'auth_jwt_filled';

/** The results whose names are known beforehand. */
const RESULTS = [
  'jwt_claims',
  'no_auth_reason',
  'no_auth_detail',
  'auth_jwt_challenge',
  'auth_jwt_cache',
  FILLED,
];

/** What a variable of nginx can be called; other names are never looked up. */
const PLAIN_NAME = /^[a-z0-9_]+$/;

/**
 * Empties every result variable: nothing of an earlier check of this request may stand beside the
 * verdict of this one.
 *
 * @param variables the variables of the request
 * @throws what njs throws for a variable that cannot be written, when all others are empty
 */
export function clearResults(variables: NginxVariables): void {
  const filled = variables[FILLED];
  if (filled === '') {
    return;
  }
  const failures: unknown[] = [];
  for (const name of [...(filled ?? '').split(' '), ...RESULTS]) {
    try {
      put(variables, name, '');
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

/**
 * Fills `$auth_jwt_cache`, `$jwt_claims` and every declared `$jwt_claim_NAME` and `$jwt_header_NAME`. nginx knows
 * variables in lower case only, so claims with capitals have none of their own.
 *
 * @param variables the variables of the request
 * @param token a token that has passed every check
 */
export function writeClaims(variables: NginxVariables, token: VerifiedToken): void {
  const values = token.derived.variables ?? renderVariables(variables, token);
  token.derived.variables = values;
  // Before the values: should one of them fail, a denial must know what to empty.
  if (values[FILLED] !== undefined) {
    variables[FILLED] = values[FILLED];
  }
  for (const name of Object.keys(values)) {
    variables[name] = values[name];
  }
  put(variables, 'auth_jwt_cache', token.cache);
}

/**
 * Says in variables why a request is refused: `$no_auth_reason`, `$no_auth_detail` and
 * `$auth_jwt_challenge`.
 *
 * @param variables the variables of the request
 * @param refusal why
 */
export function writeRefusal(variables: NginxVariables, refusal: Refusal): void {
  put(variables, 'no_auth_reason', refusal.reason);
  put(variables, 'no_auth_detail', refusal.detail);
  put(variables, 'auth_jwt_challenge', challengeFor(refusal.reason, variables.auth_jwt ?? ''));
  if (variables[FILLED] === '') {
    variables[FILLED] = FILLED;
  }
}

/** Every variable that the token fills and the configuration declares, with its value. */
function renderVariables(variables: NginxVariables, token: VerifiedToken): Record<string, string> {
  const values: Record<string, string> = {};
  addDeclared(values, variables, 'jwt_claim_', token.claims);
  addDeclared(values, variables, 'jwt_header_', token.header);
  const names = Object.keys(values).join(' ');
  if ('jwt_claims' in variables) {
    values.jwt_claims = toHeaderJson(token.claims);
  }
  if (FILLED in variables) {
    values[FILLED] = `${FILLED} ${names}`;
  }
  return values;
}

function addDeclared(
  values: Record<string, string>,
  variables: NginxVariables,
  prefix: string,
  object: JsonObject,
): void {
  for (const name of Object.keys(object)) {
    if (PLAIN_NAME.test(name) && prefix + name in variables) {
      values[prefix + name] = toHeaderValue(object[name]);
    }
  }
}

/** A result that the configuration does not declare is one that nobody reads. */
function put(variables: NginxVariables, name: string, value: string): void {
  if (name !== '' && name in variables) {
    variables[name] = value;
  }
}

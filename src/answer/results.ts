import { isObject, type JsonObject, parseJson } from '../json.ts';
import type { NginxVariables } from '../nginx.ts';
import type { Refusal } from '../refusal.ts';
import type { Rendered, Token } from '../token/decode.ts';
import { challengeFor } from './challenge.ts';
import { toHeaderJson, toHeaderValue } from './header-value.ts';
import type { Outlets } from './outlets.ts';

/**
 * Remembers, within one request, which variables an earlier check has filled; empty where none has
 * run. After an internal redirect the check runs again, and njs 0.8.9 cannot list what is declared.
 */
const FILLED = 'auth_jwt_filled';

/** The claims as the token has them, for {@link claimsJson}. */
const PAYLOAD = 'auth_jwt_payload';

/** The results whose names are known beforehand. */
const RESULTS = [
  'no_auth_reason',
  'no_auth_detail',
  'auth_jwt_challenge',
  'auth_jwt_cache',
  PAYLOAD,
  FILLED,
];

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
 * Fills `$auth_jwt_cache` and every declared `$jwt_claim_NAME` and `$jwt_header_NAME`, and lays down
 * what `$jwt_claims` is made of. nginx knows variables in lower case only, so claims with capitals have
 * none of their own.
 *
 * @param variables the variables of the request
 * @param token a token that has passed every check
 * @param cache value of `$auth_jwt_cache`
 * @param outlets which variables there are
 */
export function writeClaims(
  variables: NginxVariables,
  token: Token,
  cache: string,
  outlets: Outlets,
): void {
  const rendered = token.derived.rendered ?? render(variables, token, outlets);
  token.derived.rendered = rendered;
  const { names, values } = rendered;
  for (let index = 0; index < names.length; index += 1) {
    variables[names[index] as string] = values[index] as string;
  }
  if (cache !== 'HIT') {
    put(variables, 'auth_jwt_cache', cache);
  }
}

/**
 * Makes the value of `$jwt_claims`, for `js_set`: few configurations use it, and it would cost as much
 * as all the rest.
 *
 * @param variables the variables of the request
 * @returns all claims as JSON; empty where no token has been let pass
 */
export function claimsJson(variables: NginxVariables): string {
  const payload = variables[PAYLOAD] ?? '';
  const claims = parseJson(Buffer.from(payload, 'base64url').toString());
  return isObject(claims) ? toHeaderJson(claims) : '';
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
function render(variables: NginxVariables, token: Token, outlets: Outlets): Rendered {
  const names: string[] = [];
  const values: string[] = [];
  function add(prefix: string, object: JsonObject, isPlain: boolean): void {
    for (const name of Object.keys(object)) {
      const outlet = outlets.find(prefix, name, variables);
      if (outlet !== '') {
        const value = object[name];
        names.push(outlet);
        values.push(isPlain && typeof value === 'string' ? value : toHeaderValue(value));
      }
    }
  }
  add('jwt_claim_', token.claims, token.hasPlainClaims);
  add('jwt_header_', token.header, token.hasPlainHeader);
  if ('auth_jwt_cache' in variables) {
    // What is rendered once and used again was known.
    names.push('auth_jwt_cache');
    values.push('HIT');
  }
  if (PAYLOAD in variables) {
    names.push(PAYLOAD);
    values.push(token.payload);
  }
  if (FILLED in variables) {
    // Before the others: should one of them fail, a denial must know what to empty.
    values.unshift(`${FILLED} ${names.join(' ')}`);
    names.unshift(FILLED);
  }
  return { names, values };
}

/** A result that the configuration does not declare is one that nobody reads. */
function put(variables: NginxVariables, name: string, value: string): void {
  if (name !== '' && name in variables) {
    variables[name] = value;
  }
}

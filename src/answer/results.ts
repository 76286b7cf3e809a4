import type { ClaimOutlet } from '../claims/claim-set.ts';
import { resolvePath } from '../claims/path.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import type { NginxVariables } from '../nginx.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { Token } from '../token/decode.ts';
import type { Rendered } from '../token/derived.ts';
import { challengeFor } from './challenge.ts';
import { toHeaderJson, toHeaderValue } from './header-value.ts';
import { Outlets } from './outlets.ts';

/**
 * What the last check of this request has left: the first two parts of the token that it let pass and
 * the variables of `$auth_jwt_claim_set`, with spaces between them; {@link REFUSED}; or nothing where
 * none has run. After an internal redirect the check runs again, and njs 0.8.9 cannot list the
 * variables to empty. `$jwt_claims` is made of it too.
 */
const PASSED = 'auth_jwt_passed';

/** No base64url. */
const REFUSED = '-';

/** The results whose names are known beforehand. */
const RESULTS = [
  'no_auth_reason',
  'no_auth_detail',
  'auth_jwt_challenge',
  'auth_jwt_anonymous',
  'auth_jwt_cache',
  PASSED,
];

const CLAIM = 'jwt_claim_';
const HEADER = 'jwt_header_';

/** The variables that a configuration has for tokens. */
export interface TokenOutlets {
  readonly claims: Outlets;
  readonly header: Outlets;
  readonly results: Outlets;
  /** The header that was written last, and what it came to: most tokens have the same. */
  last?: { readonly header: JsonObject; readonly rendered: Rendered };
}

/** Makes a memory of the variables for tokens, which knows none yet. */
export function createOutlets(): TokenOutlets {
  return { claims: new Outlets(CLAIM), header: new Outlets(HEADER), results: new Outlets('') };
}

/**
 * Empties every result variable: nothing of an earlier check of this request may stand beside the
 * verdict of this one.
 *
 * @param variables the variables of the request
 * @throws what njs throws for a variable that cannot be written, when all others are empty
 */
export function clearResults(variables: NginxVariables): void {
  const passed = variables[PASSED];
  if (passed === '') {
    return;
  }
  const failures: unknown[] = [];
  for (const name of [...filledBy(passed ?? REFUSED), ...RESULTS]) {
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

/** The variables that a token may have filled. */
function filledBy(passed: string): string[] {
  const [token = '', ...others] = passed.split(' ');
  const [header, claims] = token.split('.').map(decodeObject);
  return [
    ...Object.keys(header ?? {}).map((name) => HEADER + name),
    ...Object.keys(claims ?? {}).map((name) => CLAIM + name),
    ...others,
  ];
}

function decodeObject(part: string): JsonObject {
  const value = parseJson(Buffer.from(part, 'base64url').toString());
  return isObject(value) ? value : {};
}

/**
 * Fills `$auth_jwt_cache`, every declared `$jwt_claim_NAME` and `$jwt_header_NAME`, and the variables of
 * `$auth_jwt_claim_set`, and lays down what `$jwt_claims` is made of. nginx knows variables in lower
 * case only, so claims with capitals have none of their own.
 *
 * @param variables the variables of the request
 * @param token a token that has passed every check
 * @param cache value of `$auth_jwt_cache`
 * @param outlets which variables there are
 * @param claimSet variables that claims fill by their path
 * @throws Refusal `bad_configuration` where one of these is not declared
 */
export function writeClaims(
  variables: NginxVariables,
  token: Token,
  cache: string,
  outlets: TokenOutlets,
  claimSet: readonly ClaimOutlet[],
): void {
  const { derived } = token;
  if (derived === undefined) {
    fill(variables, token, outlets, claimSet, variables);
  } else {
    if (derived.rendered === undefined || derived.renderedFor !== claimSet) {
      const rendered: Rendered = {};
      fill(variables, token, outlets, claimSet, rendered);
      // Now that nothing has been thrown: it is whole.
      derived.rendered = rendered;
      derived.renderedFor = claimSet;
    }
    Object.assign(variables, derived.rendered);
  }
  if (outlets.results.find('auth_jwt_cache', variables) !== '') {
    variables.auth_jwt_cache = cache;
  }
}

/** Writes every variable that the token fills and the configuration declares. */
function fill(
  variables: NginxVariables,
  token: Token,
  outlets: TokenOutlets,
  claimSet: readonly ClaimOutlet[],
  target: { [variable: string]: string | undefined },
): void {
  // Before the others: should one of them fail, a denial must know what to empty.
  if (outlets.results.find(PASSED, variables) !== '') {
    target[PASSED] = passedBy(token, claimSet);
  }
  outlets.claims.fill(token.claims, token.hasPlainClaims, variables, target);
  let { last } = outlets;
  if (last === undefined || last.header !== token.header) {
    last = { header: token.header, rendered: {} };
    outlets.header.fill(token.header, token.hasPlainHeader, variables, last.rendered);
    outlets.last = last;
  }
  Object.assign(target, last.rendered);
  for (const { variable, path } of claimSet) {
    if (outlets.results.find(variable, variables) === '') {
      const explanation = `$auth_jwt_claim_set fills $${variable}: it wants "js_var $${variable};"`;
      throw refuse('bad_configuration', 'auth_jwt_claim_set', explanation);
    }
    target[variable] = toHeaderValue(resolvePath(token.claims, path));
  }
}

function passedBy({ signingInput }: Token, claimSet: readonly ClaimOutlet[]): string {
  return claimSet.length === 0
    ? signingInput
    : `${signingInput} ${claimSet.map(({ variable }) => variable).join(' ')}`;
}

/**
 * Makes the value of `$jwt_claims`, for `js_set`: few configurations use it, and it would cost as much
 * as all the rest.
 *
 * @param variables the variables of the request
 * @returns all claims as JSON; empty where no token has been let pass
 */
export function claimsJson(variables: NginxVariables): string {
  const [token = ''] = (variables[PASSED] ?? '').split(' ');
  const [, claims] = token.split('.');
  return claims === undefined ? '' : toHeaderJson(decodeObject(claims));
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
  put(variables, 'auth_jwt_challenge', challengeFor(refusal, variables));
  leaveMark(variables);
}

/**
 * Says that a request passes without being known: `$auth_jwt_anonymous`.
 *
 * @param variables the variables of the request
 */
export function writeAnonymous(variables: NginxVariables): void {
  put(variables, 'auth_jwt_anonymous', '1');
  leaveMark(variables);
}

/** A check that runs after this one has something to empty. */
function leaveMark(variables: NginxVariables): void {
  if (variables[PASSED] === '') {
    variables[PASSED] = REFUSED;
  }
}

/** A result that the configuration does not declare is one that nobody reads. */
function put(variables: NginxVariables, name: string, value: string): void {
  if (name in variables) {
    variables[name] = value;
  }
}

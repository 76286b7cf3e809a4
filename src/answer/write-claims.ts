import type { ClaimOutlet } from '../claims/claim-set.ts';
import { resolvePath } from '../claims/path.ts';
import type { JsonObject } from '../json.ts';
import type { NginxVariables } from '../nginx.ts';
import { refuse } from '../refusal.ts';
import type { Token } from '../token/decode.ts';
import type { Rendered } from '../token/derived.ts';
import { toHeaderJson, toHeaderValue } from './header-value.ts';
import { Outlets } from './outlets.ts';
import { CLAIM, HEADER, PASSED, passedBy } from './passed.ts';

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
  for (const { variable, path, isJson } of claimSet) {
    if (outlets.results.find(variable, variables) === '') {
      const explanation = `$auth_jwt_claim_set fills $${variable}: it wants "js_var $${variable};"`;
      throw refuse('bad_configuration', 'auth_jwt_claim_set', explanation);
    }
    const value = resolvePath(token.claims, path);
    target[variable] = isJson && value !== undefined ? toHeaderJson(value) : toHeaderValue(value);
  }
}

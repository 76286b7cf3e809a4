import type { ClaimOutlet } from '../claims/claim-set.ts';
import { parseKnownVerbatim } from '../exact/verbatim.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Token } from '../token/decode.ts';

/**
 * Name of the variable in which a check leaves to those after it what it let pass: the first two parts
 * of the token and the variables of `$auth_jwt_claim_set`, with spaces between them; {@link REFUSED}; or
 * nothing where none has run. After an internal redirect the check runs again, and njs 0.8.9 cannot list
 * the variables to empty. `$jwt_claims` is made of it too.
 */
export const PASSED = 'auth_jwt_passed';

/** Nothing has passed, and there are results to empty. No base64url. */
export const REFUSED = '-';

/** What variables of claims begin with. */
export const CLAIM = 'jwt_claim_';

/** What variables of header parameters begin with. */
export const HEADER = 'jwt_header_';

/**
 * Makes the value of {@link PASSED}.
 *
 * @param token the token that passes
 * @param claimSet the variables that its claims fill by their path
 */
export function passedBy({ signingInput }: Token, claimSet: readonly ClaimOutlet[]): string {
  return claimSet.length === 0
    ? signingInput
    : `${signingInput} ${claimSet.map(({ variable }) => variable).join(' ')}`;
}

/**
 * Names the variables that may have been filled.
 *
 * @param passed value of {@link PASSED}
 */
export function filledBy(passed: string): string[] {
  const [token = '', ...others] = passed.split(' ');
  const [header, claims] = token.split('.').map(decodeObject);
  return [
    ...Object.keys(header ?? {}).map((name) => HEADER + name),
    ...Object.keys(claims ?? {}).map((name) => CLAIM + name),
    ...others,
  ];
}

/**
 * Finds the claims of the token that has passed.
 *
 * @param passed value of {@link PASSED}
 * @returns the claims; `undefined` where none has
 */
export function claimsIn(passed: string): JsonObject | undefined {
  const [token = ''] = passed.split(' ');
  const [, claims] = token.split('.');
  return claims === undefined ? undefined : decodeObject(claims);
}

/** It has been parsed strictly before it was laid down, so the engine's own parser will do, which is quicker. */
function decodeObject(part: string): JsonObject {
  try {
    const value = parseKnownVerbatim(Buffer.from(part, 'base64url').toString());
    return isObject(value) ? value : {};
  } catch (_error) {
    return {};
  }
}

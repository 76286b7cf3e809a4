import type { Token } from '../token/decode.ts';
import type { Variables } from '../token/extract.ts';
import { type BindingPolicy, checkBinding, type Warner } from './binding.ts';
import { checkGrants, type GrantPolicy } from './grants.ts';
import { checkAudience, checkIssuer, checkType, type IdentityPolicy } from './identity.ts';
import { type ClaimRule, checkRules } from './rules.ts';
import { checkTimes, type TimePolicy } from './time.ts';

/** All that the configuration wants of claims. */
export interface ClaimsPolicy extends TimePolicy, IdentityPolicy, BindingPolicy, GrantPolicy {
  /** Rules on single claims: `$auth_jwt_require_claims`. */
  readonly rules: readonly ClaimRule[];
}

/** What the check of claims needs of a request. */
export interface ClaimsRequest extends Variables, Warner {}

/**
 * Checks what a token says of itself. Only for a token whose signature has been verified.
 *
 * @param token the token
 * @param policy what is wanted
 * @param now seconds since the epoch
 * @param request variables of nginx, for rules that compare with one, and its error log
 * @throws Refusal of the first check that fails: type, times, issuer, audience, binding, rules, roles, scopes
 */
export function checkClaims(
  token: Token,
  policy: ClaimsPolicy,
  now: number,
  request: ClaimsRequest,
): void {
  const { claims, derived } = token;
  // The same claims and the same policy: only time has passed.
  const isAgreed = derived !== undefined && derived.agreedWith === policy;
  if (!isAgreed) {
    checkType(token.header, policy.types);
  }
  checkTimes(claims, policy, now);
  if (!isAgreed) {
    checkIssuer(claims, policy.issuers);
    checkAudience(claims, policy.audiences);
    checkBinding(claims, policy, request);
    checkRules(claims, policy.rules, request);
    checkGrants(claims, policy);
    if (derived !== undefined && !policy.rules.some(readsVariable)) {
      derived.agreedWith = policy;
    }
  }
}

function readsVariable({ operand }: ClaimRule): boolean {
  return operand.kind === 'variable';
}

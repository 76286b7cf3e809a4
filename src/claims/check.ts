import type { Token } from '../token/decode.ts';
import { checkAudience, checkIssuer, checkType, type IdentityPolicy } from './identity.ts';
import { checkTimes, type TimePolicy } from './time.ts';

/** All that the configuration wants of claims. */
export interface ClaimsPolicy extends TimePolicy, IdentityPolicy {}

/**
 * Checks what a token says of itself. Only for a token whose signature has been verified.
 *
 * @param token the token
 * @param policy what is wanted
 * @param now seconds since the epoch
 * @throws Refusal of the first check that fails: type, times, issuer, audience
 */
export function checkClaims(token: Token, policy: ClaimsPolicy, now: number): void {
  const { claims, derived } = token;
  if (derived !== undefined && derived.agreedWith === policy) {
    // The same claims and the same policy: only time has passed.
    checkTimes(claims, policy, now);
    return;
  }
  checkType(token.header, policy.types);
  checkTimes(claims, policy, now);
  checkIssuer(claims, policy.issuers);
  checkAudience(claims, policy.audiences);
  if (derived !== undefined) {
    derived.agreedWith = policy;
  }
}

import { isNumber, toDouble } from '../exact/number.ts';
import type { Json, JsonObject } from '../json.ts';
import { refuse } from '../refusal.ts';

/** What the configuration wants of a token's times. All in seconds, fractions allowed. */
export interface TimePolicy {
  /** Clock skew that is overlooked: `$auth_jwt_leeway`. */
  readonly leeway: number;
  /** Whether a token must have `exp`: `$auth_jwt_require_exp`. */
  readonly requireExp: boolean;
  /** Oldest acceptable `iat`: `$auth_jwt_max_age`; absent where any age will do. */
  readonly maxAge?: number | undefined;
  /**
   * How far ahead `exp` may be: `$auth_jwt_maximum_expiration`; absent where it may be any time. A token
   * without `exp` is never within it.
   */
  readonly maximumExpiration?: number | undefined;
}

/**
 * Checks `exp`, `nbf` and `iat` (RFC 7519, sections 4.1.4 to 4.1.6), with jose's boundaries: a token
 * has expired in the very second of `exp`.
 *
 * @param claims claims whose signature has been verified
 * @param policy what is wanted
 * @param now seconds since the epoch
 * @throws Refusal `not_active` (`expired`, `not_yet_valid`, `issued_in_future`, `too_old`);
 * `bad_claim` where `exp` or `iat` is needed and missing (its name), or `exp` too far ahead
 * (`maximum_expiration`); `invalid_jwt` where one of them
 * is no finite number (its name)
 */
export function checkTimes(claims: JsonObject, policy: TimePolicy, now: number): void {
  const { exp, nbf, iat } = claims;
  const { leeway, maximumExpiration } = policy;
  if (exp === undefined) {
    if (policy.requireExp || maximumExpiration !== undefined) {
      throw refuse('bad_claim', 'exp');
    }
  } else {
    const end = toNumericDate(exp, 'exp');
    // The other way round, a clock that is no number would let everything pass.
    if (!(end > now - leeway)) {
      throw refuse('not_active', 'expired');
    }
    if (maximumExpiration !== undefined && end - now > maximumExpiration + leeway) {
      throw refuse('bad_claim', 'maximum_expiration');
    }
  }
  if (nbf !== undefined && !(toNumericDate(nbf, 'nbf') <= now + leeway)) {
    throw refuse('not_active', 'not_yet_valid');
  }
  const issuedAt = iat === undefined ? undefined : toNumericDate(iat, 'iat');
  if (policy.maxAge !== undefined) {
    checkAge(issuedAt, policy.maxAge, leeway, now);
  }
}

/**
 * How long a token can still be of use, which is how long it is worth remembering. Says nothing of
 * whether it is good.
 *
 * @param claims claims, checked or not
 * @param now seconds since the epoch
 * @returns seconds until `exp`; without one that is a number, for ever
 */
export function remainingLife(claims: JsonObject, now: number): number {
  const { exp } = claims;
  return isNumber(exp) ? toDouble(exp) - now : Number.POSITIVE_INFINITY;
}

/**
 * RFC 7519 lets `iat` decide nothing; it is looked at where an age is asked for. A token from the
 * future has none: it would outlive its limit.
 */
function checkAge(iat: number | undefined, maxAge: number, leeway: number, now: number): void {
  if (iat === undefined) {
    throw refuse('bad_claim', 'iat');
  }
  if (iat > now + leeway) {
    throw refuse('not_active', 'issued_in_future');
  }
  if (now - iat > maxAge + leeway) {
    throw refuse('not_active', 'too_old');
  }
}

/**
 * NumericDate of RFC 7519, section 2: a JSON number; `1e400` is one and yet no time. The nearest double counts: that is
 * less than a microsecond off.
 */
function toNumericDate(value: Json, name: string): number {
  // Nearly all are numbers, and this is done for each request.
  const seconds = typeof value === 'number' ? value : toDouble(value);
  if (!Number.isFinite(seconds)) {
    throw refuse('invalid_jwt', name);
  }
  return seconds;
}

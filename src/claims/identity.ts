import { isArray, type Json, type JsonObject } from '../json.ts';
import { refuse } from '../refusal.ts';

/** What the configuration wants of where a token comes from, goes to, and what it is. */
export interface IdentityPolicy {
  /** Accepted `iss` values, compared exactly; `any`: not checked. */
  readonly issuers: readonly string[] | 'any';
  /** Accepted `aud` values, of which one suffices; empty: not checked. */
  readonly audiences: readonly string[];
  /** Accepted `typ` header values, normalised by {@link normaliseType}; empty: not checked. */
  readonly types: readonly string[];
}

/**
 * Checks `iss` (RFC 7519, section 4.1.1): compared character by character, as RFC 7519 wants of a
 * StringOrURI.
 *
 * @throws Refusal `bad_issuer`, detail `iss`
 */
export function checkIssuer(claims: JsonObject, issuers: IdentityPolicy['issuers']): void {
  if (issuers !== 'any' && !contains(issuers, claims.iss)) {
    throw refuse('bad_issuer', 'iss');
  }
}

/**
 * Checks `aud` (RFC 7519, section 4.1.3), a string or an array of strings.
 *
 * @throws Refusal `bad_audience`, detail `aud`
 */
export function checkAudience(claims: JsonObject, audiences: readonly string[]): void {
  if (audiences.length === 0) {
    return;
  }
  const { aud } = claims;
  const isMeant = isArray(aud)
    ? aud.some((value) => contains(audiences, value))
    : contains(audiences, aud);
  if (!isMeant) {
    throw refuse('bad_audience', 'aud');
  }
}

/**
 * Checks the header's `typ` (RFC 7515, section 4.1.9), so that a token made for one purpose does not
 * serve another (RFC 8725, section 3.11; RFC 9068, section 4).
 *
 * @throws Refusal `bad_claim`, detail `typ`
 */
export function checkType(header: JsonObject, types: readonly string[]): void {
  if (types.length === 0) {
    return;
  }
  const { typ } = header;
  if (typeof typ !== 'string' || !contains(types, normaliseType(typ))) {
    throw refuse('bad_claim', 'typ');
  }
}

/**
 * Brings a media type into one form: lower case, and without `application/`. RFC 7515, section 4.1.9, lets issuers leave
 * this prefix out, but only where the rest has no other `/`.
 *
 * @param typ value of `typ`, from a token or from the configuration
 */
export function normaliseType(typ: string): string {
  const lower = typ.toLowerCase();
  const prefix = 'application/';
  return lower.indexOf(prefix) === 0 && lower.indexOf('/', prefix.length) < 0
    ? lower.slice(prefix.length)
    : lower;
}

function contains(accepted: readonly string[], value: Json | undefined): boolean {
  return typeof value === 'string' && accepted.indexOf(value) >= 0;
}

import { type Json, type JsonObject, member } from '../json.ts';
import type { KeySet } from '../keys/jwks.ts';
import type { KeySettings } from '../keys/source.ts';
import { refuse } from '../refusal.ts';
import type { Token } from '../token/decode.ts';
import { nameIn, type RevocationKind } from './name.ts';

/** Where revocation lists are, and what happens without them. */
export interface RevocationPolicy extends KeySettings {
  /** Whether tokens pass while a list cannot be had: `$auth_jwt_revocation_failure open`. */
  readonly passesWithout: boolean;
}

/**
 * Checks that a token has not been revoked.
 *
 * @param lists tables of all lists
 * @param verified a token that is vouched for
 * @param policy what happens where a list is missing
 * @returns the same
 * @throws Refusal `revoked`, detail `jti`, `sub` or `kid`; where a list is missing and that counts, why it is
 */
export function checkRevocation<Verified extends { readonly token: Token }>(
  lists: KeySet,
  verified: Verified,
  policy: RevocationPolicy,
): Verified {
  const { claims, kid } = verified.token;
  for (const table of lists.keys) {
    checkOne(table, 'jti', claims.jti);
    checkOne(table, 'kid', kid);
    const before = lookUp(table, 'sub', claims.sub);
    // Who does not say when a token was issued cannot say that it was after that.
    if (before === true || (typeof before === 'number' && !isFrom(claims.iat, before))) {
      throw refuse('revoked', 'sub');
    }
  }
  if (lists.failure !== undefined && !policy.passesWithout) {
    throw lists.failure;
  }
  return verified;
}

function checkOne(table: JsonObject, kind: RevocationKind, value: Json | undefined): void {
  if (lookUp(table, kind, value) !== undefined) {
    throw refuse('revoked', kind);
  }
}

/** A number is taken as its text: lists have texts only. */
function lookUp(
  table: JsonObject,
  kind: RevocationKind,
  value: Json | undefined,
): Json | undefined {
  return typeof value === 'string' || typeof value === 'number'
    ? member(table, nameIn(kind, String(value)))
    : undefined;
}

function isFrom(iat: Json | undefined, before: number): boolean {
  return typeof iat === 'number' && iat >= before;
}

import { isExact, isNumber, numberText, toDouble } from '../exact/number.ts';
import type { Json } from '../json.ts';
import type { KeySet } from '../keys/jwks.ts';
import type { KeySettings } from '../keys/source.ts';
import { refuse } from '../refusal.ts';
import type { Token } from '../token/decode.ts';
import { lookUp, type RevocationKind } from './table.ts';

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
 * @throws Refusal `revoked`, detail `jti`, `sub` or `kid`; `bad_claim` where one of them is no text; where a list is
 * missing and that counts, why it is
 */
export function checkRevocation<Verified extends { readonly token: Token }>(
  lists: KeySet,
  verified: Verified,
  policy: RevocationPolicy,
): Verified {
  const { claims, kid, signer } = verified.token;
  for (const { table } of lists.keys) {
    if (typeof table === 'string') {
      checkOne(table, 'jti', claims.jti, claims.iat);
      checkOne(table, 'kid', kid, claims.iat);
      if (signer !== kid) {
        // A token need not name its key, and a consumer's names what it likes.
        checkOne(table, 'kid', signer, claims.iat);
      }
      checkOne(table, 'sub', claims.sub, claims.iat);
    }
  }
  if (lists.failure !== undefined && !policy.passesWithout) {
    throw lists.failure;
  }
  return verified;
}

/**
 * A number is taken as its exact digits, for lists have texts only. What is neither a text nor a number cannot be looked
 * up, nor can half a character.
 */
function checkOne(
  table: string,
  kind: RevocationKind,
  value: Json | undefined,
  iat: Json | undefined,
): void {
  if (value === undefined) {
    return;
  }
  const text = isNumber(value) && isExact(value) ? numberText(value) : value;
  if (typeof text !== 'string') {
    throw refuse('bad_claim', kind);
  }
  const before = lookUp(table, kind, text);
  // Who does not say when a token was issued cannot say that it was after that.
  if (before !== undefined && !(toDouble(iat) >= before)) {
    throw refuse('revoked', kind);
  }
}

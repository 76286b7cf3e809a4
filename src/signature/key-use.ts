import { isArray, type JsonObject, member } from '../json.ts';

/**
 * Tells whether a key is there for signatures, by what it says of itself (RFC 7517, sections 4.2 and
 * 4.3).
 *
 * @param jwk any key
 * @param operations of which one must be among its `key_ops`, where it has some
 */
export function isForSignatures(jwk: JsonObject, operations: readonly string[]): boolean {
  const use = member(jwk, 'use');
  const keyOps = member(jwk, 'key_ops');
  return (
    (use === undefined || use === 'sig') &&
    (keyOps === undefined ||
      (isArray(keyOps) && operations.some((operation) => keyOps.indexOf(operation) >= 0)))
  );
}

import { shortDigestOf } from '../digest.ts';

/** What a token can be revoked by. */
export type RevocationKind = 'jti' | 'sub' | 'kid';

/**
 * What a revocation is called in a table: a digest, for the table stands in shared memory.
 *
 * @param kind claim or header parameter
 * @param value its value
 */
export function nameIn(kind: RevocationKind, value: string): string {
  return `${kind} ${shortDigestOf(`${kind}\n${value}`)}`;
}

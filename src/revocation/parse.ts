import { hasHalf } from '../exact/verbatim.ts';
import { isArray, isObject, type Json, type JsonObject, member, parseJson } from '../json.ts';
import { refuse } from '../refusal.ts';
import { makeTable, type Revocation, type RevocationKind } from './table.ts';

/** Longest revocation list in characters. */
export const MAX_REVOCATIONS_LENGTH = 1048576;

/** Most entries of one list. */
export const MAX_REVOCATIONS = 10000;

const KINDS: readonly RevocationKind[] = ['jti', 'sub', 'kid'];

/**
 * Reads a revocation list: an array of `{"jti": "…"}`, `{"sub": "…"}`, `{"sub": "…", "issued_before": 1767225600}`
 * and `{"kid": "…"}`; a text by itself is a `jti`. Other members are passed over. One entry that is not understood
 * spoils the list, for it was meant to revoke something.
 *
 * @param text what the source gave
 * @param source what the log calls it
 * @returns an object with one member, `table`: what `makeTable` makes of it
 * @throws Refusal `cannot_parse` where it is no such list
 */
export function parseRevocations(text: string, source: string): JsonObject {
  const fail = (problem: string) =>
    refuse('cannot_parse', 'revocation', `the revocation list of ${source} ${problem}`);
  if (text.length > MAX_REVOCATIONS_LENGTH) {
    throw fail(`is longer than ${MAX_REVOCATIONS_LENGTH} characters`);
  }
  const bytes = Buffer.from(text);
  if (hasHalf(bytes)) {
    throw fail('has a text with half a character');
  }
  const list = parseJson(text, bytes);
  if (!isArray(list)) {
    throw fail('is no JSON array');
  }
  if (list.length > MAX_REVOCATIONS) {
    throw fail(`has more than ${MAX_REVOCATIONS} entries`);
  }
  return {
    table: makeTable(
      list.map((entry, index) => {
        const revocation = readEntry(entry);
        if (revocation === undefined) {
          throw fail(`has an entry that is not understood, number ${index + 1}`);
        }
        return revocation;
      }),
    ),
  };
}

function readEntry(entry: Json): Revocation | undefined {
  if (typeof entry === 'string') {
    return readEntry({ jti: entry });
  }
  if (!isObject(entry)) {
    return undefined;
  }
  const [kind, ...others] = KINDS.filter((name) => member(entry, name) !== undefined);
  const value = kind && member(entry, kind);
  if (kind === undefined || others.length > 0 || typeof value !== 'string' || value === '') {
    return undefined;
  }
  const issuedBefore = member(entry, 'issued_before');
  if (issuedBefore === undefined) {
    return { kind, value };
  }
  const isTime = typeof issuedBefore === 'number' && Number.isFinite(issuedBefore);
  return kind === 'sub' && isTime ? { kind, value, issuedBefore } : undefined;
}

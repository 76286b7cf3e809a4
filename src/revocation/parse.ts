import { isArray, isObject, type Json, type JsonObject, member, parseJson } from '../json.ts';
import { refuse } from '../refusal.ts';
import { nameIn, type RevocationKind } from './name.ts';

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
 * @returns digests of what is revoked: `true`, or for a `sub` the NumericDate before which its tokens have been
 * issued
 * @throws Refusal `cannot_parse` where it is no such list
 */
export function parseRevocations(text: string, source: string): JsonObject {
  const fail = (problem: string) =>
    refuse('cannot_parse', 'revocation', `the revocation list of ${source} ${problem}`);
  if (text.length > MAX_REVOCATIONS_LENGTH) {
    throw fail(`is longer than ${MAX_REVOCATIONS_LENGTH} characters`);
  }
  const list = parseJson(text);
  if (!isArray(list)) {
    throw fail('is no JSON array');
  }
  if (list.length > MAX_REVOCATIONS) {
    throw fail(`has more than ${MAX_REVOCATIONS} entries`);
  }
  const table: { [name: string]: number | true } = {};
  list.forEach((entry, index) => {
    const read = readEntry(entry);
    if (read === undefined) {
      throw fail(`has an entry that is not understood, number ${index + 1}`);
    }
    table[read.name] = later(table[read.name], read.value);
  });
  return table;
}

function readEntry(entry: Json): { name: string; value: number | true } | undefined {
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
  const before = member(entry, 'issued_before');
  if (before === undefined) {
    return { name: nameIn(kind, value), value: true };
  }
  const isTime = typeof before === 'number' && Number.isFinite(before);
  return kind === 'sub' && isTime ? { name: nameIn(kind, value), value: before } : undefined;
}

/** Of two entries for one subject, the one that revokes more. */
function later(one: number | true | undefined, other: number | true): number | true {
  return one === true || other === true ? true : Math.max(one ?? other, other);
}

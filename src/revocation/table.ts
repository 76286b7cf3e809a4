import { shortDigestOf } from '../digest.ts';

/** What a token can be revoked by. */
export type RevocationKind = 'jti' | 'sub' | 'kid';

/** One entry of a list. */
export interface Revocation {
  readonly kind: RevocationKind;
  /** Value of the claim or header parameter. */
  readonly value: string;
  /** NumericDate before which a token must have been issued to be revoked; absent: it is in any case. */
  readonly issuedBefore?: number | undefined;
}

/** Characters of a digest, and of the time behind it. */
const DIGEST_LENGTH = 22;
const TIME_LENGTH = 12;
const RECORD_LENGTH = 1 + DIGEST_LENGTH + TIME_LENGTH;

/** The largest time that finds room stands for all that are larger: revoked in any case. */
const ALWAYS = 999999999999;

/**
 * Makes a table of revocations: a text of records of one length, in order. Kind, digest and time, for the table
 * stands in shared memory, where nobody is to be named. The njs engine has to take it from there for each
 * request: a text that is searched by halves needs no parser, and ten thousand entries cost no more than ten.
 *
 * @param revocations the entries; of two that differ in time only, the one that revokes more counts
 */
export function makeTable(revocations: readonly Revocation[]): string {
  const records = revocations.map(
    ({ kind, value, issuedBefore }) => nameOf(kind, value) + textOf(issuedBefore ?? ALWAYS),
  );
  records.sort();
  // The later time comes last, and is the one that stays.
  return records
    .filter((record, index) => {
      const next = records[index + 1];
      return next === undefined || next.slice(0, -TIME_LENGTH) !== record.slice(0, -TIME_LENGTH);
    })
    .join('');
}

/**
 * Looks for a revocation.
 *
 * @param table what {@link makeTable} made
 * @param kind claim or header parameter
 * @param value its value
 * @returns NumericDate before which what was issued is revoked, `Infinity` where all of it is; `undefined` where
 * nothing is
 */
export function lookUp(table: string, kind: RevocationKind, value: string): number | undefined {
  if (table === '') {
    return undefined;
  }
  const name = nameOf(kind, value);
  let from = 0;
  let to = table.length / RECORD_LENGTH;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const at = middle * RECORD_LENGTH;
    const other = table.slice(at, at + 1 + DIGEST_LENGTH);
    if (other === name) {
      const time = Number(table.slice(at + 1 + DIGEST_LENGTH, at + RECORD_LENGTH));
      return time === ALWAYS ? Number.POSITIVE_INFINITY : time;
    }
    if (other < name) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return undefined;
}

/** Kinds are told apart by their first letters. */
function nameOf(kind: RevocationKind, value: string): string {
  return kind.charAt(0) + shortDigestOf(`${kind}\n${value}`);
}

/** Whole seconds, rounded to the side that revokes more. */
function textOf(time: number): string {
  const seconds = Math.min(Math.max(Math.ceil(time), 0), ALWAYS);
  const digits = String(seconds);
  return '0'.repeat(TIME_LENGTH - digits.length) + digits;
}

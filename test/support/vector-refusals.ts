// What a vector must be refused with: it says so itself, or a rule of test/vectors/reasons.json does.

import { readFileSync } from 'node:fs';
import { isNoAuthReason, type NoAuthReason } from '../../src/reasons.ts';

/** Values of `$no_auth_reason` and `$no_auth_detail`. */
export interface Told {
  readonly reason: NoAuthReason;
  readonly detail: string;
}

/** What a rule is about, and what follows. */
export interface Rule {
  /** Ids, comments, where `*` stands for anything. */
  readonly cases?: readonly string[];
  readonly comments?: readonly string[];
  readonly tags?: readonly string[];
  /** Only for vectors that expect this themselves, of the signature where they are of layer `jws`. */
  readonly expect?: string;
  /** Where the verdict is open, and it is to be accepted. */
  readonly verdict?: 'valid';
  readonly reason?: string;
  readonly detail?: string;
  /** What it follows from. */
  readonly rule: string;
}

/** What a rule looks at. */
export interface Described {
  readonly id: string;
  readonly comment: string;
  readonly expect: string;
  readonly tags: readonly string[];
}

/** The table, in its order. */
export const RULES: readonly Rule[] = JSON.parse(
  readFileSync(new URL('../vectors/reasons.json', import.meta.url), 'utf8'),
).entries;

/**
 * Finds the rule for a vector: the first one that fits.
 *
 * @param vector a vector that does not say itself what it must be refused with
 */
export function ruleFor(vector: Described): Rule | undefined {
  return RULES.find((rule) => fits(rule, vector));
}

/**
 * Reads reason and detail.
 *
 * @throws Error where the reason is none
 */
export function toldBy({ reason = '', detail = '' }: Pick<Rule, 'reason' | 'detail'>): Told {
  if (!isNoAuthReason(reason)) {
    throw new Error(`"${reason}" is no reason`);
  }
  return { reason, detail };
}

function fits({ cases = [], comments = [], tags = [], expect }: Rule, vector: Described): boolean {
  return (
    (expect === undefined || expect === vector.expect) &&
    (cases.some((pattern) => matches(pattern, vector.id)) ||
      comments.some((pattern) => matches(pattern, vector.comment)) ||
      (cases.length === 0 && tags.some((tag) => vector.tags.includes(tag))))
  );
}

function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) {
    return pattern === text;
  }
  const last = rest.join('*');
  return text.startsWith(first) && text.endsWith(last) && text.length >= pattern.length - 1;
}

// Cases that the fuzzer has found, by name: one at least for each disagreement with jose that is meant, and
// whatever was a fault once. test/fuzz/regressions.json is their list.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Case } from '../fuzz/case.ts';
import { compare, judgesOf } from '../fuzz/compare.ts';
import { RULES } from '../fuzz/known.ts';

/** A case, and what is said of it. */
interface Regression extends Case {
  readonly name: string;
  /** `valid`, or reason and detail. */
  readonly ours: string;
  readonly jose: 'valid' | 'invalid';
  /** Name of the rule that explains the difference, where there is one. */
  readonly rule?: string;
}

const REGRESSIONS: readonly Regression[] = JSON.parse(
  readFileSync(new URL('../fuzz/regressions.json', import.meta.url), 'utf8'),
);

test.each(REGRESSIONS.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const { ours, jose, rule, problem } = await compare(one, judgesOf(one));
  expect(problem).toBeUndefined();
  expect(ours.why || 'valid').toBe(one.ours);
  expect(jose.isValid ? 'valid' : 'invalid').toBe(one.jose);
  expect(rule).toBe(one.rule);
});

test('each rule has a case, and a reason', () => {
  const named = new Set(REGRESSIONS.map(({ rule }) => rule));
  expect(RULES.filter(({ name }) => !named.has(name)).map(({ name }) => name)).toEqual([]);
  expect(RULES.filter(({ reason }) => !/RFC \d+|our limits?/.test(reason))).toEqual([]);
});

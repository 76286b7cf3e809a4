import type { Case, Verdict } from './case.ts';
import { createJose } from './judge-jose.ts';
import { createOurs, type Judge } from './judge-ours.ts';
import { explain, forbid } from './known.ts';

/** What came of one case. */
export interface Comparison {
  readonly ours: Verdict;
  readonly jose: Verdict;
  /** Name of the rule that explains why they differ, where they do. */
  readonly rule?: string;
  /** What is wrong, where something is. */
  readonly problem?: string;
}

/** Who judges. */
export interface Judges {
  readonly ours: Judge;
  readonly jose: Judge;
}

/** Judges of one case, with nothing remembered. */
export function judgesOf(scene: Case): Judges {
  return { ours: createOurs(scene), jose: createJose(scene) };
}

/**
 * Has a token judged by both.
 *
 * @param fuzzCase the case
 * @param judges those of its scene
 */
export async function compare(fuzzCase: Case, judges: Judges): Promise<Comparison> {
  const { token, now } = fuzzCase;
  const ours = await judges.ours(token, now);
  const jose = await judges.jose(token, now);
  if (ours.fault !== undefined) {
    return { ours, jose, problem: ours.fault };
  }
  const forbidding = ours.isValid ? await forbid(fuzzCase) : undefined;
  if (forbidding) {
    return { ours, jose, problem: `valid, against the rule: ${forbidding.name}` };
  }
  if (ours.isValid === jose.isValid) {
    const problem = ours.claims === jose.claims ? undefined : 'other claims';
    return { ours, jose, ...(problem && { problem }) };
  }
  const rule = await explain(fuzzCase, ours);
  return rule
    ? { ours, jose, rule: rule.name }
    : { ours, jose, problem: ours.isValid ? 'valid for us alone' : 'valid for jose alone' };
}

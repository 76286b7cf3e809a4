// The fuzzer of test/fuzz, a little of it, and whether it would notice.

import { describe, expect, test } from 'vitest';
import type { Verdict } from '../fuzz/case.ts';
import { type FuzzOptions, fuzz } from '../fuzz/fuzz.ts';
import { createCase, createScene } from '../fuzz/generate.ts';
import type { Judge } from '../fuzz/judge-ours.ts';
import { createRandom } from '../fuzz/random.ts';
import { createWorld } from '../fuzz/world.ts';

const NOW = 1_700_000_000;
const PATIENCE_MS = 60_000;

const run = (options: Partial<FuzzOptions> = {}) =>
  fuzz({ seed: 1, cases: 1000, seconds: 50, now: NOW, ...options });

/** A judge like ours who says something else where he is told to. */
const instead =
  (change: (verdict: Verdict, token: string) => Verdict) =>
  (judge: Judge): Judge =>
  async (token, now) =>
    change(await judge(token, now), token);

test('we and jose agree on random tokens', { timeout: PATIENCE_MS }, async () => {
  const { findings, valid, cases, verdicts } = await run();
  expect(findings).toEqual([]);
  // Neither are all of them good, nor are all refused for one and the same reason.
  expect(valid).toBeGreaterThan(cases / 10);
  expect(valid).toBeLessThan(cases / 2);
  expect(verdicts.size).toBeGreaterThan(15);
});

test('the same seed makes the same cases', { timeout: PATIENCE_MS }, () => {
  const make = (seed: number) => {
    const world = createWorld(seed, NOW);
    return [0, 1, 2].flatMap((number) => {
      const scene = createScene(world, seed, number);
      return Array.from({ length: 20 }, (_, index) => createCase(world, scene, seed, index));
    });
  };
  expect(make(7)).toEqual(make(7));
  expect(make(7)).not.toEqual(make(8));
});

test('chance is even', () => {
  const random = createRandom(1);
  const counts = [0, 0, 0, 0];
  for (let count = 0; count < 4000; count += 1) {
    const at = random.below(4);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  for (const count of counts) {
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThan(1100);
  }
});

describe('it would be noticed', { timeout: PATIENCE_MS }, () => {
  const GOOD: Verdict = { isValid: true, why: '', claims: '{}' };
  const BAD: Verdict = { isValid: false, why: 'bad_issuer/iss' };

  test.each<[string, string, (verdict: Verdict, token: string) => Verdict]>([
    [
      'if a wrong signature were taken for a good one',
      'valid for us alone',
      (verdict) => (verdict.why === 'bad_signature/signature' ? GOOD : verdict),
    ],
    [
      'if an expired token were',
      'valid for us alone',
      (verdict) => (verdict.why === 'not_active/expired' ? GOOD : verdict),
    ],
    [
      'if a good token were refused',
      'valid for jose alone',
      (verdict, token) => (verdict.isValid && token.length % 7 === 0 ? BAD : verdict),
    ],
    [
      'if what is not canonical were accepted, as jose does',
      'valid, against the rule: canonical base64url',
      (verdict) => (verdict.why === 'invalid_jwt/base64url' ? GOOD : verdict),
    ],
    ['if claims were changed', 'other claims', (verdict) => (verdict.isValid ? GOOD : verdict)],
    [
      'if something else than a Refusal were thrown',
      'thrown: TypeError',
      (verdict) =>
        verdict.why === 'invalid_jwt/header' ? { ...verdict, fault: 'thrown: TypeError' } : verdict,
    ],
  ])('%s', async (_what, problem, change) => {
    const { findings } = await run({ replaceOurs: instead(change), maxFindings: 1 });
    const [finding] = findings;
    expect(finding?.problem).toBe(problem);
    // It has been made smaller, and is still what it was.
    expect(finding?.case.jwks.length).toBeLessThan(finding?.found.jwks.length as number);
    expect(finding?.ours.isValid).toBe(!/^valid for jose|^thrown/.test(problem));
  });
});

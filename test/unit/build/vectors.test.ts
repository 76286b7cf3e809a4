import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generate } from '../../../build/vectors/generate.mjs';
import { isNoAuthReason } from '../../../src/reasons.ts';
import { RULES, ruleFor } from '../../support/vector-refusals.ts';
import { readVectors } from '../../support/vectors.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'));

const written: ReturnType<typeof generate> = read('own-attacks');
const { cases } = written;

/** ECDSA gives another signature each time; everything else is what it was. */
const withoutSignature = ({ token, alg, ...rest }: (typeof cases)[number]) => ({
  ...rest,
  alg,
  token: String(alg).startsWith('ES') ? token.slice(0, token.lastIndexOf('.')) : token,
});

describe('own-attacks.json', () => {
  test('is what build/vectors writes', () => {
    const made = JSON.parse(JSON.stringify(generate())) as typeof written;
    expect(made.keysets).toEqual(written.keysets);
    const [before, after] = [cases, made.cases].map((all) => all.map(withoutSignature));
    expect(after).toEqual(before);
  }, 60_000);

  test('names each case once, with the rule that it follows from', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(cases.filter(({ rule }) => rule === '')).toEqual([]);
  });

  test('has a reason for each refusal and for nothing else', () => {
    const hasReason = ({ reason = '' }: (typeof cases)[number]) => isNoAuthReason(reason);
    expect(cases.filter((one) => hasReason(one) !== (one.expect === 'invalid'))).toEqual([]);
  });

  test('keeps well-formed tokens in as well as malformed ones out', () => {
    const valid = cases.filter(({ expect: verdict }) => verdict === 'valid');
    expect(valid.length / cases.length).toBeGreaterThan(0.2);
  });

  test('makes the attacks 600 at least', () => {
    expect(readVectors('attacks').length + cases.length).toBeGreaterThan(600);
  });
});

describe('reasons.json', () => {
  test('has no rule that decides nothing', () => {
    const vectors = (['rfc', 'third-party', 'attacks', 'wycheproof'] as const).flatMap(readVectors);
    const used = new Set(vectors.map(ruleFor));
    expect(RULES.filter((rule) => !used.has(rule))).toEqual([]);
  });

  test('says of each rule what it follows from', () => {
    expect(RULES.filter(({ rule }) => rule === '')).toEqual([]);
  });

  test('opens no verdict that is settled', () => {
    const vectors = (['rfc', 'third-party', 'attacks', 'wycheproof'] as const).flatMap(readVectors);
    const opened = vectors.filter((vector) => ruleFor(vector)?.verdict === 'valid');
    expect(opened.filter(({ expect: verdict }) => verdict !== 'either')).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equals } from '../../../src/claims/equals.ts';
import { checkRules } from '../../../src/claims/rules.ts';
import { compareDecimals, toDecimal, writeDecimal } from '../../../src/exact/decimal.ts';
import { isInexact, numberText, toDouble } from '../../../src/exact/number.ts';
import type { RawJson } from '../../../src/exact/raw-json.ts';
import { parseVerbatim } from '../../../src/exact/verbatim.ts';
import { isArray, type Json, type JsonObject } from '../../../src/json.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { readRules } from '../../../src/settings/rules.ts';
import { exactNumber, NUMBER_TEXT } from '../../support/exact-json.ts';

const parse = (text: string) => parseVerbatim(text) as Json;

/** A number as a fraction of whole numbers. */
function toBigInts(text: string): [bigint, bigint] {
  const [, sign, digits = '0', power = '0'] =
    /^(-?)(\d+)(?:e(-?\d+))?$/.exec(exactNumber(text)) ?? [];
  const value = BigInt(`${sign}${digits}`);
  const scale = 10n ** BigInt(Math.abs(Number(power)));
  return Number(power) < 0 ? [value, scale] : [value * scale, 1n];
}

test('numbers are ordered as their digits say', () => {
  fc.assert(
    fc.property(NUMBER_TEXT, NUMBER_TEXT, (one, other) => {
      const [[a, b], [c, d]] = [toBigInts(one), toBigInts(other)];
      const expected = a * d - c * b;
      const order = compareDecimals(toDecimal(one), toDecimal(other));
      expect(order < 0).toBe(expected < 0n);
      expect(order > 0).toBe(expected > 0n);
      expect(equals(parse(one), parse(other))).toBe(expected === 0n);
    }),
    { numRuns: 2000 },
  );
});

test('a number is written in one form, whatever the form it had', () => {
  fc.assert(
    fc.property(NUMBER_TEXT, (text) => {
      expect(exactNumber(writeDecimal(toDecimal(text)))).toBe(exactNumber(text));
    }),
  );
});

test.each([
  ['9007199254740993.0', '9007199254740993'],
  ['90071992547409930e-1', '9007199254740993'],
  ['-12345678901234567890.50', '-12345678901234567890.5'],
  ['0.00000000000000000000120', '0.0000000000000000000012'],
  ['1e21', '1000000000000000000000'],
  ['1e400', '1e400'],
  [`${'1'.repeat(60)}`, '1'.repeat(60)],
])('%s is looked up as %s', (text, expected) => {
  expect(numberText(parse(text) as number | RawJson)).toBe(expected);
});

test('exponents that are themselves rounded are not compared', () => {
  const [one, other] = ['1e9999999999999999998', '1e9999999999999999999'].map(toDecimal);
  expect(compareDecimals(one as never, other as never)).toBeNaN();
  expect(equals(parse('1e9999999999999999998'), parse('1e9999999999999999999'))).toBe(false);
});

test.each([
  ['9007199254740993', true],
  ['9007199254740992', true],
  ['[{"a":1e400}]', true],
  ['{"a":[1e-400]}', true],
  ['0.1000000000000000055', true],
  ['"\\ud800"', true],
  ['{"\\ud800":1}', true],
  ['9007199254740991', false],
  ['1700000000.1234567', false],
  ['0.30000000000000004', false],
  ['{"a":["9007199254740993",null,true]}', false],
])('%s holds what others may be rounded to: %s', (text, expected) => {
  expect(isInexact(parse(text))).toBe(expected);
});

test.each([
  ['1700000000.123456789012', Number('1700000000.123456789012')],
  ['1e400', Number.POSITIVE_INFINITY],
  ['"1"', Number.NaN],
  ['[1]', Number.NaN],
])('the nearest double to %s is %d', (text, expected) => {
  expect(toDouble(parse(text))).toBe(expected);
});

describe('rules', () => {
  const VARIABLES: Record<string, string> = {
    long: '9007199254740993',
    longs: '1 9007199254740993',
    json: '["9007199254740993",9007199254740995]',
    half: '["\\ud800"]',
  };

  function keeps(rule: string, claim: string): boolean {
    const claims = parse(`{"c":${claim}}`) as JsonObject;
    const rules = readRules({ auth_jwt_require_claims: rule });
    try {
      checkRules(claims, rules, { variable: (name) => VARIABLES[name] });
      return true;
    } catch (thrown) {
      expect(isRefusal(thrown)).toBe(true);
      return false;
    }
  }

  test.each<[string, string[], string[]]>([
    [
      'c eq variable:long',
      ['9007199254740993', '"9007199254740993"', '9007199254740993.0'],
      ['9007199254740992', '9007199254740992.9'],
    ],
    [
      'c ne variable:long',
      ['9007199254740992', '"x"'],
      ['9007199254740993', '90071992547409930e-1'],
    ],
    ['c in variable:longs', ['9007199254740993', '1'], ['9007199254740992']],
    [
      'c any variable:longs',
      ['[9007199254740993]', '["1"]'],
      ['[9007199254740992]', '[1.0000000000000000001]'],
    ],
    [
      'c any variable:json',
      ['[9007199254740995]', '9007199254740993'],
      ['[9007199254740994]', '[9007199254740996]'],
    ],
    [
      'c !any variable:json',
      ['[9007199254740992]'],
      ['[1,9007199254740995]', '[9007199254740993]'],
    ],
    ['c any variable:half', [], ['["\\ud800"]', '"\\ud800"', '["\ufffd"]']],
    [
      'c gt variable:long',
      ['9007199254740994', '1e21'],
      ['9007199254740993', '9007199254740992', '1e400'],
    ],
    [
      'c le variable:long',
      ['9007199254740993', '-1e300'],
      ['9007199254740993.0000000001', '-1e400'],
    ],
    [
      'c eq 0.30000000000000004',
      ['0.30000000000000004', '0.300000000000000040'],
      ['0.30000000000000005', '0.3'],
    ],
    ['c in [0.30000000000000004,1]', ['1', '0.30000000000000004'], ['0.300000000000000041']],
    [
      'c any [0.30000000000000004,"a"]',
      ['["b",0.30000000000000004]', '["a"]'],
      ['[0.3]', '[0.300000000000000041]'],
    ],
    ['c !any [1]', ['[1.0000000000000000001]'], ['["a"]', '[1.00000000000000000000]']],
    ['c any [1e21]', ['[1000000000000000000000]', '[1e21]'], ['[1000000000000000000001]']],
    ['c eq 1', ['1.00000000000000000000'], ['1.00000000000000000001']],
    ['c ge 0.5', ['0.50000000000000000001', '0.8414709848078965'], ['0.49999999999999999999']],
    ['c match *', ['"a"'], ['9007199254740993', '"\\ud800"']],
    ['c eq "\ufffd"', ['"\ufffd"', '"\\ufffd"'], ['"\\ud800"']],
    ['c ne admin', ['"user"', '"\\ud800"'], ['"admin"', '9007199254740993']],
    ['c !any ["a"]', ['["\\ud800"]'], ['["\\ud800","a"]', '[9007199254740993]']],
    ['c eq {"a":1}', ['{"a":1.0}'], ['{"a":1.00000000000000000001}', '9007199254740993']],
    ['c.text eq 1', [], ['9007199254740993', '"\\ud800"']],
  ])('%s', (rule, kept, broken) => {
    expect(kept.filter((claim) => !keeps(rule, claim))).toEqual([]);
    expect(broken.filter((claim) => keeps(rule, claim))).toEqual([]);
  });

  test.each([
    ...['c eq 9007199254740993', 'c ge 9007199254740992', 'c in 1 9007199254740993', 'c eq 1e400'],
    ...[
      'c any [1,[0.1000000000000000055]]',
      'c eq {"a":"\\udc00"}',
      'c eq "\\ud800"',
      'c lt 1e-400',
    ],
  ])('what cannot be exact is a fault of the configuration: %s', (rule) => {
    expect(() => readRules({ auth_jwt_require_claims: rule })).toThrow(
      expect.objectContaining({ reason: 'bad_configuration' }),
    );
  });
});

test('two strings with half a character are equal or not comparable', () => {
  expect(equals(parse('"\\ud800"'), parse('"\\ud800"'))).toBe(true);
  expect(equals(parse('"\\ud800"'), parse('"\\uD800"'))).toBeUndefined();
  expect(equals(parse('"\\ud800"'), 'a')).toBe(false);
  expect(isArray(parse('[9007199254740993]'))).toBe(true);
});

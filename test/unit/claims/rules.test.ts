// Rules as they are written, on claims as they come.

import { describe, expect, test } from 'vitest';
import { checkRules } from '../../../src/claims/rules.ts';
import type { JsonObject } from '../../../src/json.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { MAX_RULES, readRules } from '../../../src/settings/rules.ts';
import { explained, refused } from '../../support/refusals.ts';

const VARIABLES: Record<string, string> = {
  tenant: 'acme',
  limit: '5',
  hex: '0x10',
  longest: 'a '.repeat(64).trim(),
  too_long: 'a '.repeat(65).trim(),
  list: 'acme other',
  json: '["a b",5]',
  nothing: '',
  pattern: '*',
  truth: 'true',
};

const read = (text: string) => readRules({ auth_jwt_require_claims: text });

const check = (rules: string, claims: JsonObject) =>
  checkRules(claims, read(rules), { variable: (name) => VARIABLES[name] });

/** Whether claims keep the rules; anything but a refusal is a fault. */
function keeps(rules: string, claims: JsonObject): boolean {
  try {
    check(rules, claims);
    return true;
  } catch (thrown) {
    if (isRefusal(thrown)) {
      return false;
    }
    throw thrown;
  }
}

/** Each row: a rule on `c`, values of `c` that keep it, and values that break it. */
const TABLE: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
  ['c eq admin', ['admin'], ['Admin', '', 5, true, null, ['admin'], { a: 'admin' }]],
  ['c eq "admin"', ['admin'], ['"admin"']],
  ['c eq 5', [5, 5.0], ['5', 6, [5]]],
  ['c eq "5"', ['5'], [5]],
  ['c eq json=5', [5], ['5']],
  ['c eq true', [true], ['true', false, 1]],
  ['c eq null', [null], ['null', false, 0, '']],
  ['c eq "a b; c"', ['a b; c'], ['a']],
  ['c eq "a\\"; b\\\\"', ['a"; b\\'], ['a', 'a"; b']],
  ['c eq ["a",1]', [['a', 1]], [['a'], [1, 'a'], ['a', 1, 2], 'a', ['a', 2], ['b', 1]]],
  ['c eq {"a":[1],"b":2}', [{ b: 2, a: [1] }], [{ a: [1] }, { a: [1], b: 3 }, { a: [1], c: 2 }]],
  ['c eq {"a":1}', [{ a: 1 }], [{ b: 1 }, {}, { a: 1, b: 1 }]],
  ['c ne {"a":1}', [{ a: 2 }, {}], [{ a: 1 }, null, [], 'a']],
  ['c ne [1]', [[2], []], [[1], {}, null, 1]],
  ['c ne null', [], [null, {}, [], 0]],
  ['c ne admin', ['user', ''], ['admin', 5, null, ['admin'], {}]],
  ['c !eq admin', ['user'], ['admin', 5]],
  ['c ne 0', [1, -1], [0, '1', true]],
  ['c gt 5', [6, 5.1], [5, 4, '6', true, null, [6]]],
  ['c ge 5', [5, 6], [4, '5']],
  ['c lt 5', [4, -1], [5, 6, '4', null]],
  ['c le 5', [5, 4], [6, '5']],
  ['c !gt 5', [5, 4], [6, '4', null]],
  ['c lt 5', [], [Number.NEGATIVE_INFINITY, Number.NaN]],
  ['c in ["a","b"]', ['a', 'b'], ['c', '', 5, null, ['a'], {}]],
  ['c in a b', ['a', 'b'], ['a b', 'c']],
  ['c in 1 2', [1, 2], ['1', 3]],
  ['c in ["a",1]', ['a', 1], ['1', 2, true]],
  ['c !in a b', ['c', ''], ['a', 5, null, ['c'], {}]],
  ['c nin a b', ['c'], ['a', 'b', 5]],
  ['c any ["a","b"]', [['a'], ['x', 'b'], 'a', [5, 'a']], [['x'], [], 'x', 5, null, {}]],
  ['c intersect a b', [['a'], 'b'], [['x'], []]],
  ['c !any a b', [['x'], [], 'x'], [['a'], ['x', 'a'], 'a', ['x', 5], [['a']], 5, null, {}]],
  ['c nintersect a b', [['x']], [['a', 'x']]],
  ['c any ["a"]', [['a']], ['b']],
  ['c any [["a"]]', [[['a']]], [['a'], 'a']],
  ['c match a*', ['a', 'ab'], ['ba', 5, ['a'], null]],
  ['c match *@example.com', ['x@example.com'], ['x@example.com.evil']],
  ['c match "a b*"', ['a b c'], ['a']],
  ['c !match a*', ['b', ''], ['ab', 5, ['b'], null]],
  ['c eq variable:tenant', ['acme'], ['Acme', 5, null, ['acme']]],
  ['c eq "variable:tenant"', ['variable:tenant'], ['acme']],
  ['c in "variable:a" "Variable:b"', ['variable:a', 'Variable:b'], ['acme']],
  ['c eq variable:limit', ['5', 5], [6, [5]]],
  ['c eq variable:truth', [true, 'true'], [false, 1]],
  ['c ne variable:tenant', ['other'], ['acme', null, []]],
  ['c le variable:limit', [5, 4], [6, '4']],
  ['c gt variable:tenant', [], [5, 'x']],
  ['c !gt variable:tenant', [], [5, 'x']],
  ['c !gt variable:hex', [], [5, 99]],
  ['c in variable:list', ['acme', 'other'], ['x', 'acme other', 5]],
  ['c any variable:list', [['x', 'acme'], 'other'], [['x'], 'x']],
  ['c in variable:json', ['a b', 5, '5'], ['a', '["a b",5]', null]],
  ['c any variable:json', [['x', 5]], [['x'], ['a', 'b']]],
  ['c any variable:limit', [5, '5', [5], ['x', '5'], [true, 5]], [6, [6], ['x', true]]],
  ['c !any variable:limit', [6, 'x', [6], ['x', true]], [5, [5], [6, [5]], [null], [{}]]],
  ['c in variable:longest', ['a'], ['b']],
  ['c in variable:too_long', [], ['a', 'b']],
  ['c !any variable:too_long', [], [['b'], ['a']]],
  ['c eq variable:nothing', [], ['', null, 'x']],
  ['c ne variable:nothing', [], ['', 'x', 5]],
  ['c !in variable:nothing', [], ['', 'x']],
  ['c ne variable:no_such', [], ['', 'x', 'undefined']],
];

test.each(TABLE)('%s', (rule, keeping, breaking) => {
  const all = [...keeping, ...breaking].map((c) => ({ c }) as JsonObject);
  expect(all.filter((claims) => keeps(rule, claims))).toEqual(keeping.map((c) => ({ c })));
});

test.each(TABLE.map(([rule]) => rule))('%s: a claim that is missing breaks it', (rule) => {
  expect(keeps(rule, {})).toBe(false);
  expect(keeps(rule.replace('c ', 'toString '), {})).toBe(false);
});

test.each([
  ['realm_access.roles any admin', { realm_access: { roles: ['admin'] } }],
  ['/https:~1~1a~1tenant eq acme', { 'https://a/tenant': 'acme' }],
  ['"my claim" eq 1', { 'my claim': 1 }],
  ['list.0 eq a', { list: ['a'] }],
])('a claim is found by its path: %s', (rule, claims) => {
  expect(keeps(rule, claims as JsonObject)).toBe(true);
});

describe('several rules', () => {
  const RULES = ' a eq 1 ; b eq "x;y" error=403;\n c gt 2 error=401; ';

  test('are all wanted', () => {
    expect(() => check(RULES, { a: 1, b: 'x;y', c: 3 })).not.toThrow();
  });

  test.each([
    [{ a: 2, b: 'x;y', c: 3 }, 'bad_claim', 'a'],
    [{ a: 1, b: 'x', c: 3 }, 'no_roles', 'b'],
    [{ a: 1, b: 'x;y', c: 2 }, 'bad_claim', 'c'],
    [{ a: 1 }, 'no_roles', 'b'],
    [{}, 'bad_claim', 'a'],
  ] as const)(
    'the first that is broken is told of, with its own error: %j',
    (claims, reason, name) => {
      expect(() => check(RULES, claims)).toThrow(refused(reason, name));
    },
  );
});

test.each([
  [';', 'without a rule'],
  ['role', 'operator'],
  ['role eq', 'no value'],
  ['role is admin', 'operator'],
  ['role EQ admin', 'operator'],
  ['role !!eq admin', 'operator'],
  ['role !ne admin', 'operator'],
  ['role !nin admin', 'operator'],
  ['role toString admin', 'operator'],
  ['eq admin', 'operator'],
  ['role eq admin editor', 'more than one value'],
  ['role eq admin error=500', 'error='],
  ['role eq admin error=', 'error='],
  ['role eq error=403', 'no value'],
  ['role.. eq admin', 'claim'],
  ['/a~2 eq admin', 'claim'],
  ['level gt five', 'number'],
  ['level gt "5"', 'number'],
  ['level gt 1e999', 'number'],
  ['level gt true', 'number'],
  ['role eq "admin', 'no JSON'],
  ['role eq O"Neil; level gt 5', 'no JSON'],
  ['role in ["a"', 'no JSON'],
  ['role in [a, b]', 'no JSON'],
  ['role eq {a}', 'no JSON'],
  ['role eq json=admin', 'no JSON'],
  ['role eq a]', 'no JSON'],
  ['role match 5', 'match wants a text'],
  ['role match variable:pattern', 'no variable'],
  ['sub nin variable:a variable:b', 'stands alone'],
  ['sub !any x variable:b', 'stands alone'],
  ['sub ne variable:a-b', 'stands alone'],
  ['sub ne variable:', 'stands alone'],
  ['sub ne Variable:a', 'stands alone'],
  ['role eq 1; role', 'rule 2'],
  ['level gt 5; role eq "admin\\', 'rule 2'],
  ['level gt 5; role eq "', 'rule 2'],
  ['level gt 5; role in [1', 'rule 2'],
  ['level in [1; role eq 2', 'no JSON'],
  ['level eq ]; role eq [1;', 'rule 1'],
])('what cannot be parsed is a fault of the configuration: %s', (text, told) => {
  expect(() => read(text)).toThrow(
    explained('bad_configuration', 'auth_jwt_require_claims', expect.stringContaining(told)),
  );
});

test('blanks and semicolons part words and rules, but not within JSON', () => {
  const text =
    '\n a\teq\r\n1 ;; "b c"  eq "x \\";y\\\\" ;d in [[1, 2], {"e": ";"}] error=403;f eq a]';
  expect(() => read(text)).toThrow(refused('bad_configuration', 'auth_jwt_require_claims'));
  const rules = read(text.replace(';f eq a]', ';'));
  expect(rules.map(({ name, operand, error }) => [name, operand, error])).toEqual([
    ['a', { kind: 'value', value: 1 }, 401],
    ['b c', { kind: 'value', value: 'x ";y\\' }, 401],
    ['d', { kind: 'list', values: [[1, 2], { e: ';' }] }, 403],
  ]);
});

test('a word is a text where it is no JSON', () => {
  const words = 'true false null trueish nil json=null json=1 "true" -1 a=b _ Ab.c/d:e*';
  expect(read(`a any ${words}`)[0]?.operand).toEqual({
    kind: 'list',
    values: [true, false, null, 'trueish', 'nil', null, 1, 'true', -1, 'a=b', '_', 'Ab.c/d:e*'],
  });
});

test('there may be as many as the limit says', () => {
  const rules = (count: number) =>
    Array.from({ length: count }, (_, at) => `c${at} eq 1`).join(';');
  expect(read(rules(MAX_RULES))).toHaveLength(MAX_RULES);
  expect(() => read(rules(MAX_RULES + 1))).toThrow(
    explained('bad_configuration', 'auth_jwt_require_claims', expect.stringContaining('32 rules')),
  );
});

test('each rule looks at its own claim', () => {
  const rules = 'a any x; b any y; a any z';
  expect(keeps(rules, { a: ['x', 'z'], b: ['y'] })).toBe(true);
  expect(keeps(rules, { a: ['x', 'y', 'z'], b: ['x'] })).toBe(false);
  expect(keeps(rules, { a: ['x'], b: ['y', 'z'] })).toBe(false);
});

test('no rules are wanted where none are set', () => {
  expect(readRules({})).toEqual([]);
});

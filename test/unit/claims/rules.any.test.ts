// `any` looks values up: it must say what comparing each with each would say.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRules } from '../../../src/claims/rules.ts';
import type { Json } from '../../../src/json.ts';

const typeOf = (value: Json) =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** `undefined`: nothing to compare with. */
function slowly(items: readonly Json[], values: readonly Json[]): boolean | undefined {
  const answers = items.map((item) => {
    const comparable = values.filter((value) => typeOf(value) === typeOf(item));
    const isThere = comparable.some((value) => JSON.stringify(value) === JSON.stringify(item));
    return comparable.length === 0 ? undefined : isThere;
  });
  if (answers.includes(true)) {
    return true;
  }
  return answers.includes(undefined) ? undefined : false;
}

function quickly(a: readonly Json[], values: readonly Json[], isNegated: boolean): boolean {
  const rule = { name: 'a', path: ['a'], operator: 'any', isNegated, error: 401 } as const;
  try {
    checkRules({ a }, [{ ...rule, operand: { kind: 'list', values } }], {
      variable: () => undefined,
    });
    return true;
  } catch {
    return false;
  }
}

/** Few values, so that they meet; names that every object has. */
const simple = fc.constantFrom<Json>(
  ...[0, 1, -1, 1.5, '0', '1', 'true', 'null', '', 'toString', '__proto__', true, false, null],
);
const json = fc.oneof(simple, fc.array(simple, { maxLength: 2 }), fc.constant<Json>({ a: 1 }));

test('each item is found, missed, or not comparable, as by hand', () => {
  fc.assert(
    fc.property(fc.array(json), fc.array(json), fc.boolean(), (items, values, isNegated) => {
      const answer = slowly(items, values);
      expect(quickly(items, values, isNegated)).toBe(answer !== undefined && answer !== isNegated);
    }),
    { numRuns: 2000 },
  );
});

test('time does not grow with the product of both', () => {
  const items = Array.from({ length: 100_000 }, (_, index) => `item ${index}`);
  const values = Array.from({ length: 10_000 }, (_, index) => `value ${index}`);
  const begin = performance.now();
  expect(quickly(items, values, true)).toBe(true);
  expect(performance.now() - begin).toBeLessThan(1000);
});

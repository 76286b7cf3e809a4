import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeInherited, INHERITED } from '../support/inherited.ts';

test('the table of inherited directives in docs/composition.md is that of the test', () => {
  const page = readFileSync(new URL('../../docs/composition.md', import.meta.url), 'utf8');
  expect(page).toContain(`\n\n${describeInherited()}\n`);
});

test.each(
  INHERITED.flatMap(({ directives, variants }) => directives.map((name) => ({ name, variants }))),
)('the test sets $name', ({ name, variants }) => {
  const isSet = new RegExp(`(^|[;{\\s])${name.replace('*', '\\w+')}[\\s;]`);
  expect(variants.some(({ lines }) => isSet.test(lines))).toBe(true);
});

test('no directive has two rows', () => {
  const names = INHERITED.flatMap(({ directives }) => directives);
  expect(names).toEqual([...new Set(names)]);
});

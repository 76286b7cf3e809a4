import { describe, expect, test } from 'vitest';
import { checkRequired } from '../../../src/claims/require.ts';
import { refused } from '../../support/refusals.ts';

const check = (names: string[], variables: Record<string, string>, error: 401 | 403 = 401) =>
  checkRequired([{ names, error }], { variable: (name) => variables[name] });

describe('a variable that is required', () => {
  test.each(['x', '1', '00', '0.0', ' ', 'false', 'off', 'null'])('may hold %j', (value) => {
    expect(() => check(['a'], { a: value })).not.toThrow();
  });

  test.each([undefined, '', '0'])('may not hold %j', (value) => {
    const variables = (value === undefined ? {} : { a: value }) as Record<string, string>;
    expect(() => check(['a'], variables)).toThrow(refused('bad_claim', 'a'));
    expect(() => check(['a'], variables, 403)).toThrow(refused('no_roles', 'a'));
  });
});

test('all of them are required, and the first that fails is named', () => {
  expect(() => check(['a', 'b'], { a: '1', b: '1' })).not.toThrow();
  expect(() => check(['a', 'b', 'c'], { a: '1' })).toThrow(refused('bad_claim', 'b'));
});

test('several requirements are looked at in turn, each with its own status', () => {
  const requirements = [
    { names: ['a'], error: 401 },
    { names: ['b'], error: 403 },
  ] as const;
  const holding = (variables: Record<string, string>) => () =>
    checkRequired(requirements, { variable: (name) => variables[name] });
  expect(holding({ a: '1', b: '1' })).not.toThrow();
  expect(holding({ a: '1' })).toThrow(refused('no_roles', 'b'));
  expect(holding({ b: '1' })).toThrow(refused('bad_claim', 'a'));
  expect(holding({})).toThrow(refused('bad_claim', 'a'));
});

test('nothing is required where none is named', () => {
  expect(() => checkRequired([], { variable: () => undefined })).not.toThrow();
});

import { describe, expect, test } from 'vitest';
import { lookUp, makeTable, type Revocation } from '../../../src/revocation/table.ts';

const ALWAYS = Number.POSITIVE_INFINITY;

test('what stands in it is found, and nothing else', () => {
  const kinds = ['jti', 'sub', 'kid'] as const;
  for (const count of [1, 2, 3, 64, 501]) {
    const revocations = Array.from({ length: count }, (_, index) => ({
      kind: kinds[index % 3] as Revocation['kind'],
      value: `${index}`,
    }));
    const table = makeTable(revocations);
    for (const { kind, value } of revocations) {
      expect(lookUp(table, kind, value)).toBe(ALWAYS);
      const others = kinds.filter((other) => other !== kind);
      expect(others.map((other) => lookUp(table, other, value))).toEqual([undefined, undefined]);
    }
    expect(lookUp(table, 'jti', 'x')).toBeUndefined();
  }
});

test('nothing stands in an empty one', () => {
  expect(makeTable([])).toBe('');
  expect(lookUp('', 'jti', 'x')).toBeUndefined();
});

test('nobody is named in it', () => {
  expect(makeTable([{ kind: 'sub', value: 'mallory' }])).toMatch(/^s[\w-]{22}999999999999$/);
});

describe('the time of a subject', () => {
  const timeOf = (...times: (number | undefined)[]) =>
    lookUp(
      makeTable(times.map((issuedBefore) => ({ kind: 'sub', value: 'bob', issuedBefore }))),
      'sub',
      'bob',
    );

  test.each([
    [0, 0],
    [1_767_225_600, 1_767_225_600],
    [1_767_225_600.2, 1_767_225_601],
    [-5, 0],
    [999_999_999_998, 999_999_999_998],
    [1_767_225_600_000, ALWAYS],
    [1e300, ALWAYS],
  ])('%d is %d: rounded to the side that revokes more', (time, want) => {
    expect(timeOf(time)).toBe(want);
  });

  test('is the later one of several, and no time is any time', () => {
    expect(timeOf(10, 9)).toBe(10);
    expect(timeOf(9, 10)).toBe(10);
    expect(timeOf(undefined, 9)).toBe(ALWAYS);
    expect(timeOf(9, undefined, 10)).toBe(ALWAYS);
  });
});

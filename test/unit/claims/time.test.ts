import { describe, expect, test } from 'vitest';
import { checkTimes, type TimePolicy } from '../../../src/claims/time.ts';
import type { JsonObject } from '../../../src/json.ts';
import { refused } from '../../support/refusals.ts';
import { rows } from '../../support/rows.ts';
import { NOW } from '../../support/tokens.ts';

const POLICY = { leeway: 0, requireExp: false } as const;

const check = (claims: object, policy: Partial<TimePolicy> = {}) =>
  checkTimes(claims as JsonObject, { ...POLICY, ...policy }, NOW);

describe('exp', () => {
  test.each([
    [NOW + 1, 0],
    [NOW + 0.001, 0],
    [NOW - 9, 10],
    [NOW - 0.4, 0.5],
    [1e300, 0],
  ])('%d is still to come at a leeway of %d', (exp, leeway) => {
    expect(() => check({ exp }, { leeway })).not.toThrow();
  });

  test.each([
    [NOW, 0],
    [NOW - 1, 0],
    [NOW - 10, 10],
    [NOW - 0.5, 0.5],
    [0, 0],
    [-1, 0],
    [-1e300, 3600],
  ])('%d has expired at a leeway of %d', (exp, leeway) => {
    expect(() => check({ exp }, { leeway })).toThrow(refused('not_active', 'expired'));
  });

  test('may be missing, unless it is required', () => {
    expect(() => check({})).not.toThrow();
    expect(() => check({}, { requireExp: true })).toThrow(refused('bad_claim', 'exp'));
    expect(() => check({ exp: NOW + 1 }, { requireExp: true })).not.toThrow();
  });

  test('of the prototype does not count', () => {
    const claims = JSON.parse(`{"__proto__":{"exp":${NOW + 1}}}`);
    expect(() => check(claims, { requireExp: true })).toThrow(refused('bad_claim', 'exp'));
  });
});

describe('nbf', () => {
  test.each([
    [NOW, 0],
    [NOW - 1, 0],
    [NOW + 10, 10],
    [NOW + 0.5, 0.5],
    [0, 0],
  ])('%d has come at a leeway of %d', (nbf, leeway) => {
    expect(() => check({ nbf }, { leeway })).not.toThrow();
  });

  test.each([
    [NOW + 1, 0],
    [NOW + 0.001, 0],
    [NOW + 11, 10],
    [1e300, 3600],
  ])('%d is to come at a leeway of %d', (nbf, leeway) => {
    expect(() => check({ nbf }, { leeway })).toThrow(refused('not_active', 'not_yet_valid'));
  });
});

describe('iat', () => {
  test.each([NOW, NOW - 1, NOW + 100, 0, -1])('%d decides nothing by itself', (iat) => {
    expect(() => check({ iat })).not.toThrow();
  });

  test.each([
    [NOW, 60, 0],
    [NOW - 60, 60, 0],
    [NOW - 70, 60, 10],
    [NOW + 10, 60, 10],
    [NOW, 0, 0],
  ])('%d is young enough for an age of %d and a leeway of %d', (iat, maxAge, leeway) => {
    expect(() => check({ iat }, { maxAge, leeway })).not.toThrow();
  });

  test.each([
    [NOW - 61, 60, 0],
    [NOW - 60.5, 60, 0],
    [NOW - 71, 60, 10],
    [NOW - 1, 0, 0],
    [0, 60, 0],
  ])('%d is too old for an age of %d and a leeway of %d', (iat, maxAge, leeway) => {
    expect(() => check({ iat }, { maxAge, leeway })).toThrow(refused('not_active', 'too_old'));
  });

  test.each([
    [NOW + 1, 0],
    [NOW + 11, 10],
    [1e300, 0],
  ])('%d is in the future, where an age is asked for, at a leeway of %d', (iat, leeway) => {
    expect(() => check({ iat }, { maxAge: 60, leeway })).toThrow(
      refused('not_active', 'issued_in_future'),
    );
  });

  test('must be there where an age is asked for', () => {
    expect(() => check({}, { maxAge: 60 })).toThrow(refused('bad_claim', 'iat'));
  });
});

describe.each(['exp', 'nbf', 'iat'])('%s', (name) => {
  const values = [
    ...[null, true, false, '', '1', `${NOW + 600}`, '2099-01-01', [], [NOW + 600], {}],
    ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
  ];

  test.each(rows(values))('is no time where it is $value', ({ value }) => {
    expect(() => check({ [name]: value })).toThrow(refused('invalid_jwt', name));
    expect(() => check({ [name]: value }, { leeway: 10, maxAge: 1e9 })).toThrow(
      refused('invalid_jwt', name),
    );
  });
});

describe('a greatest distance of exp', () => {
  const check = (exp: unknown, leeway = 0) =>
    checkTimes(
      (exp === undefined ? {} : { exp }) as never,
      { leeway, requireExp: false, maximumExpiration: 60 },
      1000,
    );

  test.each([1001, 1060])('leaves %j alone', (exp) => {
    expect(() => check(exp)).not.toThrow();
  });

  test('refuses what is further ahead, and what never ends', () => {
    expect(() => check(1060.5)).toThrow(refused('bad_claim', 'maximum_expiration'));
    expect(() => check(1061, 1)).not.toThrow();
    expect(() => check(undefined)).toThrow(refused('bad_claim', 'exp'));
    expect(() => check('1060')).toThrow(refused('invalid_jwt', 'exp'));
    expect(() => check(1000)).toThrow(refused('not_active', 'expired'));
  });
});

test('a clock that is no number lets nothing pass', () => {
  const at = (claims: object) => () => checkTimes(claims as JsonObject, POLICY, Number.NaN);
  expect(at({ exp: NOW + 60 })).toThrow(refused('not_active', 'expired'));
  expect(at({ nbf: NOW - 60 })).toThrow(refused('not_active', 'not_yet_valid'));
});

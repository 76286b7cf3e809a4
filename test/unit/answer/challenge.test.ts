import { expect, test } from 'vitest';
import { challengeFor } from '../../../src/answer/challenge.ts';
import { type NoAuthReason, reasons } from '../../../src/reasons.ts';

const REASONS = reasons();

const reasonsWith = (status: number) =>
  (Object.keys(REASONS) as NoAuthReason[]).filter((reason) => REASONS[reason].status === status);

test.each(reasonsWith(500))('no challenge is due for %s: the fault is the gateway’s', (reason) => {
  expect(challengeFor(reason, 'orders')).toBe('');
});

test('a request without a token is told the scheme, and of no error', () => {
  expect(challengeFor('empty_token', '')).toBe('Bearer');
  expect(challengeFor('empty_token', 'orders')).toBe('Bearer realm="orders"');
});

test.each(reasonsWith(401).filter((reason) => reason !== 'empty_token'))(
  '%s is an invalid token',
  (reason) => {
    const error = `error="invalid_token", error_description="${REASONS[reason].description}"`;
    expect(challengeFor(reason, '')).toBe(`Bearer ${error}`);
    expect(challengeFor(reason, 'orders')).toBe(`Bearer realm="orders", ${error}`);
  },
);

test('who may not is told of the scope', () => {
  expect(challengeFor('no_roles', '')).toMatch(/^Bearer error="insufficient_scope", /);
});

test.each([
  ['a "b" c', 'a \\"b\\" c'],
  ['a\\b', 'a\\\\b'],
  ['a\r\nX-Injected: 1', 'aX-Injected: 1'],
  ['a\0\x7f\u2028ü', 'a'],
  ['\\"', '\\\\\\"'],
])('the realm %j cannot break out of its quotes', (realm, quoted) => {
  expect(challengeFor('empty_token', realm)).toBe(`Bearer realm="${quoted}"`);
});

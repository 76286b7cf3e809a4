import { describe, expect, test } from 'vitest';
import { describeProblem } from '../../../src/answer/problem.ts';
import { type NoAuthReason, reasons } from '../../../src/reasons.ts';

const REASONS = reasons();

describe.each(Object.entries(REASONS))('%s', (name, { status, title, description, brief }) => {
  const reason = name as NoAuthReason;

  test('is a problem of RFC 9457', () => {
    const { contentType, body } = describeProblem(reason, '');
    expect(contentType).toBe('application/problem+json');
    expect(JSON.parse(body)).toEqual({
      type: `urn:njs-auth-jwt:reason:${reason}`,
      title,
      status,
      detail: description,
      reason,
    });
  });

  test('is plain JSON for who asks for it', () => {
    const { contentType, body } = describeProblem(reason, 'application/json');
    expect(contentType).toBe('application/json');
    expect(JSON.parse(body)).toEqual({ success: false, error: brief });
  });
});

test.each(['', 'application/json'])('a body ends in a line break: "Accept: %s"', (accept) => {
  expect(describeProblem('empty_token', accept).body).toMatch(/\}\n$/);
});

test.each([
  'application/json',
  'Application/JSON',
  'text/html, application/json',
  'application/json; charset=utf-8',
  'application/json;q=0.1',
  'application/json;q=1',
  ' application/json ; q=0.5 , */*',
  'application/json, application/problem+json;q=0.9',
  'application/problem+json;q=0, application/json',
])('"Accept: %s" asks for plain JSON', (accept) => {
  expect(describeProblem('empty_token', accept).contentType).toBe('application/json');
});

test.each([
  '',
  '*/*',
  'application/*',
  'text/html',
  'application/problem+json',
  'application/json, application/problem+json',
  'application/json;q=0.5, application/problem+json;q=0.6',
  'application/json;q=0',
  'application/json; q=0',
  'application/json;q=0.0',
  'application/json;q=x',
  'application/jsonp',
  'xapplication/json',
  'text/html;application/json',
  ';;,,;',
])('"Accept: %s" does not', (accept) => {
  expect(describeProblem('empty_token', accept).contentType).toBe('application/problem+json');
});

test('the first 32 media types count, and the first 8 parameters of one', () => {
  const isPlain = (accept: string) =>
    describeProblem('empty_token', accept).contentType === 'application/json';
  expect(isPlain(`${'x/y,'.repeat(31)}application/json`)).toBe(true);
  expect(isPlain(`${'x/y,'.repeat(32)}application/json`)).toBe(false);
  expect(isPlain(`application/json${';x=y'.repeat(7)};q=0`)).toBe(false);
  expect(isPlain(`application/json${';x=y'.repeat(8)};q=0`)).toBe(true);
});

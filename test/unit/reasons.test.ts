import { describe, expect, test } from 'vitest';
import { isNoAuthReason, reasons } from '../../src/reasons.ts';

const REASONS = reasons();

/** The contract: `$no_auth_reason`, its status, and the error of RFC 6750 that goes with it. */
const CONTRACT = [
  ['empty_token', 401, ''],
  ['invalid_jwt', 401, 'invalid_token'],
  ['bad_algorithm', 401, 'invalid_token'],
  ['unknown_key', 401, 'invalid_token'],
  ['bad_signature', 401, 'invalid_token'],
  ['not_active', 401, 'invalid_token'],
  ['bad_issuer', 401, 'invalid_token'],
  ['bad_audience', 401, 'invalid_token'],
  ['bad_claim', 401, 'invalid_token'],
  ['bad_binding', 401, 'invalid_token'],
  ['no_roles', 403, 'insufficient_scope'],
  ['revoked', 401, 'invalid_token'],
  ['bad_introspection', 500, ''],
  ['keys_unavailable', 500, ''],
  ['cannot_parse', 500, ''],
  ['bad_configuration', 500, ''],
  ['generic_error', 500, ''],
] as const;

test('the list is closed', () => {
  expect(Object.keys(REASONS)).toEqual(CONTRACT.map(([reason]) => reason));
});

describe.each(CONTRACT)('%s', (reason, status, error) => {
  test(`has status ${status} and error "${error}"`, () => {
    expect(REASONS[reason]).toMatchObject({ status, error });
  });

  test('is a reason', () => {
    expect(isNoAuthReason(reason)).toBe(true);
  });

  test('has texts that may stand in a header and in JSON as they are', () => {
    const { title, description, brief } = REASONS[reason];
    for (const text of [title, description, brief]) {
      expect(text).toMatch(/^[\x20-\x7e]+$/);
      expect(text).not.toMatch(/["\\]/);
    }
    expect(description).toMatch(/\.$/);
  });
});

test('no two reasons are told in the same words', () => {
  const entries = Object.values(REASONS);
  for (const field of ['title', 'description', 'brief'] as const) {
    expect(new Set(entries.map((entry) => entry[field])).size).toBe(entries.length);
  }
});

test.each([
  '',
  ' empty_token',
  'EMPTY_TOKEN',
  'toString',
  'constructor',
  '__proto__',
  'hasOwnProperty',
])('%j is no reason', (text) => {
  expect(isNoAuthReason(text)).toBe(false);
});

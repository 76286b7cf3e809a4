import { describe, expect, test } from 'vitest';
import { answerError } from '../../../src/handlers/answer-error.ts';
import { reasons } from '../../../src/reasons.ts';
import { fakeRequest } from '../../support/fake-request.ts';

const REASONS = reasons();

function answer(variables: Record<string, string>, headers: Record<string, string> = {}) {
  const r = fakeRequest({ variables, headers });
  answerError(r);
  const [{ status, body = '' } = { status: 0 }, ...more] = r.returned;
  expect(more).toEqual([]);
  return { status, body: JSON.parse(body), headers: r.headersOut };
}

test.each(Object.entries(REASONS))(
  '%s has its status and its body',
  (reason, { status, title }) => {
    expect(answer({ no_auth_reason: reason })).toMatchObject({
      status,
      body: { status, title, reason },
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    });
  },
);

test('who asks for plain JSON gets it', () => {
  expect(answer({ no_auth_reason: 'empty_token' }, { accept: 'application/json' })).toMatchObject({
    status: 401,
    body: { success: false, error: 'token is empty' },
    headers: { 'Content-Type': 'application/json' },
  });
});

describe('the challenge', () => {
  test('is sent where one is due', () => {
    const { headers } = answer({ no_auth_reason: 'empty_token', auth_jwt_challenge: 'Bearer' });
    expect(headers['WWW-Authenticate']).toBe('Bearer');
  });

  test('is not sent where none is', () => {
    expect(answer({ no_auth_reason: 'generic_error' }).headers).not.toHaveProperty(
      'WWW-Authenticate',
    );
  });
});

test.each(['', 'toString', '__proto__', 'EMPTY_TOKEN', 'x'])(
  'a request that comes with the reason %j is an unforeseen error',
  (no_auth_reason) => {
    expect(answer({ no_auth_reason })).toMatchObject({
      status: 500,
      body: { reason: 'generic_error' },
    });
  },
);

import { describe, expect, test } from 'vitest';
import {
  answerError,
  errorBody,
  errorHeaders,
  loginLocation,
} from '../../../src/handlers/answer-error.ts';
import { type NoAuthReason, reasons } from '../../../src/reasons.ts';
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

describe('a location that answers by "return" says the same', () => {
  const LOGIN = { auth_jwt_login_url: '/login', request_method: 'GET', request_uri: '/a' };

  test.each(
    Object.keys(REASONS).flatMap((reason) =>
      ['', 'application/json', 'text/html'].map((accept) => [reason, accept] as const),
    ),
  )('%s, Accept: %s', (no_auth_reason, accept) => {
    const options = {
      variables: { ...LOGIN, no_auth_reason, auth_jwt_challenge: 'Bearer' },
      headers: { accept },
    };
    const whole = fakeRequest(options);
    answerError(whole);
    const parts = fakeRequest(options);
    const location = loginLocation(parts);
    const { status } = REASONS[no_auth_reason as NoAuthReason];
    parts.status = location === '' ? status : 302;
    errorHeaders(parts);
    expect(whole.returned).toEqual([{ status: parts.status, body: location || errorBody(parts) }]);
    expect(whole.headersOut).toEqual(parts.headersOut);
    expect(location !== '').toBe(accept === 'text/html' && status === 401);
  });

  test('a redirect has no header that describes a body', () => {
    const r = fakeRequest({ variables: { auth_jwt_challenge: 'Bearer' } });
    r.status = 302;
    errorHeaders(r);
    expect(r.headersOut).toEqual({ 'Cache-Control': 'no-store' });
  });
});

test.each(Object.entries(REASONS))('Retry-After of %s', (no_auth_reason, { retryAfter }) => {
  const { headers } = answer({ no_auth_reason });
  const isPassing = ['keys_unavailable', 'bad_introspection'].includes(no_auth_reason);
  expect([retryAfter, headers['Retry-After']]).toEqual(isPassing ? [1, '1'] : [0, undefined]);
});

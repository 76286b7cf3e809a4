import { describe, expect, test } from 'vitest';
import { challengeFor } from '../../../src/answer/challenge.ts';
import type { NginxVariables } from '../../../src/nginx.ts';
import { type NoAuthReason, reasons } from '../../../src/reasons.ts';
import { refuse } from '../../../src/refusal.ts';

const REASONS = reasons();

const challenge = (reason: NoAuthReason, settings: NginxVariables, detail = '') =>
  challengeFor(refuse(reason, detail), settings);

const reasonsWith = (status: number) =>
  (Object.keys(REASONS) as NoAuthReason[]).filter((reason) => REASONS[reason].status === status);

test.each(reasonsWith(500))('no challenge is due for %s: the fault is the gateway’s', (reason) => {
  expect(challenge(reason, { auth_jwt: 'orders' })).toBe('');
});

test('a request without a token is told the scheme, and of no error', () => {
  expect(challenge('empty_token', { auth_jwt: '' })).toBe('Bearer');
  expect(challenge('empty_token', { auth_jwt: 'orders' })).toBe('Bearer realm="orders"');
});

test.each(reasonsWith(401).filter((reason) => reason !== 'empty_token'))(
  '%s is an invalid token',
  (reason) => {
    const error = `error="invalid_token", error_description="${REASONS[reason].description}"`;
    expect(challenge(reason, { auth_jwt: '' })).toBe(`Bearer ${error}`);
    expect(challenge(reason, { auth_jwt: 'orders' })).toBe(`Bearer realm="orders", ${error}`);
  },
);

test('who may not is told of the scope', () => {
  expect(challenge('no_roles', { auth_jwt: '' })).toMatch(/^Bearer error="insufficient_scope", /);
});

test.each([
  ['a "b" c', 'a \\"b\\" c'],
  ['a\\b', 'a\\\\b'],
  ['a\r\nX-Injected: 1', 'aX-Injected: 1'],
  ['a\0\x7f\u2028ü', 'a'],
  ['\\"', '\\\\\\"'],
])('the realm %j cannot break out of its quotes', (realm, quoted) => {
  expect(challenge('empty_token', { auth_jwt: realm })).toBe(`Bearer realm="${quoted}"`);
});

describe('who lacks a scope', () => {
  const missing = (auth_jwt_scopes: string) =>
    challenge('no_roles', { auth_jwt_scopes }, 'scope').replace(/^.*description="[^"]*"/, '');

  test.each([
    ['orders:read orders:write', ', scope="orders:read orders:write"'],
    ['any:orders:read admin', ', scope="orders:read admin"'],
    ['any: orders:read ', ', scope="orders:read"'],
    ['a"b', ', scope="a\\"b"'],
  ])('is told of %j', (scopes, ending) => {
    expect(missing(scopes)).toBe(ending);
  });

  test('and nobody else is', () => {
    const settings = { auth_jwt_scopes: 'orders' };
    expect(challenge('no_roles', settings, 'roles')).not.toContain('scope="');
    expect(challenge('bad_signature', settings, 'signature')).not.toContain('scope="');
  });
});

describe('the metadata of the resource (RFC 9728, section 5.1)', () => {
  const settings = {
    auth_jwt_resource_metadata: 'https://api/.well-known/oauth-protected-resource',
  };
  const parameter = `resource_metadata="${settings.auth_jwt_resource_metadata}"`;

  test('is named in each challenge', () => {
    expect(challenge('empty_token', settings)).toBe(`Bearer ${parameter}`);
    expect(challenge('not_active', settings)).toMatch(new RegExp(`, ${parameter}$`));
    expect(challenge('no_roles', settings, 'scope')).toMatch(new RegExp(`, ${parameter}$`));
  });

  test('and in none that is not due', () => {
    expect(challenge('keys_unavailable', settings)).toBe('');
  });
});

import { describe, expect, test } from 'vitest';
import { type ClaimsToIssue, makeClaims } from '../../../src/issuing/claims.ts';
import type { JsonObject } from '../../../src/json.ts';
import { refused } from '../../support/refusals.ts';
import { NOW } from '../../support/tokens.ts';

const POLICY: ClaimsToIssue = {
  issuer: 'https://api.example.com/',
  audiences: ['orders'],
  lifetime: 3600,
  omitted: [],
  allowed: undefined,
};
const ADDED = {
  iss: 'https://api.example.com/',
  aud: 'orders',
  iat: NOW,
  exp: NOW + 3600,
  jti: 'id-1',
};

const make = (login: JsonObject, policy: Partial<ClaimsToIssue> = {}) =>
  makeClaims(login, { ...POLICY, ...policy }, NOW, 'id-1');
const claims = (login: JsonObject, policy: Partial<ClaimsToIssue> = {}) =>
  JSON.parse(make(login, policy).json);

const FAULT = refused('cannot_parse', 'auth_jwt_login_request');

test('what the login service says is signed, with what the gateway adds', () => {
  const login = { sub: 'alice', roles: ['editor'], profile: { name: 'Ä "q" \u2028' }, none: null };
  expect(claims(login)).toEqual({ ...ADDED, ...login });
  expect(claims({})).toEqual(ADDED);
});

test.each([
  [{ issuer: undefined }, { iss: undefined }],
  [{ audiences: [] }, { aud: undefined }],
  [{ audiences: ['a', 'b'] }, { aud: ['a', 'b'] }],
  [{ lifetime: 90 }, { exp: NOW + 90 }],
  [{ omitted: ['iat'] }, { iat: undefined }],
  [{ omitted: ['exp', 'jti'] }, { exp: undefined, jti: undefined }],
])('the settings decide what is added: %j', (policy, changed) => {
  expect(claims({}, policy)).toEqual(JSON.parse(JSON.stringify({ ...ADDED, ...changed })));
});

test('how long the token lasts is known', () => {
  expect(make({}).expiresIn).toBe(3600);
  expect(make({}, { omitted: ['exp'] }).expiresIn).toBeUndefined();
  expect(make({ exp: NOW + 10.7 }, { allowed: ['exp'] }).expiresIn).toBe(10);
  expect(make({ exp: NOW - 10 }, { allowed: ['exp'] }).expiresIn).toBe(0);
});

describe('without an allow-list', () => {
  test.each(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])('%s is the gateway\u2019s', (name) => {
    expect(() => make({ sub: 'alice', [name]: ADDED[name as 'iss'] ?? NOW })).toThrow(FAULT);
  });

  test.each(['sub', 'ISS', 'toString', 'constructor', ''])('"%s" may be set', (name) => {
    expect(claims({ [name]: 'x' })).toEqual({ ...ADDED, [name]: 'x' });
  });
});

describe('with an allow-list', () => {
  test('nothing else may be set', () => {
    expect(claims({ sub: 'alice' }, { allowed: ['sub', 'role'] })).toMatchObject({ sub: 'alice' });
    expect(() => make({ sub: 'alice', admin: true }, { allowed: ['sub'] })).toThrow(FAULT);
    expect(() => make({ toString: true }, { allowed: ['sub'] })).toThrow(FAULT);
  });

  test('what it names wins, once', () => {
    const own = { iss: 'me', aud: ['x'], iat: NOW - 5, nbf: NOW, jti: 'mine' };
    const made = make(own, { allowed: Object.keys(own) });
    expect(JSON.parse(made.json)).toEqual({ ...own, exp: NOW - 5 + 3600 });
    expect(made.json.match(/"iss"/g)).toHaveLength(1);
  });

  test('what it names is not left out', () => {
    const policy = { allowed: ['iat', 'jti'], omitted: ['iat', 'exp', 'jti'] };
    expect(claims({ iat: 5, jti: 'mine' }, policy)).toMatchObject({ iat: 5, jti: 'mine' });
  });

  test.each([
    { iss: 5 },
    { iss: null },
    { aud: [] },
    { aud: ['a', 5] },
    { aud: {} },
    { exp: '2030-01-01' },
    { exp: null },
    { nbf: true },
    { iat: [NOW] },
    { jti: 5 },
  ])('the gateway\u2019s claims keep their kind: %j', (login) => {
    expect(() => make(login as JsonObject, { allowed: Object.keys(login) })).toThrow(FAULT);
  });
});

test('"__proto__" is a claim like any other', () => {
  const login = JSON.parse('{"__proto__": {"admin": true}, "sub": "alice"}');
  expect(make(login).json).toContain('"__proto__":{"admin":true},"sub":"alice"}');
});

test('a refusal names the claim and not its value', () => {
  const name = `claim-${'x'.repeat(100)}`;
  try {
    make({ [name]: 'value' }, { allowed: ['sub'] });
    expect.unreachable();
  } catch (thrown) {
    const { explanation } = thrown as { explanation: string };
    expect(explanation).toContain('claim-x');
    expect(explanation).not.toMatch(/value|x{50}/);
  }
});

import { describe, expect, test } from 'vitest';
import { checkClaims } from '../../../src/claims/check.ts';
import { readRules } from '../../../src/settings/rules.ts';
import { refused } from '../../support/refusals.ts';
import { CLAIMS, forge, NOW, parseToken } from '../../support/tokens.ts';

const POLICY = {
  leeway: 0,
  requireExp: true,
  maxAge: 3600,
  issuers: [CLAIMS.iss],
  audiences: [CLAIMS.aud],
  types: ['at+jwt'],
  ignoresBinding: false,
  rules: [],
  roles: { names: [], isAny: false },
  rolesPath: ['roles'],
  scopes: { names: [], isAny: false },
};

const REQUEST = { variable: () => undefined, warn: () => {} };

const HEADER = { alg: 'ES256', typ: 'at+jwt' };

test('claims that the policy wants pass', () => {
  expect(() => checkClaims(parseToken(forge(HEADER, CLAIMS)), POLICY, NOW, REQUEST)).not.toThrow();
});

test.each([
  ['typ', { ...HEADER, typ: 'JWT' }, {}, 'bad_claim', 'typ'],
  ['exp', HEADER, { exp: NOW }, 'not_active', 'expired'],
  ['nbf', HEADER, { nbf: NOW + 1 }, 'not_active', 'not_yet_valid'],
  ['the age', HEADER, { iat: NOW - 3601 }, 'not_active', 'too_old'],
  ['iss', HEADER, { iss: 'https://evil/' }, 'bad_issuer', 'iss'],
  ['aud', HEADER, { aud: 'billing' }, 'bad_audience', 'aud'],
] as const)('%s is checked', (_what, header, claims, reason, detail) => {
  const token = parseToken(forge(header, { ...CLAIMS, ...claims }));
  expect(() => checkClaims(token, POLICY, NOW, REQUEST)).toThrow(refused(reason, detail));
});

test.each([
  [
    'rules',
    { rules: readRules({ auth_jwt_require_claims: 'tenant eq acme' }) },
    'bad_claim',
    'tenant',
  ],
  ['roles', { roles: { names: ['admin'], isAny: false } }, 'no_roles', 'roles'],
  ['scopes', { scopes: { names: ['read'], isAny: false } }, 'no_roles', 'scope'],
] as const)('%s are checked, also of a token that is known', (_what, more, reason, detail) => {
  const policy = { ...POLICY, ...more };
  const token = { ...parseToken(forge(HEADER, CLAIMS)), derived: {} };
  for (const _round of [1, 2]) {
    expect(() => checkClaims(token, policy, NOW, REQUEST)).toThrow(refused(reason, detail));
  }
  const good = parseToken(
    forge(HEADER, { ...CLAIMS, tenant: 'acme', roles: ['admin'], scope: 'read' }),
  );
  expect(() => checkClaims(good, policy, NOW, REQUEST)).not.toThrow();
});

test('a rule that reads a variable is asked each time', () => {
  const rules = readRules({ auth_jwt_require_claims: 'tenant eq variable:tenant' });
  const token = { ...parseToken(forge(HEADER, { ...CLAIMS, tenant: 'acme' })), derived: {} };
  const policy = { ...POLICY, rules };
  checkClaims(token, policy, NOW, { ...REQUEST, variable: () => 'acme' });
  expect(token.derived).toEqual({});
  expect(() => checkClaims(token, policy, NOW, { ...REQUEST, variable: () => 'other' })).toThrow(
    refused('bad_claim', 'tenant'),
  );
});

describe('claims that a policy has agreed with', () => {
  const known = () => ({
    ...parseToken(forge(HEADER, { ...CLAIMS, exp: NOW + 60 })),
    derived: {},
  });

  test('are not checked again, but for the time', () => {
    const token = known();
    checkClaims(token, POLICY, NOW, REQUEST);
    expect(token.derived).toEqual({ agreedWith: POLICY });
    expect(() => checkClaims(token, POLICY, NOW + 59, REQUEST)).not.toThrow();
    expect(() => checkClaims(token, POLICY, NOW + 60, REQUEST)).toThrow(
      refused('not_active', 'expired'),
    );
    expect(() => checkClaims(token, { ...POLICY, maxAge: 10 }, NOW, REQUEST)).toThrow(
      refused('not_active', 'too_old'),
    );
  });

  test.each([
    [{ issuers: ['https://other/'] }, 'bad_issuer', 'iss'],
    [{ audiences: ['billing'] }, 'bad_audience', 'aud'],
    [{ types: ['other'] }, 'bad_claim', 'typ'],
  ] as const)('say nothing to another: %j', (others, reason, detail) => {
    const token = known();
    const other = { ...POLICY, ...others };
    for (const _round of [1, 2, 3]) {
      expect(() => checkClaims(token, POLICY, NOW, REQUEST)).not.toThrow();
      expect(() => checkClaims(token, other, NOW, REQUEST)).toThrow(refused(reason, detail));
      expect(() => checkClaims(token, other, NOW, REQUEST)).toThrow(refused(reason, detail));
    }
  });

  test('are agreed with when all checks are through, and not before', () => {
    const token = known();
    expect(() => checkClaims(token, POLICY, NOW + 60, REQUEST)).toThrow(
      refused('not_active', 'expired'),
    );
    expect(token.derived).toEqual({});
  });
});

test('the first check that fails is the one that is told', () => {
  const token = parseToken(forge(HEADER, { exp: 0, iss: 'x', aud: 'x' }));
  expect(() => checkClaims(token, POLICY, NOW, REQUEST)).toThrow(refused('not_active', 'expired'));
});

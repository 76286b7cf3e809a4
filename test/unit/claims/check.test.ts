import { expect, test } from 'vitest';
import { checkClaims } from '../../../src/claims/check.ts';
import { decodeToken } from '../../../src/token/decode.ts';
import { refused } from '../../support/refusals.ts';
import { CLAIMS, forge, NOW } from '../../support/tokens.ts';

const POLICY = {
  leeway: 0,
  requireExp: true,
  maxAge: 3600,
  issuers: [CLAIMS.iss],
  audiences: [CLAIMS.aud],
  types: ['at+jwt'],
};

const HEADER = { alg: 'ES256', typ: 'at+jwt' };

test('claims that the policy wants pass', () => {
  expect(() => checkClaims(decodeToken(forge(HEADER, CLAIMS)), POLICY, NOW)).not.toThrow();
});

test.each([
  ['typ', { ...HEADER, typ: 'JWT' }, {}, 'bad_claim', 'typ'],
  ['exp', HEADER, { exp: NOW }, 'not_active', 'expired'],
  ['nbf', HEADER, { nbf: NOW + 1 }, 'not_active', 'not_yet_valid'],
  ['the age', HEADER, { iat: NOW - 3601 }, 'not_active', 'too_old'],
  ['iss', HEADER, { iss: 'https://evil/' }, 'bad_issuer', 'iss'],
  ['aud', HEADER, { aud: 'billing' }, 'bad_audience', 'aud'],
] as const)('%s is checked', (_what, header, claims, reason, detail) => {
  const token = decodeToken(forge(header, { ...CLAIMS, ...claims }));
  expect(() => checkClaims(token, POLICY, NOW)).toThrow(refused(reason, detail));
});

test('the first check that fails is the one that is told', () => {
  const token = decodeToken(forge(HEADER, { exp: 0, iss: 'x', aud: 'x' }));
  expect(() => checkClaims(token, POLICY, NOW)).toThrow(refused('not_active', 'expired'));
});

import { expect, test, vi } from 'vitest';
import { unverifiedIss, unverifiedKid } from '../../../src/handlers/unverified.ts';
import { fakeRequest } from '../../support/fake-request.ts';
import { forge } from '../../support/tokens.ts';

function read(token: string, variables: Record<string, string> = {}) {
  const r = fakeRequest({ headers: { Authorization: `Bearer ${token}`, 'X-T': token }, variables });
  return { iss: unverifiedIss(r), kid: unverifiedKid(r) };
}

const HEADER = { alg: 'RS256', kid: 'k1' };

test('a token says who has made it, whether that is true or not', () => {
  const token = forge(HEADER, { iss: 'https://a/' });
  expect(read(token)).toEqual({ iss: 'https://a/', kid: 'k1' });
  expect(read(token), 'again').toEqual({ iss: 'https://a/', kid: 'k1' });
});

test('it is looked for where the policy has it', () => {
  const token = forge(HEADER, { iss: 'https://a/' });
  expect(read(token, { auth_jwt_token_from: 'cookie:none' })).toEqual({ iss: '', kid: '' });
  expect(read(token, { auth_jwt_token_from: 'header:X-T' })).toEqual({
    iss: 'https://a/',
    kid: 'k1',
  });
  expect(read(token, { auth_jwt_token_from: 'nonsense' })).toEqual({ iss: '', kid: '' });
});

test.each([
  ['no token', ''],
  ['no JWT', 'a.b.c'],
  ['an issuer that is no text', forge({ alg: 'RS256' }, { iss: ['https://a/'] })],
  ['a number', forge({ alg: 'RS256' }, { iss: 5 })],
  ['no issuer and no key', forge({ alg: 'RS256' }, {})],
  ['a kid that is no text', forge({ alg: 'RS256', kid: 5 }, { iss: 'https://a/' })],
  ['a line break', forge({ alg: 'RS256', kid: 'a\nb' }, { iss: 'https://a/\r\nX: y' })],
  ['the longest that there is', 'a'.repeat(20000)],
])('it says nothing: %s', (_what, token) => {
  const { iss, kid } = read(token);
  expect([iss, kid]).toEqual(['', '']);
});

test.each([
  ['a token', forge(HEADER, { iss: 'https://a/', jti: 'memo' })],
  ['a long one', forge(HEADER, { iss: 'https://a/', jti: 'x'.repeat(9000) })],
  ['one that is malformed', forge('{"alg":"ES256"', { jti: 'memo' })],
])('%s is looked into once, for both values', (_what, token) => {
  const parse = vi.spyOn(JSON, 'parse');
  const first = read(token);
  const count = parse.mock.calls.length;
  expect(count).toBeGreaterThan(0);
  expect(read(token)).toEqual(first);
  expect(parse).toHaveBeenCalledTimes(count);
  parse.mockRestore();
});

test('a token needs three parts to say something, and no signature', () => {
  const [header, payload] = forge(HEADER, { iss: 'https://a/' }).split('.');
  expect(read(`${header}.${payload}.`)).toEqual({ iss: 'https://a/', kid: 'k1' });
  expect(read(`${header}.${payload}`)).toEqual({ iss: '', kid: '' });
});

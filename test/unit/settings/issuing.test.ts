import { describe, expect, test } from 'vitest';
import type { NginxVariables } from '../../../src/nginx.ts';
import { readIssuing, readPublishing } from '../../../src/settings/issuing.ts';
import { DECLARED } from '../../support/fake-request.ts';
import { explained, refused } from '../../support/refusals.ts';

const LEAST = {
  auth_jwt_login_request: '/_login',
  auth_jwt_signing_key_file: '/signing.json',
  auth_jwt_issuer: 'https://api.example.com/',
};
const read = (variables: NginxVariables = {}) => readIssuing({ ...LEAST, ...variables });

test('defaults stand for what is not set', () => {
  const defaults = {
    loginRequest: '/_login',
    keyFiles: ['/signing.json'],
    kid: undefined,
    claims: {
      issuer: 'https://api.example.com/',
      audiences: [],
      lifetime: 3600,
      omitted: [],
      allowed: undefined,
    },
    typ: 'JWT',
    format: 'token',
  };
  expect(read()).toEqual(defaults);
  expect(read({ ...DECLARED, ...LEAST })).toEqual(defaults);
});

test.each([
  ['login_request', '/_login?a=b', { loginRequest: '/_login?a=b' }],
  ['signing_key_file', '/a.json  /b.json', { keyFiles: ['/a.json', '/b.json'] }],
  ['signing_kid', ' key 1 ', { kid: 'key 1' }],
  ['issuer', 'any', { claims: { issuer: undefined } }],
  ['audience', 'a b', { claims: { audiences: ['a', 'b'] } }],
  ['issue_lifetime', '1m', { claims: { lifetime: 60 } }],
  ['issue_lifetime', '1500ms', { claims: { lifetime: 1 } }],
  ['issue_omit', 'jti iat', { claims: { omitted: ['jti', 'iat'] } }],
  ['issue_claims', 'sub exp', { claims: { allowed: ['sub', 'exp'] } }],
  ['issue_typ', 'at+jwt', { typ: 'at+jwt' }],
  ['issue_format', 'oauth', { format: 'oauth' }],
  ['issue_format', 'text', { format: 'text' }],
])('$auth_jwt_%s "%s" is read', (name, value, expected) => {
  expect(read({ [`auth_jwt_${name}`]: value })).toMatchObject(expected);
});

describe('what cannot be understood', () => {
  test.each([
    ['login_request', ''],
    ['login_request', '@login'],
    ['signing_key_file', ''],
    ['signing_key_file', 'signing.json'],
    ['signing_key_file', '/a.json b.json'],
    ['issuer', ''],
    ['issuer', 'https://a/ https://b/'],
    ['issuer', 'any https://b/'],
    ['issue_lifetime', 'long'],
    ['issue_lifetime', '0'],
    ['issue_lifetime', '900ms'],
    ['issue_omit', 'iat,exp'],
    ['issue_omit', 'iss'],
    ['issue_typ', 'at jwt'],
    ['issue_typ', '"JWT"'],
    ['issue_format', 'json'],
  ])('is refused: $auth_jwt_%s "%s"', (name, value) => {
    expect(() => read({ [`auth_jwt_${name}`]: value })).toThrow(
      refused('bad_configuration', `auth_jwt_${name}`),
    );
  });

  test('is not quoted where it may be the key itself', () => {
    const name = 'auth_jwt_signing_key_file';
    expect(() => read({ [name]: '{"kty":"oct","k":"SECRET"}' })).toThrow(
      explained('bad_configuration', name, `$${name} is not set, or is not an absolute path`),
    );
  });
});

test.each([
  ['', 300],
  ['1h', 3600],
  ['0', 0],
  ['500ms', 0],
])('$auth_jwt_publish_cache "%s" is %i seconds', (value, maxAge) => {
  const { auth_jwt_signing_key_file } = LEAST;
  expect(readPublishing({ auth_jwt_signing_key_file, auth_jwt_publish_cache: value })).toEqual({
    keyFiles: ['/signing.json'],
    maxAge,
  });
});

test('publishing needs keys, and a time that is one', () => {
  expect(() => readPublishing({})).toThrow(
    refused('bad_configuration', 'auth_jwt_signing_key_file'),
  );
  expect(() => readPublishing({ ...LEAST, auth_jwt_publish_cache: 'never' })).toThrow(
    refused('bad_configuration', 'auth_jwt_publish_cache'),
  );
});

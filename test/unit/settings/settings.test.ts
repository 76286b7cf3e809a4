import { describe, expect, test } from 'vitest';
import type { NginxVariables } from '../../../src/nginx.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { isSwitchedOff, readSettings } from '../../../src/settings/settings.ts';
import { ALGORITHM_NAMES } from '../../../src/signature/algorithms.ts';
import { DECLARED } from '../../support/fake-request.ts';
import { explained, refused } from '../../support/refusals.ts';

/** The least that a location must say. */
const LEAST = { auth_jwt_issuer: 'https://idp.example.com/', auth_jwt_key_file: '/keys.json' };

const read = (variables: NginxVariables) => readSettings({ ...LEAST, ...variables });

describe('defaults', () => {
  const DEFAULTS = {
    tokenFrom: [{ kind: 'header', name: 'Authorization' }],
    files: ['/keys.json'],
    requests: [],
    algorithms: ALGORITHM_NAMES,
    issuers: ['https://idp.example.com/'],
    audiences: [],
    types: [],
    leeway: 0,
    requireExp: true,
    require: { names: [], error: 401 },
  };

  test('stand for what is not declared', () => {
    expect(readSettings(LEAST)).toEqual(DEFAULTS);
  });

  test('stand for what is declared by auth_jwt.conf and not set', () => {
    expect(readSettings({ ...DECLARED, ...LEAST })).toEqual(DEFAULTS);
  });

  test('stand for what holds white space only', () => {
    const blank = Object.fromEntries(Object.keys(DECLARED).map((name) => [name, ' \t']));
    expect(readSettings({ ...blank, ...LEAST })).toEqual(DEFAULTS);
  });
});

test.each([
  ['auth_jwt_token_from', 'cookie:auth', { tokenFrom: [{ kind: 'cookie', name: 'auth' }] }],
  [
    'auth_jwt_token_from',
    'protocol  query:t',
    { tokenFrom: [{ kind: 'protocol' }, { kind: 'query', name: 't' }] },
  ],
  ['auth_jwt_key_file', '/a.json /b.json', { files: ['/a.json', '/b.json'] }],
  ['auth_jwt_key_request', '/_jwks /_more?x=1', { requests: ['/_jwks', '/_more?x=1'] }],
  ['auth_jwt_algorithms', 'RS256', { algorithms: ['RS256'] }],
  ['auth_jwt_algorithms', ' ES256  EdDSA ', { algorithms: ['ES256', 'EdDSA'] }],
  ['auth_jwt_issuer', 'https://a/ https://b/', { issuers: ['https://a/', 'https://b/'] }],
  ['auth_jwt_issuer', 'any', { issuers: 'any' }],
  ['auth_jwt_issuer', 'Any', { issuers: ['Any'] }],
  ['auth_jwt_audience', 'orders billing', { audiences: ['orders', 'billing'] }],
  ['auth_jwt_audience', 'any', { audiences: ['any'] }],
  ['auth_jwt_leeway', '30s', { leeway: 30 }],
  ['auth_jwt_leeway', '500ms', { leeway: 0.5 }],
  ['auth_jwt_require_exp', 'off', { requireExp: false }],
  ['auth_jwt_require_exp', 'on', { requireExp: true }],
  ['auth_jwt_max_age', '1h', { maxAge: 3600 }],
  ['auth_jwt_max_age', '0', { maxAge: 0 }],
  ['auth_jwt_typ', 'at+jwt', { types: ['at+jwt'] }],
  ['auth_jwt_typ', 'application/AT+JWT JWT', { types: ['at+jwt', 'jwt'] }],
  ['auth_jwt_require', 'jwt_claim_sub', { require: { names: ['jwt_claim_sub'], error: 401 } }],
  ['auth_jwt_require', 'a b error=403', { require: { names: ['a', 'b'], error: 403 } }],
  ['auth_jwt_require', 'error=401 a', { require: { names: ['a'], error: 401 } }],
])('$%s "%s" is read', (name, value, expected) => {
  expect(read({ [name]: value })).toMatchObject(expected);
});

test('keys may come from locations alone', () => {
  expect(read({ auth_jwt_key_file: '', auth_jwt_key_request: '/_jwks' })).toMatchObject({
    files: [],
    requests: ['/_jwks'],
  });
});

describe('what cannot be understood', () => {
  test.each([
    ['auth_jwt_token_from', 'Authorization'],
    ['auth_jwt_token_from', 'header:Authorization body'],
    ['auth_jwt_token_from', '$http_authorization'],
    ['auth_jwt_key_file', 'keys.json'],
    ['auth_jwt_key_file', '/a.json b.json'],
    ['auth_jwt_key_file', '{"keys":[]}'],
    ['auth_jwt_key_request', '@jwks'],
    ['auth_jwt_key_request', 'https://idp.example.com/jwks'],
    ['auth_jwt_key_request', '/_jwks @jwks'],
    ['auth_jwt_algorithms', 'none'],
    ['auth_jwt_algorithms', 'RS256 none'],
    ['auth_jwt_algorithms', 'rs256'],
    ['auth_jwt_algorithms', 'RS256,ES256'],
    ['auth_jwt_algorithms', 'toString'],
    ['auth_jwt_issuer', 'any https://a/'],
    ['auth_jwt_issuer', 'https://a/ any'],
    ['auth_jwt_issuer', 'any any'],
    ['auth_jwt_leeway', '-1s'],
    ['auth_jwt_leeway', '30 seconds'],
    ['auth_jwt_leeway', '1e9'],
    ['auth_jwt_leeway', 'off'],
    ['auth_jwt_require_exp', 'no'],
    ['auth_jwt_require_exp', 'OFF'],
    ['auth_jwt_require_exp', '0'],
    ['auth_jwt_max_age', '1 hour'],
    ['auth_jwt_max_age', 'none'],
    ['auth_jwt_require', '$jwt_claim_sub'],
    ['auth_jwt_require', 'jwt_claim_sub error=500'],
    ['auth_jwt_require', 'error=403'],
    ['auth_jwt_require', 'a-b'],
    ['auth_jwt_key_url', 'https://idp.example.com/jwks'],
    ['auth_jwt_key_discovery', 'on'],
    ['auth_jwt_require_claims', 'role eq admin'],
    ['auth_jwt_scopes', 'read'],
    ['auth_jwt_roles', 'admin'],
    ['auth_jwt_claim_set', 'a b'],
    ['auth_jwt_optional', 'missing'],
    ['auth_jwt_preflight', 'on'],
    ['auth_jwt_mode', 'introspection'],
    ['auth_jwt_introspection_request', '/_introspect'],
    ['auth_jwt_revocation_file', '/revoked'],
    ['auth_jwt_revocation_request', '/_revoked'],
  ])('is a fault of the configuration: $%s "%s"', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(
      explained('bad_configuration', name, expect.stringContaining(`$${name} is "${value}"`)),
    );
  });

  test('is so before a source of keys is looked for', () => {
    expect(() => readSettings({ auth_jwt_roles: 'admin' })).toThrow(
      refused('bad_configuration', 'auth_jwt_roles'),
    );
  });
});

describe('what must be set', () => {
  test.each(['', '  '])('is the issuer: "%s"', (value) => {
    expect(() => read({ auth_jwt_issuer: value })).toThrow(
      explained('bad_configuration', 'auth_jwt_issuer', expect.stringContaining('"any"')),
    );
  });

  test('is a source of keys', () => {
    const both = expect.stringMatching(/\$auth_jwt_key_file.*\$auth_jwt_key_request/);
    expect(() => read({ auth_jwt_key_file: '' })).toThrow(
      explained('bad_configuration', 'auth_jwt_key_file', both),
    );
  });
});

describe('$auth_jwt', () => {
  test.each(['off', ' off '])('%j switches the check off', (value) => {
    expect(isSwitchedOff({ auth_jwt: value })).toBe(true);
  });

  test.each([undefined, '', 'OFF', 'Off', 'on', 'off.', 'closed site', '0', 'false'])(
    '%j does not',
    (value) => {
      expect(isSwitchedOff({ auth_jwt: value })).toBe(false);
    },
  );
});

test('every setting is declared by auth_jwt.conf, or is one that this version does not have', () => {
  const asked = new Set<string>();
  const variables = new Proxy<NginxVariables>(LEAST, {
    get: (target, name) => {
      asked.add(String(name));
      return target[String(name)];
    },
  });
  readSettings(variables);
  const undeclared = [...asked].filter((name) => !(name in DECLARED));
  expect(undeclared.filter((name) => isAccepted(name))).toEqual([]);
});

/** Whether some value of a setting is taken at all. */
function isAccepted(name: string): boolean {
  try {
    read({ [name]: 'on' });
    return true;
  } catch (thrown) {
    return !(isRefusal(thrown) && thrown.explanation.includes('not implemented'));
  }
}

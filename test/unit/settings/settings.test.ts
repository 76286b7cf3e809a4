import { describe, expect, test } from 'vitest';
import { consumersSource, keySource, revocationSource } from '../../../src/keys/source.ts';
import type { NginxVariables } from '../../../src/nginx.ts';
import { POLICY_NAMES } from '../../../src/settings/names.ts';
import { readPolicy } from '../../../src/settings/policy.ts';
import { readSettings, type Settings } from '../../../src/settings/settings.ts';
import type { SettingTexts } from '../../../src/settings/texts.ts';
import { ALGORITHM_NAMES } from '../../../src/signature/algorithms.ts';
import { DECLARED } from '../../support/fake-request.ts';
import { explained, refused } from '../../support/refusals.ts';

/** The least that a location must say. */
const LEAST = { auth_jwt_issuer: 'https://idp.example.com/', auth_jwt_key_file: '/keys.json' };

const read = (variables: NginxVariables) => readPolicy({ ...LEAST, ...variables }) as Settings;

describe('defaults', () => {
  const DEFAULTS = {
    tokenFrom: [{ kind: 'header', name: 'Authorization' }],
    sources: [keySource('file', '/keys.json')],
    keyCache: 600,
    keyStale: 86400,
    keyCooldown: 5,
    algorithms: ALGORITHM_NAMES,
    issuers: ['https://idp.example.com/'],
    audiences: [],
    types: [],
    leeway: 0,
    requireExp: true,
    ignoresBinding: false,
    rules: [],
    scopes: { names: [], isAny: false },
    roles: { names: [], isAny: false },
    rolesPath: ['roles'],
    require: [],
    claimSet: [],
    optional: 'off',
    letsPreflightPass: false,
    hasOnePool: false,
    isReportOnly: false,
  };

  test('stand for what is not declared', () => {
    expect(readPolicy(LEAST)).toEqual(DEFAULTS);
  });

  test('stand for what is declared by auth_jwt.conf and not set', () => {
    expect(readPolicy({ ...DECLARED, ...LEAST })).toEqual(DEFAULTS);
  });

  test('stand for what holds white space only', () => {
    const blank = Object.fromEntries(Object.keys(DECLARED).map((name) => [name, ' \t']));
    expect(readPolicy({ ...blank, ...LEAST })).toEqual(DEFAULTS);
  });
});

test.each([
  ['auth_jwt_token_from', 'cookie:auth', { tokenFrom: [{ kind: 'cookie', name: 'auth' }] }],
  [
    'auth_jwt_token_from',
    'protocol  query:t',
    { tokenFrom: [{ kind: 'protocol' }, { kind: 'query', name: 't' }] },
  ],
  ['auth_jwt_key_cache', '1h', { keyCache: 3600 }],
  ['auth_jwt_key_cache', '0', { keyCache: 1 }],
  ['auth_jwt_key_cache', '500ms', { keyCache: 1 }],
  ['auth_jwt_key_stale', '2d', { keyStale: 172800 }],
  ['auth_jwt_key_stale', '0', { keyStale: 0 }],
  ['auth_jwt_key_cooldown', '500ms', { keyCooldown: 0.5 }],
  ['auth_jwt_algorithms', 'RS256', { algorithms: ['RS256'] }],
  ['auth_jwt_algorithms', ' ES256  EdDSA ', { algorithms: ['ES256', 'EdDSA'] }],
  ['auth_jwt_issuer', 'https://a/ https://b/', { issuers: ['https://a/', 'https://b/'] }],
  ['auth_jwt_issuer', 'any', { issuers: 'any' }],
  ['auth_jwt_issuer', 'Any', { issuers: ['Any'] }],
  ['auth_jwt_audience', 'orders billing', { audiences: ['orders', 'billing'] }],
  ['auth_jwt_audience', 'any', { audiences: ['any'] }],
  ['auth_jwt_binding', 'refuse', { ignoresBinding: false }],
  ['auth_jwt_binding', 'ignore', { ignoresBinding: true }],
  ['auth_jwt_leeway', '30s', { leeway: 30 }],
  ['auth_jwt_leeway', '500ms', { leeway: 0.5 }],
  ['auth_jwt_require_exp', 'off', { requireExp: false }],
  ['auth_jwt_require_exp', 'on', { requireExp: true }],
  ['auth_jwt_max_age', '1h', { maxAge: 3600 }],
  ['auth_jwt_max_age', '0', { maxAge: 0 }],
  ['auth_jwt_typ', 'at+jwt', { types: ['at+jwt'] }],
  ['auth_jwt_typ', 'application/AT+JWT JWT', { types: ['at+jwt', 'jwt'] }],
  ['auth_jwt_require', 'jwt_claim_sub', { require: [{ names: ['jwt_claim_sub'], error: 401 }] }],
  ['auth_jwt_require', 'a b error=403', { require: [{ names: ['a', 'b'], error: 403 }] }],
  ['auth_jwt_require', 'error=401 a', { require: [{ names: ['a'], error: 401 }] }],
  [
    'auth_jwt_require',
    'a b; c error=403',
    {
      require: [
        { names: ['a', 'b'], error: 401 },
        { names: ['c'], error: 403 },
      ],
    },
  ],
  ['auth_jwt_scopes', 'a b:c', { scopes: { names: ['a', 'b:c'], isAny: false } }],
  ['auth_jwt_scopes', 'any:a b', { scopes: { names: ['a', 'b'], isAny: true } }],
  ['auth_jwt_roles', 'any: admin editor', { roles: { names: ['admin', 'editor'], isAny: true } }],
  ['auth_jwt_roles', 'admin', { roles: { names: ['admin'], isAny: false } }],
  ['auth_jwt_roles_claim', 'realm_access.roles', { rolesPath: ['realm_access', 'roles'] }],
  ['auth_jwt_roles_claim', '/https:~1~1a~1roles', { rolesPath: ['https://a/roles'] }],
  [
    'auth_jwt_claim_set',
    'email=user.email Tenant=/https:~1~1a~1t  jwt_claim_roles=a.b',
    {
      claimSet: [
        { variable: 'email', path: ['user', 'email'] },
        { variable: 'tenant', path: ['https://a/t'] },
        { variable: 'jwt_claim_roles', path: ['a', 'b'] },
      ],
    },
  ],
  ['auth_jwt_optional', 'off', { optional: 'off' }],
  ['auth_jwt_optional', 'missing', { optional: 'missing' }],
  ['auth_jwt_optional', 'failed', { optional: 'failed' }],
  ['auth_jwt_preflight', 'check', { letsPreflightPass: false }],
  ['auth_jwt_preflight', 'allow', { letsPreflightPass: true }],
  ['auth_jwt_mode', 'enforce', { isReportOnly: false }],
  ['auth_jwt_mode', 'report', { isReportOnly: true }],
])('$%s "%s" is read', (name, value, expected) => {
  expect(read({ [name]: value })).toMatchObject(expected);
});

describe('sources of keys', () => {
  const sourcesOf = (variables: NginxVariables) =>
    read({ auth_jwt_key_file: '', ...variables }).sources.map(
      ({ kind, location }) => `${kind} ${location}`,
    );

  test.each([
    [{ auth_jwt_key_file: '/a.json  /b.json' }, ['file /a.json', 'file /b.json']],
    [{ auth_jwt_key_request: '/_jwks /_more?x=1' }, ['request /_jwks', 'request /_more?x=1']],
    [{ auth_jwt_key_url: 'https://a/ https://b/x?y' }, ['url https://a/', 'url https://b/x?y']],
    [{ auth_jwt_key_discovery: 'on' }, ['discovery https://idp.example.com/']],
    [
      { auth_jwt_key_discovery: 'on', auth_jwt_issuer: 'https://a https://b/' },
      ['discovery https://a', 'discovery https://b/'],
    ],
  ])('may be of one kind alone: %j', (variables, sources) => {
    expect(sourcesOf(variables)).toEqual(sources);
  });

  test('may be of every kind, in an order that does not change', () => {
    const all = {
      auth_jwt_key_discovery: 'on',
      auth_jwt_key_url: 'https://a/',
      auth_jwt_key_request: '/_jwks',
      auth_jwt_key_file: '/a.json',
    };
    expect(sourcesOf(all)).toEqual([
      'file /a.json',
      'request /_jwks',
      'url https://a/',
      'discovery https://idp.example.com/',
    ]);
  });

  test.each([
    ['auth_jwt_key_url', { auth_jwt_key_url: 'http://a/' }, 'url http://a/'],
    [
      'auth_jwt_issuer',
      { auth_jwt_key_discovery: 'on', auth_jwt_issuer: 'http://idp:8080/x' },
      'discovery http://idp:8080/x',
    ],
  ])(
    'may be reached by http where that is said aloud, and not else: $%s',
    (name, variables, source) => {
      expect(sourcesOf({ ...variables, auth_jwt_insecure_http: 'on' })).toEqual([source]);
      for (const state of ['off', '']) {
        expect(() => sourcesOf({ ...variables, auth_jwt_insecure_http: state })).toThrow(
          explained(
            'bad_configuration',
            name,
            expect.stringContaining('$auth_jwt_insecure_http "on" allows http'),
          ),
        );
      }
    },
  );

  test.each(['idp.example.com', 'joe', 'ftp://idp/', 'urn:idp', 'https://a/ b'])(
    'cannot be discovered where an issuer is no URL: "%s"',
    (issuer) => {
      expect(() => sourcesOf({ auth_jwt_key_discovery: 'on', auth_jwt_issuer: issuer })).toThrow(
        refused('bad_configuration', 'auth_jwt_issuer'),
      );
    },
  );

  test('cannot be discovered where every issuer is accepted', () => {
    expect(() => sourcesOf({ auth_jwt_key_discovery: 'on', auth_jwt_issuer: 'any' })).toThrow(
      refused('bad_configuration', 'auth_jwt_key_discovery'),
    );
  });

  test('are not looked for by discovery where it is off', () => {
    expect(read({ auth_jwt_key_discovery: 'off', auth_jwt_issuer: 'any' }).sources).toHaveLength(1);
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
    ['auth_jwt_key_request', '_jwks'],
    ['auth_jwt_key_request', 'https:///_jwks'],
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
    ['auth_jwt_require', 'a; error=403'],
    ['auth_jwt_require', 'a;'],
    ['auth_jwt_require', 'a; ; b'],
    ['auth_jwt_require', 'a-b'],
    ['auth_jwt_key_url', 'http://idp.example.com/jwks'],
    ['auth_jwt_key_url', 'https://a/ http://b/'],
    ['auth_jwt_key_url', 'HTTPS://a/'],
    ['auth_jwt_key_url', 'ftp://a/'],
    ['auth_jwt_key_url', 'file:///keys.json'],
    ['auth_jwt_key_url', '/_jwks'],
    ['auth_jwt_key_url', 'idp.example.com'],
    ['auth_jwt_key_discovery', 'yes'],
    ['auth_jwt_key_discovery', 'https://idp.example.com/'],
    ['auth_jwt_insecure_http', 'yes'],
    ['auth_jwt_key_cache', 'off'],
    ['auth_jwt_key_cache', '-1'],
    ['auth_jwt_key_stale', 'for ever'],
    ['auth_jwt_key_cooldown', '30 s.'],
    ['auth_jwt_scopes', 'any:'],
    ['auth_jwt_roles', 'any:'],
    ['auth_jwt_roles_claim', 'realm_access..roles'],
    ['auth_jwt_roles_claim', '/a~2b'],
    ['auth_jwt_claim_set', 'a b'],
    ['auth_jwt_claim_set', 'email'],
    ['auth_jwt_claim_set', '=user.email'],
    ['auth_jwt_claim_set', 'email='],
    ['auth_jwt_claim_set', 'email=.a'],
    ['auth_jwt_claim_set', '$email=user.email'],
    ['auth_jwt_claim_set', 'e-mail=user.email'],
    ['auth_jwt_claim_set', 'email=user.email,name'.replace(',', '  ')],
    ['auth_jwt_claim_set', 'auth_jwt_passed=a'],
    ['auth_jwt_claim_set', 'Auth_JWT_issuer=iss'],
    ['auth_jwt_claim_set', 'auth_jwt=iss'],
    ['auth_jwt_claim_set', 'no_auth_reason=a'],
    ['auth_jwt_claim_set', 'jwt_claims=a'],
    ['auth_jwt_claim_set', 'jwt_redacted_uri=a'],
    ['auth_jwt_claim_set', 'jwt_redacted_args=a'],
    ['auth_jwt_claim_set', 'jwt_error_body=a'],
    ['auth_jwt_claim_set', 'jwt_login_location=a'],
    ['auth_jwt_claim_set', 'jwt_unverified_iss=a'],
    ['auth_jwt_optional', 'on'],
    ['auth_jwt_optional', 'Missing'],
    ['auth_jwt_preflight', 'on'],
    ['auth_jwt_mode', 'introspection'],
    ['auth_jwt_mode', 'Report'],
    ['auth_jwt_mode', 'off'],
    ['auth_jwt_login_url', 'login'],
    ['auth_jwt_login_url', '//evil.example/'],
    ['auth_jwt_login_url', '/\\evil.example/'],
    ['auth_jwt_login_url', 'javascript:alert(1)'],
    ['auth_jwt_login_url', 'https:///x'],
    ['auth_jwt_login_url', 'https://a/#x'],
    ['auth_jwt_login_url', 'https://a/\u00fc'],
    ['auth_jwt_resource_metadata', 'http://api.example.com/.well-known/x'],
    ['auth_jwt_resource_metadata', '/.well-known/x'],
    ['auth_jwt_introspection_request', '_introspect'],
    ['auth_jwt_introspection_request', 'https://idp.example.com/introspect'],
    ['auth_jwt_introspection_request', '/_introspect /_other'],
    ['auth_jwt_introspection', 'all'],
    ['auth_jwt_introspection', 'jwt'],
    ['auth_jwt_revocation_file', 'revoked.json'],
    ['auth_jwt_revocation_request', '@revoked'],
    ['auth_jwt_revocation_failure', 'ignore'],
    ['auth_jwt_consumers_file', 'consumers.json'],
    ['auth_jwt_consumers_file', '/a.json /b.json'],
    ['auth_jwt_anonymous_consumer', 'anonymous'],
    ['auth_jwt_maximum_expiration', 'long'],
  ])('is a fault of the configuration: $%s "%s"', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(
      explained('bad_configuration', name, expect.stringContaining(`$${name} is "${value}"`)),
    );
  });
});

test.each([
  ['auth_jwt_login_url', 'https://login.example.com/start?app=orders'],
  ['auth_jwt_login_url', 'http://localhost:8080/login'],
  ['auth_jwt_login_url', '/login'],
  ['auth_jwt_login_url', '/'],
  ['auth_jwt_resource_metadata', 'https://api/.well-known/oauth-protected-resource'],
])('$%s "%s" can be used', (name, value) => {
  expect(() => read({ [name]: value })).not.toThrow();
});

describe('what must be set', () => {
  test.each(['', '  '])('is the issuer: "%s"', (value) => {
    expect(() => read({ auth_jwt_issuer: value })).toThrow(
      explained('bad_configuration', 'auth_jwt_issuer', expect.stringContaining('"any"')),
    );
  });

  test('is a source of keys', () => {
    const all = expect.stringMatching(/\$auth_jwt_key_file.*_request.*_url.*_discovery/);
    expect(() => read({ auth_jwt_key_file: '' })).toThrow(
      explained('bad_configuration', 'auth_jwt_key_file', all),
    );
  });
});

describe('consumers', () => {
  const CONSUMERS = { auth_jwt_consumers_file: '/consumers.json', auth_jwt_key_file: '' };

  test('are the only source of keys', () => {
    expect(read(CONSUMERS)).toMatchObject({
      sources: [consumersSource('/consumers.json', 'iss', false)],
      consumers: { claim: 'iss' },
    });
    expect(() => read({ ...CONSUMERS, auth_jwt_key_file: '/keys.json' })).toThrow(
      refused('bad_configuration', 'auth_jwt_key_file'),
    );
  });

  test('are not introspected', () => {
    expect(() => read({ ...CONSUMERS, auth_jwt_introspection_request: '/_introspect' })).toThrow(
      refused('bad_configuration', 'auth_jwt_introspection_request'),
    );
  });

  test('are found by another claim, and have secrets in base64', () => {
    const more = { auth_jwt_key_claim_name: 'kid', auth_jwt_secret_is_base64: 'on' };
    expect(read({ ...CONSUMERS, ...more })).toMatchObject({
      sources: [consumersSource('/consumers.json', 'kid', true)],
      consumers: { claim: 'kid' },
    });
  });

  test('have one for those who pass unknown, if anybody does', () => {
    const anonymous = { ...CONSUMERS, auth_jwt_anonymous_consumer: 'guest' };
    expect(read({ ...anonymous, auth_jwt_optional: 'failed' })).toMatchObject({
      consumers: { claim: 'iss', anonymous: 'guest' },
    });
    expect(() => read(anonymous)).toThrow(
      refused('bad_configuration', 'auth_jwt_anonymous_consumer'),
    );
  });
});

describe('introspection', () => {
  const ASKED = { auth_jwt_introspection_request: '/_introspect' };

  test('is for those that are no JWT, where there are keys for the others', () => {
    expect(read(ASKED).introspection).toEqual({
      endpoint: '/_introspect',
      server: '  ',
      isForAll: false,
      cache: 60,
    });
    expect(read({ ...ASKED, auth_jwt_introspection: 'all' }).introspection?.isForAll).toBe(true);
  });

  test('is for all, where there are none', () => {
    const alone = { ...ASKED, auth_jwt_key_file: '', auth_jwt_introspection_cache: '5s' };
    expect(read(alone)).toMatchObject({
      sources: [],
      introspection: { endpoint: '/_introspect', isForAll: true, cache: 5 },
    });
    expect(() => read({ ...alone, auth_jwt_introspection: 'opaque' })).toThrow(
      refused('bad_configuration', 'auth_jwt_introspection'),
    );
  });
});

test('revocation lists come from files and internal locations', () => {
  const lists = { auth_jwt_revocation_file: '/a /b', auth_jwt_revocation_request: '/_revoked' };
  expect(read(lists).revocation).toEqual({
    sources: [
      revocationSource('file', '/a'),
      revocationSource('file', '/b'),
      revocationSource('request', '/_revoked', '  '),
    ],
    keyCache: 60,
    keyStale: 600,
    keyCooldown: 0,
    passesWithout: false,
  });
  const more = {
    auth_jwt_revocation_cache: '0',
    auth_jwt_revocation_stale: '0',
    auth_jwt_revocation_failure: 'open',
  };
  expect(read({ ...lists, ...more }).revocation).toMatchObject({
    keyCache: 1,
    keyStale: 0,
    passesWithout: true,
  });
});

describe('two servers with locations of one URI', () => {
  const ASKED = {
    auth_jwt_key_file: '/keys.json',
    auth_jwt_key_request: '/_jwks',
    auth_jwt_revocation_file: '/revoked.json',
    auth_jwt_revocation_request: '/_revoked',
    auth_jwt_introspection_request: '/_introspect',
  };
  const HERE = { server_name: 'a.example', server_addr: '10.0.0.1', server_port: '443' };
  const namesIn = (server: Record<string, string>) => {
    const { sources, revocation, introspection } = read({ ...ASKED, ...server });
    const all = [...sources, ...(revocation?.sources ?? [])];
    const [files, requests] = ['file', 'request'].map((wanted) =>
      all.filter(({ kind }) => kind === wanted).map(({ id }) => id),
    );
    return { files, local: [...(requests ?? []), introspection?.server] };
  };

  test.each([
    { server_name: 'b.example' },
    { server_name: '' },
    { server_addr: '10.0.0.2' },
    { server_port: '8443' },
    { auth_jwt_server_id: 'b' },
    { auth_jwt_server_id: 'half a character \ud800' },
  ])('share files, and nothing else: %j', (other) => {
    const [one, two] = [namesIn(HERE), namesIn({ ...HERE, ...other })];
    expect(two.files).toEqual(one.files);
    expect(one.local).toHaveLength(3);
    expect(two.local.filter((name) => one.local.includes(name))).toEqual([]);
    expect(namesIn({ ...HERE })).toEqual(one);
  });

  test('an id and a URI are never those of another server together', () => {
    const ids = [
      ['a', '/b/_jwks'],
      ['a/b', '/_jwks'],
      ['a"/b', '/_jwks'],
    ].map(([auth_jwt_server_id = '', auth_jwt_key_request = '']) => {
      const { sources } = read({ ...ASKED, ...HERE, auth_jwt_server_id, auth_jwt_key_request });
      return sources.map(({ id }) => id).join('\n');
    });
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('$auth_jwt', () => {
  test.each(['off', ' off '])('%j switches the check off', (value) => {
    expect(readPolicy({ auth_jwt: value, auth_jwt_leeway: 'nonsense' })).toBe('off');
  });

  test.each([undefined, '', 'OFF', 'Off', 'on', 'off.', 'closed site', '0', 'false'])(
    '%j does not',
    (value) => {
      const variables = value === undefined ? {} : { auth_jwt: value };
      expect(read(variables)).toMatchObject({ keyCache: 600 });
    },
  );
});

test('nothing is asked for but the settings that are collected', () => {
  const asked = new Set<string>();
  const ask = (texts: SettingTexts) =>
    readSettings(
      new Proxy<SettingTexts>(
        { auth_jwt_issuer: LEAST.auth_jwt_issuer, ...texts },
        {
          get: (target, name) => {
            asked.add(String(name));
            return target[String(name)];
          },
        },
      ),
    );
  ask({ auth_jwt_consumers_file: '/consumers.json', auth_jwt_max_age: '1h' });
  ask({
    auth_jwt_introspection_request: '/_introspect',
    auth_jwt_revocation_file: '/revoked.json',
    auth_jwt_maximum_expiration: '1d',
  });
  expect([...asked].filter((name) => !POLICY_NAMES.includes(name))).toEqual([]);
  expect(asked.size).toBe(POLICY_NAMES.length);
});

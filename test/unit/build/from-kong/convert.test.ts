import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KongError } from '../../../../build/from-kong/findings.mjs';
import { convertKong, DOCUMENT_KEY, kongYml, MADE_UP_ID } from '../../../support/kong.ts';

/** The lines of a location, without indent. */
function locationOf(conf: string, head: string): string[] {
  const lines = conf.split('\n').map((line) => line.trim());
  const start = lines.indexOf(`location ${head} {`);
  expect(start, `location ${head} in ${conf}`).toBeGreaterThan(0);
  const end = lines.findIndex(
    (line, at) => at > start && (line === '' || (line === '}' && lines[at + 1] === '')),
  );
  return lines.slice(start + 1, end);
}

const settingsOf = (text: string) =>
  locationOf(convertKong(text).conf, '= /_kong_jwt_1').filter((line) => line.startsWith('set '));

const consumersOf = (text: string) => JSON.parse(convertKong(text).consumers).consumers;

function faultsOf(text: string): readonly string[] {
  try {
    convertKong(text);
  } catch (error) {
    expect(error).toBeInstanceOf(KongError);
    return (error as KongError).faults;
  }
  return [];
}

const pemOf = (type: 'rsa' | 'ec', options: object) =>
  generateKeyPairSync(
    type as 'rsa',
    {
      ...options,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    } as never,
  ) as unknown as { publicKey: string; privateKey: string };

const credential = (algorithm: string, pem: string) =>
  kongYml(`jwt_secrets:
- consumer: alice
  key: her-key
  algorithm: ${algorithm}
  rsa_public_key: ${JSON.stringify(pem)}`);

describe('consumers', () => {
  test('nested and flat credentials come together, whatever they refer by', () => {
    const consumers = consumersOf(
      kongYml(`- id: 22222222-2222-4222-8222-222222222222
  custom_id: b
jwt_secrets:
- consumer: alice
  key: second
  secret: a-secret-that-is-long-enough-for-hmac
- consumer: { username: alice }
  key: third
  algorithm: HS512
  secret: a-secret-that-is-long-enough-for-hmac
- consumer: { id: 22222222-2222-4222-8222-222222222222 }
  key: fourth
  secret: a-secret-that-is-long-enough-for-hmac`),
    );
    expect(consumers).toMatchObject([
      {
        id: '11111111-1111-4111-8111-111111111111',
        username: 'alice',
        jwt_secrets: [
          { key: 'alice-key', algorithm: 'HS256' },
          { key: 'second', algorithm: 'HS256' },
          { key: 'third', algorithm: 'HS512' },
        ],
      },
      { custom_id: 'b', jwt_secrets: [{ key: 'fourth' }] },
    ]);
  });

  test('what Kong makes up is made up, and said', () => {
    const { consumers, notes } = convertKong(kongYml('- username: bob\n  jwt_secrets: [{}]'));
    expect(JSON.parse(consumers).consumers[1]).toEqual({
      id: MADE_UP_ID,
      username: 'bob',
      jwt_secrets: [{ key: DOCUMENT_KEY, algorithm: 'HS256', secret: DOCUMENT_KEY }],
    });
    expect(notes.join('\n')).toMatch(/bob has no id.*\n.*of bob has no key.*\n.*has no secret/);
  });

  test.each([
    ['RS256', 'rsa', { modulusLength: 2048 }, { kty: 'RSA' }],
    ['PS512', 'rsa', { modulusLength: 2048 }, { kty: 'RSA' }],
    ['ES256', 'ec', { namedCurve: 'P-256' }, { kty: 'EC', crv: 'P-256' }],
    ['ES384', 'ec', { namedCurve: 'P-384' }, { kty: 'EC', crv: 'P-384' }],
    ['ES512', 'ec', { namedCurve: 'P-521' }, { kty: 'EC', crv: 'P-521' }],
  ] as const)('a public key for %s becomes a JWK', (algorithm, type, options, expected) => {
    const { jwk } = consumersOf(credential(algorithm, pemOf(type, options).publicKey))[0]
      .jwt_secrets[1];
    expect(jwk).toMatchObject(expected);
    expect(Object.keys(jwk)).not.toContain('d');
  });

  test.each([
    [
      'a key of another kind',
      'ES256',
      pemOf('rsa', { modulusLength: 2048 }).publicKey,
      'is no key for ES256: P-256 is needed',
    ],
    [
      'another curve',
      'ES256',
      pemOf('ec', { namedCurve: 'P-384' }).publicKey,
      'is no key for ES256',
    ],
    [
      'a private key',
      'ES256',
      pemOf('ec', { namedCurve: 'P-256' }).privateKey,
      'is no public key in PEM',
    ],
    ['no PEM', 'RS256', 'PUBLIC KEY-----', 'is no public key in PEM'],
    ['an algorithm that is none', 'none', 'x', 'algorithm: must be one of HS256'],
  ])('%s is a fault', (_what, algorithm, pem, fault) => {
    const [first = ''] = faultsOf(credential(algorithm, pem));
    expect(first).toContain(fault);
    expect(first).toMatch(/^line \d+: jwt_secrets\[0\]\./);
  });

  test('weak secrets and keys are warned of, and secrets are never shown', () => {
    const weak = pemOf('rsa', { modulusLength: 1024 }).publicKey;
    const { warnings } = convertKong(
      `${credential('RS256', weak)}\n- consumer: alice\n  key: third\n  secret: hunter2`,
    );
    expect(warnings).toEqual([
      expect.stringMatching(/jwt_secrets\[0\]\.rsa_public_key: has 1024 bits.*will be refused$/),
      expect.stringMatching(/jwt_secrets\[1\]\.secret: has 7 bytes.*will be refused$/),
    ]);
    expect(warnings.join()).not.toContain('hunter2');
  });

  test('a secret counts as what the plugins take it for', () => {
    const config = '      secret_is_base64: true';
    const secret = Buffer.alloc(31).toString('base64');
    const more = `jwt_secrets: [{ consumer: alice, key: b, secret: "${secret}" }]`;
    const own = 'a-secret-that-is-long-enough-for-hmac';
    const text = kongYml(more, config).replace(own, Buffer.alloc(32).toString('base64'));
    expect(convertKong(text).warnings).toEqual([expect.stringContaining('has 31 bytes')]);
    expect(faultsOf(kongYml('', config).replace(own, 'not base64!'))).toEqual([
      expect.stringMatching(/secret: is no base64, and/),
    ]);
  });

  test('a weak secret that one plugin takes for text and another for base64 is a fault all the same', () => {
    const plugin = (base64: boolean) => `- name: jwt
  route: ${base64 ? 'more' : 'all-orders'}
  config: { secret_is_base64: ${base64} }`;
    const text = kongYml('jwt_secrets: [{ consumer: alice, key: b, secret: "too short" }]')
      .replace(/- name: jwt[\s\S]*?kid/, `${plugin(false)}\n${plugin(true)}`)
      .replace('plugins:', '- { name: more, service: orders, paths: [/more] }\nplugins:')
      .replace('a-secret-that-is-long-enough-for-hmac', Buffer.alloc(32).toString('base64'));
    expect(faultsOf(text)).toEqual([expect.stringMatching(/secret: is no base64, and/)]);
  });
});

describe('a policy', () => {
  test('has the defaults of Kong', () => {
    expect(settingsOf(kongYml('', '      {}'))).toEqual([
      'set $auth_jwt_consumers_file /etc/nginx/kong/consumers.json;',
      'set $auth_jwt_issuer any;',
      'set $auth_jwt_token_from "header:authorization query:jwt";',
      'set $auth_jwt_key_claim_name iss;',
      'set $auth_jwt_require_exp off;',
    ]);
  });

  test('has every setting of the plugin', () => {
    const config = `      realm: my realm
      header_names: [authorization, x-token]
      uri_param_names: []
      cookie_names: [session]
      key_claim_name: azp
      secret_is_base64: true
      claims_to_verify: [exp, nbf]
      maximum_expiration: 3600
      anonymous: alice
      run_on_preflight: false`;
    const text = kongYml('', config).replace(/a-secret\S+/, Buffer.alloc(32).toString('base64'));
    expect(settingsOf(text)).toEqual([
      'set $auth_jwt "my realm";',
      'set $auth_jwt_consumers_file /etc/nginx/kong/consumers.json;',
      'set $auth_jwt_issuer any;',
      'set $auth_jwt_token_from "header:authorization header:x-token cookie:session";',
      'set $auth_jwt_key_claim_name azp;',
      'set $auth_jwt_secret_is_base64 on;',
      'set $auth_jwt_require_exp on;',
      'set $auth_jwt_require_claims "nbf ge 0";',
      'set $auth_jwt_maximum_expiration 3600s;',
      'set $auth_jwt_optional failed;',
      'set $auth_jwt_anonymous_consumer 11111111-1111-4111-8111-111111111111;',
      'set $auth_jwt_preflight allow;',
    ]);
  });

  test('is written once for plugins that are alike, and stands in the location for js_access', () => {
    const more = `- username: x\nservices_: []`;
    const text = kongYml(more).replace('paths: [/orders]', 'paths: [/orders, /more]');
    const { conf } = convertKong(text);
    expect(conf.match(/location = \/_kong_jwt_/g)).toHaveLength(1);
    expect(conf.match(/auth_request \/_kong_jwt_1;/g)).toHaveLength(2);
    const direct = convertKong(text, { door: 'enforceJwt' }).conf;
    expect(direct).not.toMatch(/_kong_jwt_|auth_request/);
    expect(locationOf(direct, '/more')).toEqual(
      expect.arrayContaining([
        'set $auth_jwt_key_claim_name kid;',
        'js_access auth_jwt.enforceJwt;',
      ]),
    );
  });

  test('says what is stricter than Kong', () => {
    expect(convertKong(kongYml()).notes.join()).toContain('accepts expired tokens');
    const both = '      claims_to_verify: [exp, nbf]';
    expect(convertKong(kongYml('', both)).notes).toEqual([]);
  });

  test.each([
    ['realm: "off"', 'realm: this realm cannot'],
    ['realm: " off "', 'realm: this realm cannot'],
    ['realm: a"b', 'realm: this realm cannot'],
    ['realm: $host', 'realm: this realm cannot'],
    ['key_claim_name: "a$b"', 'key_claim_name: this name cannot'],
    ['key_claim_name: ""', 'key_claim_name: this name cannot'],
    ['key_claim_name: 5', 'key_claim_name: must be a text'],
    ['header_names: ["a b"]', 'header_names[0]: this name cannot'],
    ['cookie_names: ["a; set $auth_jwt off"]', 'cookie_names[0]: this name cannot'],
    ['cookie_names: session', 'cookie_names: must be a list'],
    ['{ header_names: [], uri_param_names: [] }', 'no place where a token could stand'],
    ['claims_to_verify: [aud]', 'claims_to_verify[0]: must be exp or nbf'],
    ['maximum_expiration: 60', 'with exp in claims_to_verify'],
    ['{ claims_to_verify: [exp], maximum_expiration: -1 }', 'maximum_expiration: must be'],
    ['anonymous: nobody', 'anonymous: there is nothing of this name'],
    ['secret_is_base64: "yes"', 'secret_is_base64: must be true or false'],
    ['realm: "{vault://env/realm}"', 'is a reference to a value that is not in the file'],
  ])('%s is a fault', (config, fault) => {
    const [first = '', ...others] = faultsOf(kongYml('', `      ${config}`));
    expect(first).toContain(fault);
    expect(first).toMatch(/^line \d+: plugins\[0\]\.config/);
    expect(others).toEqual([]);
  });
});

describe('which plugin counts', () => {
  const file = (plugins: string) => `_format_version: "3.0"
services:
- name: a
  host: a.example
  routes:
  - name: one
    paths: [/one]
  - name: two
    paths: [/two]
- name: b
  host: b.example
  routes:
  - name: three
    paths: [/three]
plugins:
${plugins}`;
  const realmsOf = (plugins: string) => {
    const { conf } = convertKong(file(plugins), { door: 'enforceJwt' });
    return ['/one', '/two', '/three'].map((path) => {
      const lines = locationOf(conf, path);
      const isChecked = lines.includes('js_access auth_jwt.enforceJwt;');
      const realm = lines.find((line) => line.startsWith('set $auth_jwt '))?.slice(14, -1);
      expect(isChecked).toBe(realm !== undefined);
      return realm;
    });
  };
  const jwt = (realm: string, more = '') => `- { name: jwt, config: { realm: ${realm} }${more} }\n`;

  test.each([
    ['nothing', '- { name: jwt, enabled: false }', [undefined, undefined, undefined]],
    ['everywhere', jwt('all'), ['all', 'all', 'all']],
    ['a service', jwt('s', ', service: a'), ['s', 's', undefined]],
    ['a route', jwt('r', ', route: { name: two }'), [undefined, 'r', undefined]],
    [
      'the closest',
      jwt('all') + jwt('s', ', service: a') + jwt('r', ', route: two'),
      ['s', 'r', 'all'],
    ],
    [
      'one that is switched off does not count',
      jwt('all') + jwt('r', ', route: two, enabled: false'),
      ['all', 'all', 'all'],
    ],
    [
      'of both',
      jwt('r', ', route: two') + jwt('b', ', route: two, service: a'),
      [undefined, 'b', undefined],
    ],
  ])('%s', (_what, plugins, realms) => {
    expect(realmsOf(plugins)).toEqual(realms);
  });

  test('two in one place are a fault', () => {
    expect(faultsOf(file(jwt('a') + jwt('b')))).toEqual([
      expect.stringContaining('plugins[1]: there is another jwt plugin in the same place'),
    ]);
  });

  test('nested ones count like flat ones', () => {
    const text = `_format_version: "1.1"
services:
- name: a
  host: a.example
  plugins: [{ name: jwt }]
  routes:
  - paths: [/one]
    plugins: [{ name: jwt, config: { realm: r } }]
  - paths: [/two]
`;
    const { conf } = convertKong(text);
    expect(locationOf(conf, '/one')).toContain('auth_request /_kong_jwt_1;');
    expect(locationOf(conf, '/two')).toContain('auth_request /_kong_jwt_2;');
  });

  test('other plugins are warned of, and where one may keep people out, it keeps everybody out', () => {
    const { conf, warnings } = convertKong(
      file(`- { name: rate-limiting }
- { name: key-auth, service: a }
- { name: acl, route: three, enabled: false }
- { name: our-own-check, route: three }`),
    );
    expect(warnings).toEqual([
      expect.stringContaining('plugins[0]: the plugin rate-limiting is not carried over'),
      expect.stringContaining('plugins[1]: the plugin key-auth has no counterpart'),
      expect.stringContaining('plugins[3]: the plugin our-own-check has no counterpart'),
    ]);
    for (const [path, name] of [
      ['/one', 'key-auth'],
      ['/two', 'key-auth'],
      ['/three', 'our-own-check'],
    ] as const) {
      const lines = locationOf(conf, path).join('\n');
      expect(lines).toMatch(/^# The plugin .* stood here.*\ndeny all;$/m);
      expect(lines).toContain(name);
      expect(lines).not.toContain('rate-limiting');
    }
    expect(locationOf(convertKong(file('- { name: rate-limiting }')).conf, '/one')).not.toContain(
      'deny all;',
    );
  });
});

// With a warning only, all that these had answered went on to the service, and what they had taken out of it, too.
describe('plugins that stand in the place of the service, or change what it gets', () => {
  const file = (plugin: object, config: object = {}) =>
    JSON.stringify({
      _format_version: '3.0',
      _plugin_configs: { shared: config },
      services: [{ host: 'a.example', routes: [{ paths: ['/one'], plugins: [plugin] }] }],
    });

  test.each([
    ...['aws-lambda', 'azure-functions', 'openwhisk', 'mocking', 'forward-proxy', 'kafka-upstream'],
    ...['confluent', 'degraphql', 'grpc-gateway', 'grpc-web', 'websocket-validator', 'ai-proxy'],
    ...[
      'route-by-header',
      'route-transformer-advanced',
      'request-transformer',
      'jq',
      'exit-transformer',
    ],
    ...['request-transformer-advanced', 'response-transformer', 'response-transformer-advanced'],
    ...['standard-webhooks', 'acme', 'pre-function', 'constructor', '__proto__'],
  ])('%s lets nothing pass', (name) => {
    const { conf, warnings } = convertKong(file({ name }));
    expect(locationOf(conf, '/one')).toContain('deny all;');
    expect(warnings).toEqual([expect.stringContaining(`the plugin ${name} has no counterpart`)]);
  });

  test.each([
    ['request-termination', {}, 'return 503 "{\\"message\\":\\"Service unavailable\\"}";'],
    [
      'request-termination',
      { status_code: 403, message: 'No' },
      'return 403 "{\\"message\\":\\"No\\"}";',
    ],
    ['redirect', { location: 'https://b.example/c?d=e' }, 'return 301 "https://b.example/c?d=e";'],
    [
      'redirect',
      { location: 'http://b.example', status_code: 308 },
      'return 308 "http://b.example";',
    ],
  ])('%s %j answers as in Kong', (name, config, answer) => {
    for (const text of [file({ name, config }), file({ name, _config: 'shared' }, config)]) {
      const { conf, warnings } = convertKong(text);
      expect(locationOf(conf, '/one')).toEqual([answer]);
      expect(warnings).toEqual([]);
    }
  });

  test.each([
    ['request-termination', { trigger: 'x-stop' }],
    ['request-termination', { echo: true }],
    ['request-termination', { body: '<a>', content_type: 'text/html' }],
    ['request-termination', { message: '$uri' }],
    ['request-termination', { status_code: 444, message: 'x' }],
    ['request-termination', { status_code: 302, message: 'x' }],
    ['request-termination', { status_code: 199, message: 'x' }],
    ['request-termination', { status_code: 418 }],
    ['redirect', { location: 'https://b.example', keep_incoming_path: true }],
    ['redirect', { location: 'https://b.example/$request_uri' }],
    ['redirect', { location: '/x' }],
    ['redirect', { location: 'https://b.example', status_code: 200 }],
    ['redirect', {}],
  ])('%s %j lets nothing pass', (name, config) => {
    const { conf } = convertKong(file({ name, config }));
    expect(locationOf(conf, '/one')).toContain('deny all;');
    expect(conf).not.toMatch(/return (?!404 \$kong|401 \$kong|500 )/);
  });
});

// Left out, their requests went on to other routes.
describe('routes without a service', () => {
  const file = (plugins: object[]) =>
    JSON.stringify({
      _format_version: '3.0',
      services: [{ host: 'a.example', routes: [{ paths: ['/'] }] }],
      routes: [{ name: 'alone', paths: ['/one'], plugins }],
    });

  test('keep their requests where a plugin answers in the place of one', () => {
    const closed = locationOf(convertKong(file([{ name: 'aws-lambda' }])).conf, '/one');
    expect(closed).toEqual([expect.stringMatching(/^# The plugin aws-lambda stood/), 'deny all;']);
    const answer = locationOf(convertKong(file([{ name: 'request-termination' }])).conf, '/one');
    expect(answer).toEqual([expect.stringMatching(/^return 503 /)]);
  });

  test('are left out where none does, and a fault where they are protected', () => {
    expect(convertKong(file([])).warnings).toEqual([
      expect.stringContaining('this route is left out: its service is missing'),
    ]);
    expect(faultsOf(file([{ name: 'jwt' }]))).toEqual([
      expect.stringContaining('protected, and cannot be carried over: its service is missing'),
    ]);
  });
});

// What stands below a consumer was once left out with a warning, and let in whom it had kept out.
describe('plugins of consumers, and of groups of them', () => {
  const file = (whose: object) =>
    JSON.stringify({
      _format_version: '3.0',
      services: [{ name: 'a', host: 'a.example', routes: [{ paths: ['/one'] }] }],
      consumers: [{ username: 'bob' }],
      consumer_groups: [{ name: 'gold' }],
      ...whose,
    });
  const places = (plugin: object): [string, string][] => [
    ['flat', file({ plugins: [{ ...plugin, consumer: 'bob' }] })],
    ['below a consumer', file({ consumers: [{ username: 'bob', plugins: [plugin] }] })],
    ['flat, of a group', file({ plugins: [{ ...plugin, consumer_group: 'gold' }] })],
    ['below a group', file({ consumer_groups: [{ name: 'gold', plugins: [plugin] }] })],
  ];

  test.each(places({ name: 'request-termination' }))('%s: keeps everybody out', (_what, text) => {
    const { conf, warnings } = convertKong(text);
    expect(locationOf(conf, '/one')).toContain('deny all;');
    expect(warnings.join('\n')).toMatch(
      /plugins\[0\]: the plugin request-termination has no counterpart: where it counts, nobody/,
    );
  });

  test.each(places({ name: 'rate-limiting' }))(
    '%s: one that lets pass is left out',
    (_what, text) => {
      const { conf, warnings } = convertKong(text);
      expect(locationOf(conf, '/one')).not.toContain('deny all;');
      expect(warnings.join('\n')).toMatch(
        /plugins\[0\]: the plugin rate-limiting is not carried over/,
      );
    },
  );

  test.each(places({ name: 'request-termination', enabled: false }))(
    '%s: one that is switched off does not count',
    (_what, text) => {
      expect(locationOf(convertKong(text).conf, '/one')).not.toContain('deny all;');
    },
  );

  test.each(places({ name: 'jwt' }))('%s: the jwt plugin is a fault', (_what, text) => {
    expect(faultsOf(text)).toEqual([
      expect.stringMatching(/plugins\[0\]: a jwt plugin cannot be for one consumer/),
    ]);
  });

  test('one below a consumer counts where it says', () => {
    const plugin = { name: 'request-termination', route: 'two' };
    const { conf } = convertKong(
      file({
        consumers: [{ username: 'bob', plugins: [plugin] }],
        routes: [{ name: 'two', service: 'a', paths: ['/two'] }],
      }),
    );
    expect(locationOf(conf, '/two')).toContain('deny all;');
    expect(locationOf(conf, '/one')).not.toContain('deny all;');
  });
});

// decK puts these together before Kong sees them. Left out, the policy was laxer than the one of Kong.
describe('what decK shares between entities', () => {
  const SHARED = {
    key_claim_name: 'kid',
    claims_to_verify: ['exp', 'nbf'],
    maximum_expiration: 3600,
  };
  const file = (plugin: object, more: object = {}) =>
    JSON.stringify({
      _format_version: '3.0',
      _plugin_configs: { strict: SHARED },
      services: [
        { host: 'a', routes: [{ paths: ['/one'], plugins: [{ name: 'jwt', ...plugin }] }] },
      ],
      ...more,
    });

  test('a configuration of several plugins counts for each', () => {
    const text = file({ _config: 'strict' });
    expect(settingsOf(text)).toEqual(settingsOf(file({ config: SHARED })));
    expect(settingsOf(text)).toContain('set $auth_jwt_maximum_expiration 3600s;');
    expect(convertKong(text).warnings).toEqual([]);
  });

  test('what a plugin says itself goes before it, even where it is null', () => {
    const config = { maximum_expiration: 60, key_claim_name: null };
    const settings = settingsOf(file({ _config: 'strict', config }));
    expect(settings).toEqual(settingsOf(file({ config: { ...SHARED, ...config } })));
    expect(settings).toContain('set $auth_jwt_key_claim_name iss;');
  });

  test.each([
    ['one that is not there', { _config: 'other' }, /_config: there is nothing of this name/],
    ['one with a name of JavaScript', { _config: '__proto__' }, /_config: there is nothing/],
    ['one that is no text', { _config: 5 }, /_config: must be a text/],
  ])('%s is a fault', (_what, plugin, fault) => {
    expect(faultsOf(file(plugin))).toEqual([expect.stringMatching(fault)]);
  });

  test('a fault in it is told where the plugin stands, and what is unknown is warned of', () => {
    const shared = (config: object) => file({ _config: 'x' }, { _plugin_configs: { x: config } });
    expect(faultsOf(shared({ realm: 'off' }))).toEqual([
      expect.stringMatching(/plugins\[0\]\.config\.realm: this realm cannot/),
    ]);
    expect(convertKong(shared({ more: 1 })).warnings).toEqual([
      expect.stringMatching(/plugins\[0\]\.config\.more: is not carried over/),
    ]);
  });

  test.each(['route', 'service', 'upstream'])('defaults for each %s are a fault', (kind) => {
    const info = (defaults: object) => file({}, { _info: { select_tags: ['a'], defaults } });
    expect(faultsOf(info({ [kind]: { path: '/v1' } }))).toEqual([
      expect.stringMatching(
        new RegExp(`_info\\.defaults\\.${kind}: defaults are not carried over`),
      ),
    ]);
    expect(faultsOf(info({ [kind]: {} }))).toEqual([]);
    expect(faultsOf(info({}))).toEqual([]);
  });
});

describe('answers', () => {
  const answerTo = (state: string) => {
    const { conf } = convertKong(kongYml());
    const map = conf.slice(conf.indexOf('$kong_answer {'), conf.indexOf('}\n'));
    const rows = [...map.matchAll(/^ {4}(\S+) "(.*)";$/gm)].map(([, from = '', to = '']) => [
      from.replaceAll('"', ''),
      to.replaceAll('\\"', '"'),
    ]);
    // As nginx looks them up: what is equal, then the first pattern that matches.
    const [, answer] =
      rows.find(([from]) => from === state) ??
      rows.find(([from = '']) => from.startsWith('~') && new RegExp(from.slice(1)).test(state)) ??
      rows.find(([from]) => from === 'default') ??
      [];
    return answer;
  };

  test.each([
    ['empty_token:', '{"message":"Unauthorized"}'],
    ['unknown_key:kid', `{"message":"No credentials found for given '$auth_jwt_key_claim_name'"}`],
    // The credential is there, and Kong would say that the signature is wrong.
    ['unknown_key:unusable', '{"message":"Invalid signature"}'],
    ['bad_signature:signature', '{"message":"Invalid signature"}'],
  ])('%s: %s', (state, answer) => {
    expect(answerTo(state)).toBe(answer);
  });
});

// Whoever has seen the template could sign with it.
describe('what stands in the place of a secret', () => {
  const withSecret = (secret: string) =>
    kongYml().replace('a-secret-that-is-long-enough-for-hmac', () => JSON.stringify(secret));

  test.each([
    ...[`\${SECRET_OF_ALICE_AND_MORE_TO_BE_LONG}`, `x-\${SECRET}-which-is-long-enough-for-hmac`],
    ...['$(cat /run/secrets/the-secret-of-alice)', '%SECRET_OF_ALICE_WHICH_IS_LONG_ENOUGH%'],
    ...['<the secret of alice, 32 characters or more>', '{{ .Values.secretOfAliceWhichIsLong }}'],
    ...['$SECRET_OF_ALICE_WHICH_IS_LONG_ENOUGH', '__SECRET_OF_ALICE_WHICH_IS_LONG_ENOUGH__'],
    ...['@SECRET_OF_ALICE_WHICH_IS_LONG_ENOUGH@', `\${{ env "DECK_SECRET_OF_ALICE_IS_LONG" }}`],
    '{vault://env/secret-of-alice-and-more}',
  ])('%s is a fault, with its line', (secret) => {
    expect(faultsOf(withSecret(secret))).toEqual([
      expect.stringMatching(
        /^line \d+: consumers\[0\]\.jwt_secrets\[0\]\.secret: .*; write the value$/,
      ),
    ]);
  });

  test('in the place of a key, too', () => {
    for (const member of ['key', 'rsa_public_key']) {
      const more = `jwt_secrets:\n- { consumer: alice, secret: x, ${member}: "\${ISSUER}" }`;
      expect(faultsOf(kongYml(more))).toEqual([
        expect.stringMatching(new RegExp(`jwt_secrets\\[0\\]\\.${member}: a placeholder`)),
      ]);
    }
  });

  test.each(['changeme-changeme-changeme-changeme', 'your-secret-your-secret-your-secret-x'])(
    '%s is warned of',
    (secret) => {
      const { warnings } = convertKong(withSecret(secret));
      expect(warnings).toEqual([expect.stringMatching(/\.secret: looks like an example/)]);
      expect(warnings.join()).not.toContain(secret);
    },
  );

  test.each(['5%3F<{$a}>(}x)$5{%%y__zz@@-long-enough-for', '%2F/and%more-long-enough-for-hmac'])(
    '%s is a secret',
    (secret) => {
      expect(convertKong(withSecret(secret)).warnings).toEqual([]);
    },
  );
});

describe('what is no such file', () => {
  test.each([
    ['no YAML', 'a: [b', /^line \d+: not well-formed YAML \(/],
    [
      'a key that stands twice',
      '_format_version: "3.0"\nservices: []\nservices: []',
      /^line 3: the same key stands twice/,
    ],
    ['two documents', 'a: 1\n---\nb: 2', /^line \d+: not well-formed YAML/],
    ['a tag', 'a: !vault x', /^line 1: not well-formed YAML/],
    ['nothing', '', /^line 1: this is no declarative configuration/],
    ['a list', '- a', /^line 1: this is no declarative configuration/],
    [
      'another version',
      '_format_version: "4.0"',
      /^line 1: _format_version: must be one of 1.1, 2.1, 3.0/,
    ],
    ['no version', 'services: []', /_format_version: must be one of/],
    ['no list', '_format_version: "3.0"\nservices: x', /^line 2: services: must be a list/],
    [
      'no mapping',
      '_format_version: "3.0"\nservices: [x]',
      /^line 2: services\[0\]: must be a mapping/,
    ],
    [
      'an unknown consumer',
      kongYml('jwt_secrets: [{ consumer: eve, key: x }]'),
      /jwt_secrets\[0\]\.consumer: there is nothing of this name/,
    ],
    [
      'a credential of nobody',
      kongYml('jwt_secrets: [{ key: x }]'),
      /jwt_secrets\[0\]: does not say whose it is/,
    ],
    [
      'an unknown service',
      kongYml().replace('service: orders', 'service: other'),
      /^line 7: routes\[0\]\.service: there is nothing/,
    ],
    [
      'an unknown route',
      kongYml().replace('route: all-orders', 'route: other'),
      /plugins\[0\]\.route: there is nothing/,
    ],
    [
      'a plugin for one consumer',
      kongYml().replace('  route: all-orders', '  consumer: alice'),
      /cannot be for one consumer/,
    ],
    [
      'a key that two have',
      kongYml('jwt_secrets: [{ consumer: alice, key: alice-key }]'),
      /jwt_secrets\[0\]\.key: is the key of another/,
    ],
    [
      'a name that two have',
      kongYml('- username: alice'),
      /consumers\[1\]: has the name or the id of another/,
    ],
    [
      'a secret that is elsewhere',
      kongYml().replace(/a-secret\S+/, '"{vault://env/secret-of-alice-and-more}"'),
      /secret: is a reference/,
    ],
    [
      'a secret of another type',
      kongYml().replace(/a-secret\S+/, '12345678901234567890123456789012'),
      /secret: must be a text/,
    ],
    [
      'an empty name',
      kongYml().replace('username: alice', 'username: ""'),
      /username: must not be empty/,
    ],
  ])('%s', (_what, text, fault) => {
    const faults = faultsOf(text);
    expect(faults.join('\n')).toMatch(fault);
    expect(faults).toHaveLength(1);
    expect(faults.join()).not.toMatch(/a-secret|secret-of/);
  });

  test('all faults are told at once', () => {
    expect(faultsOf(kongYml('', '      { realm: "off", header_names: x }'))).toHaveLength(2);
  });

  test('aliases are followed', () => {
    const text = kongYml()
      .replace('{ paths: x }', '')
      .replace('config:', 'config: &c')
      .concat('\nx-more: 1');
    expect(convertKong(text).warnings).toEqual([
      expect.stringContaining('x-more: is not carried over'),
    ]);
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(10)}]\nc: &c [${'*b,'.repeat(10)}]\nd: [${'*c,'.repeat(10)}]`;
    expect(faultsOf(bomb)).toEqual([expect.stringContaining('too many of them')]);
  });
});

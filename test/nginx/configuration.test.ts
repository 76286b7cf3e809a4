import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const GOOD: PolicySettings = { '': 'orders', key_file: '/keys.json', issuer: ISSUER };

/** Path, settings over the good ones, expected reason, and what the log must name. */
const FAULTS: readonly (readonly [string, PolicySettings, string, RegExp])[] = [
  ['issuer-unset', { issuer: '' }, 'bad_configuration', /\$auth_jwt_issuer is ""/],
  ['issuer-any', { issuer: `any ${ISSUER}` }, 'bad_configuration', /\$auth_jwt_issuer is "any/],
  [
    'no-keys',
    { key_file: '' },
    'bad_configuration',
    /none of \$auth_jwt_key_file, \$auth_jwt_key_req/,
  ],
  [
    'file-missing',
    { key_file: '/nope.json' },
    'keys_unavailable',
    /key_file "\/nope.json".*ENOENT/,
  ],
  ['file-folder', { key_file: '/etc' }, 'keys_unavailable', /key_file "\/etc".*regular file/],
  ['file-device', { key_file: '/dev/zero' }, 'keys_unavailable', /"\/dev\/zero".*regular file/],
  ['file-secret', { key_file: '/unreadable.json' }, 'keys_unavailable', /unreadable.*EACCES/],
  ['file-relative', { key_file: 'keys.json' }, 'bad_configuration', /\$auth_jwt_key_file is "keys/],
  ['file-garbage', { key_file: '/garbage.json' }, 'cannot_parse', /key_file "\/garbage.json"/],
  ['file-empty', { key_file: '/empty.json' }, 'cannot_parse', /key_file "\/empty.json"/],
  ['file-no-key', { key_file: '/no-key.json' }, 'cannot_parse', /"\/no-key.json" holds no key/],
  ['request-named', { key_request: '@jwks' }, 'bad_configuration', /\$auth_jwt_key_request is "@/],
  [
    'request-url',
    { key_request: 'https://idp.example.com/jwks' },
    'bad_configuration',
    /\$auth_jwt_key_request is "https/,
  ],
  [
    'request-missing',
    { key_file: '', key_request: '/no-such-location' },
    'keys_unavailable',
    /\$auth_jwt_key_request "\/no-such-location" answered with status 404/,
  ],
  [
    'url-http',
    { key_url: 'http://idp.example.com/' },
    'bad_configuration',
    /\$auth_jwt_key_url is/,
  ],
  [
    'discovery-any',
    { key_discovery: 'on', issuer: 'any' },
    'bad_configuration',
    /\$auth_jwt_key_discovery is "on"/,
  ],
  ['key-cache', { key_cache: 'long' }, 'bad_configuration', /\$auth_jwt_key_cache is "long"/],
  ['leeway', { leeway: 'soon' }, 'bad_configuration', /\$auth_jwt_leeway is "soon"/],
  ['leeway-negative', { leeway: '-5s' }, 'bad_configuration', /\$auth_jwt_leeway is "-5s"/],
  ['max-age', { max_age: '1 fortnight' }, 'bad_configuration', /\$auth_jwt_max_age is "1 fort/],
  ['require-exp', { require_exp: 'no' }, 'bad_configuration', /\$auth_jwt_require_exp is "no"/],
  ['algorithm', { algorithms: 'RS256 none' }, 'bad_configuration', /\$auth_jwt_algorithms is/],
  ['source', { token_from: 'headers:X' }, 'bad_configuration', /\$auth_jwt_token_from is "headers/],
  ['variable', { token_from: 'variable:nope' }, 'bad_configuration', /variable \$nope/],
  ['require', { require: '$jwt_claim_sub!' }, 'bad_configuration', /\$auth_jwt_require is/],
  [
    'introspection',
    { introspection_request: 'https://idp.example.com/' },
    'bad_configuration',
    /\$auth_jwt_introspection_request is "https/,
  ],
  ['revocation', { revocation_file: 'revoked.json' }, 'bad_configuration', /_revocation_file is/],
  [
    'consumers',
    { consumers_file: '/consumers.json' },
    'bad_configuration',
    /beside \$auth_jwt_cons/,
  ],
];

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;
  let token: string;

  beforeAll(async () => {
    const issuer = await createIssuer(['ES256']);
    token = await issuer.sign('ES256');
    const servers = runtime.doors.map((door) => {
      const locations = FAULTS.map(([name, settings]) =>
        protect(door, { path: `/${door}/${name}/`, settings: { ...GOOD, ...settings } }),
      );
      const good = protect(door, { path: `/${door}/good/`, settings: GOOD });
      return [good, ...locations].join('\n');
    });
    const http = `server { listen 8080; root /srv;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location /unset/ { js_content auth_jwt.validateJwt; }
      ${servers.join('\n')} }`;
    // A "$" in a quoted value is a variable for nginx: this one is left over from Plus.
    const conf = configure(runtime, http.replace('"$jwt_claim_sub!"', '"jwt_claim_sub!"'));
    nginx = await startNginx(runtime, conf, {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/garbage.json': '<html>',
      '/empty.json': '',
      '/no-key.json': '{"keys":[]}',
      '/unreadable.json': JSON.stringify(issuer.jwks),
      ...Object.fromEntries(
        runtime.doors.map((door) => [`/srv/${door}/good/index.html`, 'PROTECTED']),
      ),
    });
    await nginx.exec('chmod 600 /unreadable.json');
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    test('the settings that the faults are made from are good', async () => {
      const answer = await send(nginx, { path: `/${door}/good/`, headers: bearer(token) });
      expect([answer.status, answer.body]).toEqual([200, 'PROTECTED']);
    });

    test.each(FAULTS)('%s: 500, and the log names it', async (name, _, reason, line) => {
      const answer = await send(nginx, { path: `/${door}/${name}/`, headers: bearer(token) });
      expect(answer.status).toBe(500);
      expect(JSON.parse(answer.body).reason).toBe(reason);
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(answer.body).not.toMatch(/json|ENOENT|soon/);
      await nginx.waitForLog(new RegExp(`\\[error\\].*auth_jwt: ${reason}: .*${line.source}`));
    });
  });

  test('a location with no setting at all lets nothing pass', async () => {
    expect((await send(nginx, { path: '/unset/', headers: bearer(token) })).status).toBe(500);
  });

  test('no line of the log holds a token or a claim', () => {
    expect(now()).toBeGreaterThan(0);
    for (const part of token.split('.')) {
      expect(nginx.log()).not.toContain(part);
    }
    expect(nginx.log()).not.toContain('alice');
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const BASE: PolicySettings = { '': 'orders', key_file: '/keys.json', issuer: ISSUER };

const POLICIES: Readonly<Record<string, PolicySettings>> = {
  base: BASE,
  off: { '': 'off' },
  'any-issuer': { ...BASE, issuer: 'any' },
  'two-issuers': { ...BASE, issuer: `https://a.example/ ${ISSUER}` },
  'two-files': { ...BASE, key_file: '/other.json /keys.json' },
  'one-file-lost': { ...BASE, key_file: '/lost.json /keys.json' },
  'bare-oct': { ...BASE, key_file: '/bare-oct.json' },
  'bare-ec': { ...BASE, key_file: '/bare-ec.json' },
  'by-host': { ...BASE, key_file: '/keys-$host.json' },
  rs256: { ...BASE, algorithms: 'RS256' },
  leeway: { ...BASE, leeway: '1m' },
  'exp-optional': { ...BASE, require_exp: 'off' },
  'max-age': { ...BASE, max_age: '5m' },
  typ: { ...BASE, typ: 'at+jwt' },
  require: { ...BASE, require: 'jwt_claim_email is_staff' },
  header: { ...BASE, token_from: 'header:X-Token' },
  cookie: { ...BASE, token_from: 'cookie:auth' },
  query: { ...BASE, token_from: 'query:access_token' },
  protocol: { ...BASE, token_from: 'protocol' },
  variable: { ...BASE, token_from: 'variable:my_token' },
  'raw-header': { ...BASE, token_from: 'variable:http_x_raw' },
  'of-args': { ...BASE, token_from: 'variable:args' },
  'of-type': { ...BASE, token_from: 'variable:content_type' },
  'of-length': { ...BASE, token_from: 'variable:content_length' },
  several: { ...BASE, token_from: 'header:Authorization cookie:auth' },
  'two-headers': { ...BASE, token_from: 'header:X-A header:X-B' },
  'cookie-or-query': { ...BASE, token_from: 'cookie:auth query:access_token' },
};

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256', 'RS256', 'HS256']);
    const other = await createIssuer(['ES384']);
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}/`,
          settings,
          inside: 'default_type text/plain; alias /srv/;',
        }),
      ),
    );
    const http = `
      map $http_x_elsewhere $my_token { default $http_x_elsewhere; }
      map $jwt_claim_email $is_staff { default 0; ~@example\\.com$ 1; }
      server { listen 8080;
        add_header X-Detail $no_auth_detail always;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${locations.join('\n')} }`;
    const [oct] = issuer.jwksOf('HS256').keys;
    const [ec] = issuer.jwksOf('ES256').keys;
    const jwks = JSON.stringify(issuer.jwks);
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/srv/index.html': 'PROTECTED',
      '/keys.json': jwks,
      '/keys-a.example.json': jwks,
      '/keys-b.example.json': JSON.stringify(other.jwks),
      '/other.json': JSON.stringify(other.jwks),
      '/bare-oct.json': JSON.stringify({ keys: [{ kty: 'oct', k: oct?.k }] }),
      '/bare-ec.json': JSON.stringify({ kty: 'EC', crv: ec?.crv, x: ec?.x, y: ec?.y }),
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    const ask = (policy: string, headers: Record<string, string>, query = '') =>
      send(nginx, { path: `/${door}/${policy}/index.html${query}`, headers });
    const verdict = async (...asked: Parameters<typeof ask>) => verdictOf(await ask(...asked));
    /** The verdict with the detail of a refusal. */
    async function told(...asked: Parameters<typeof ask>): Promise<string> {
      const answer = await ask(...asked);
      return [verdictOf(answer), answer.headers['x-detail'] ?? []].flat().join(' ');
    }
    const sign = async (
      policy: string,
      alg: string,
      claims: Record<string, unknown> = {},
      header: Record<string, unknown> = {},
    ) => verdict(policy, bearer(await issuer.sign(alg, claims, header)) as Record<string, string>);

    test('$auth_jwt off lets everything pass', async () => {
      expect(await verdict('off', {})).toBe('passes');
    });

    test('$auth_jwt_issuer', async () => {
      const elsewhere = { iss: 'https://elsewhere.example/' };
      expect(await sign('any-issuer', 'ES256', elsewhere)).toBe('passes');
      expect(await sign('two-issuers', 'ES256')).toBe('passes');
      expect(await sign('two-issuers', 'ES256', elsewhere)).toBe('401 bad_issuer');
    });

    test('$auth_jwt_key_file', async () => {
      expect(await sign('two-files', 'ES256')).toBe('passes');
      expect(await sign('two-files', 'ES256', {}, { kid: 'x' })).toBe('401 unknown_key');
      expect(await sign('one-file-lost', 'ES256')).toBe('passes');
      expect(await sign('one-file-lost', 'ES256', {}, { kid: 'x' })).toBe('500 keys_unavailable');
      const headers = bearer(await issuer.sign('ES256')) as Record<string, string>;
      expect(await verdict('by-host', { ...headers, Host: 'a.example' })).toBe('passes');
      expect(await verdict('by-host', { ...headers, Host: 'b.example' })).toBe('401 unknown_key');
      expect(await verdict('by-host', { ...headers, Host: 'c.example' })).toBe(
        '500 keys_unavailable',
      );
    });

    test('a key without kid, alg and use serves a token without kid', async () => {
      expect(await sign('bare-oct', 'HS256', {}, { kid: undefined })).toBe('passes');
      expect(await sign('bare-ec', 'ES256', {}, { kid: undefined })).toBe('passes');
      expect(await sign('bare-oct', 'HS256')).toBe('401 unknown_key');
      expect(await sign('bare-oct', 'ES256', {}, { kid: undefined })).toBe('401 unknown_key');
    });

    test('$auth_jwt_algorithms', async () => {
      expect(await sign('rs256', 'RS256')).toBe('passes');
      expect(await sign('rs256', 'ES256')).toBe('401 bad_algorithm');
    });

    test('a variable of a header may hold nothing', async () => {
      const token = await issuer.sign('ES256');
      expect(await verdict('raw-header', { 'X-Raw': token })).toBe('passes');
      expect(await verdict('raw-header', { 'X-Raw': '' })).toBe('401 empty_token');
      expect(await verdict('raw-header', {})).toBe('401 empty_token');
    });

    test.each(['of-args', 'of-type', 'of-length'])(
      'nor need a request have an argument, a type or a length: %s',
      async (policy) => {
        expect(await verdict(policy, {})).toBe('401 empty_token');
      },
    );

    test('$auth_jwt_leeway', async () => {
      expect(await sign('base', 'ES256', { exp: now() - 30 })).toBe('401 not_active');
      expect(await sign('leeway', 'ES256', { exp: now() - 30 })).toBe('passes');
      expect(await sign('leeway', 'ES256', { exp: now() - 90 })).toBe('401 not_active');
      expect(await sign('leeway', 'ES256', { nbf: now() + 30 })).toBe('passes');
      expect(await sign('leeway', 'ES256', { nbf: now() + 90 })).toBe('401 not_active');
    });

    test('$auth_jwt_require_exp', async () => {
      expect(await sign('base', 'ES256', { exp: undefined })).toBe('401 bad_claim');
      expect(await sign('exp-optional', 'ES256', { exp: undefined })).toBe('passes');
      expect(await sign('exp-optional', 'ES256', { exp: now() - 1 })).toBe('401 not_active');
      expect(await sign('exp-optional', 'ES256', { exp: '1' })).toBe('401 invalid_jwt');
    });

    test('$auth_jwt_max_age', async () => {
      expect(await sign('max-age', 'ES256', { iat: now() - 200 })).toBe('passes');
      expect(await sign('max-age', 'ES256', { iat: now() - 400 })).toBe('401 not_active');
      expect(await sign('max-age', 'ES256', { iat: now() + 90 })).toBe('401 not_active');
      expect(await sign('base', 'ES256', { iat: now() + 90 })).toBe('passes');
      expect(await sign('max-age', 'ES256', { iat: undefined })).toBe('401 bad_claim');
    });

    test('$auth_jwt_typ', async () => {
      expect(await sign('typ', 'ES256', {}, { typ: 'at+jwt' })).toBe('passes');
      expect(await sign('typ', 'ES256', {}, { typ: 'Application/AT+JWT' })).toBe('passes');
      expect(await sign('typ', 'ES256', {}, { typ: 'JWT' })).toBe('401 bad_claim');
      expect(await sign('typ', 'ES256')).toBe('401 bad_claim');
    });

    test('$auth_jwt_require, also of a map over a claim', async () => {
      expect(await sign('require', 'ES256')).toBe('passes');
      expect(await sign('require', 'ES256', { email: undefined })).toBe('401 bad_claim');
      expect(await sign('require', 'ES256', { email: 'a@evil.example' })).toBe('401 bad_claim');
    });

    test('$auth_jwt_token_from', async () => {
      const token = await issuer.sign('ES256');
      const expired = await issuer.sign('ES256', { exp: now() - 1 });
      const authorization = { Authorization: `Bearer ${token}` };
      expect(await verdict('header', { 'X-Token': token })).toBe('passes');
      expect(await verdict('header', { 'X-Token': `bearer ${token}` })).toBe('passes');
      expect(await verdict('header', authorization)).toBe('401 empty_token');
      expect(await verdict('cookie', { Cookie: `a=1; auth=${token}; b=2` })).toBe('passes');
      expect(await verdict('cookie', { Cookie: `Auth=${token}` })).toBe('401 empty_token');
      expect(await verdict('query', {}, `?a=1&access_token=${token}`)).toBe('passes');
      expect(await verdict('query', {}, `?access_token=${expired}`)).toBe('401 not_active');
      expect(await verdict('query', {}, '?a=1')).toBe('401 empty_token');
      expect(await verdict('variable', { 'X-Elsewhere': token })).toBe('passes');
      expect(await verdict('variable', {})).toBe('401 empty_token');
      const encoded = Buffer.from(token).toString('base64url');
      const kubernetes = `base64url.bearer.authorization.k8s.io.${encoded}`;
      const protocols = 'Sec-WebSocket-Protocol';
      expect(await verdict('protocol', { [protocols]: `chat, ${kubernetes}` })).toBe('passes');
      expect(await verdict('protocol', { [protocols]: `bearer, ${token}` })).toBe('passes');
      expect(await verdict('protocol', { [protocols]: 'chat' })).toBe('401 empty_token');
      expect(await verdict('several', { Cookie: `auth=${token}` })).toBe('passes');
      expect(await verdict('several', { ...authorization, Cookie: `auth=${token}` })).toBe(
        'passes',
      );
      expect(await verdict('several', { ...authorization, Cookie: `auth=${expired}` })).toBe(
        '401 invalid_jwt',
      );
    });

    test('$auth_jwt_token_from with two headers: two different tokens are one too many', async () => {
      const [token, expired] = [
        await issuer.sign('ES256'),
        await issuer.sign('ES256', { exp: now() - 1 }),
      ];
      expect(await told('two-headers', { 'X-A': token })).toBe('passes');
      expect(await told('two-headers', { 'X-B': token })).toBe('passes');
      expect(await told('two-headers', { 'X-A': token, 'X-B': token })).toBe('passes');
      expect(await told('two-headers', { 'X-A': `Bearer ${token}`, 'X-B': token })).toBe('passes');
      expect(await told('two-headers', { 'X-A': token, 'X-B': '' })).toBe('passes');
      expect(await told('two-headers', {})).toBe('401 empty_token');
      expect(await told('two-headers', { Authorization: `Bearer ${token}` })).toBe(
        '401 empty_token',
      );
      // Whichever is good, and wherever it stands.
      for (const other of [expired, await issuer.sign('ES256', { sub: 'bob' }), 'x']) {
        for (const headers of [
          { 'X-A': token, 'X-B': other },
          { 'X-A': other, 'X-B': token },
        ]) {
          expect(await told('two-headers', headers)).toBe('401 invalid_jwt multiple');
        }
      }
    });

    test('$auth_jwt_token_from with a cookie and an argument: the same', async () => {
      const [token, other] = [
        await issuer.sign('ES256'),
        await issuer.sign('ES256', { sub: 'bob' }),
      ];
      const cookie = { Cookie: `auth=${token}` };
      const query = (value: string) => `?access_token=${value}`;
      expect(await told('cookie-or-query', cookie)).toBe('passes');
      expect(await told('cookie-or-query', {}, query(token))).toBe('passes');
      expect(await told('cookie-or-query', cookie, query(token))).toBe('passes');
      expect(await told('cookie-or-query', cookie, query(''))).toBe('passes');
      expect(await told('cookie-or-query', {}, query(''))).toBe('401 empty_token');
      expect(await told('cookie-or-query', cookie, query(other))).toBe('401 invalid_jwt multiple');
      // Two tokens of one name are two, too.
      expect(await told('cookie-or-query', {}, `${query(token)}&access_token=${other}`)).toBe(
        '401 invalid_jwt multiple',
      );
      expect(await told('cookie-or-query', { Cookie: `auth=${token}; auth=${other}` })).toBe(
        '401 invalid_jwt multiple',
      );
    });
  });
});

// Answers that are not ours, and must not be taken for ours: a page of the site as a verdict, as a key set, or as what an
// issuer says of a token.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { type EchoServer, startEcho } from '../support/echo.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, ROOT, RUNTIMES } from '../support/runtimes.ts';

const FILE = { '': 'orders', key_file: '/keys.json', issuer: ISSUER };

/** What applications write into `server {}`: whatever is no file is a page of theirs. */
const FRONT_CONTROLLER = 'root /srv; if (!-e $request_filename) { rewrite ^ /index.php last; }';

/** The pattern of docs/composition.md. */
const [, UNCHECKED = ''] =
  /^```nginx\n(location \/orders\/ \{[^`]*jwt_unchecked[^`]*)^```$/m.exec(
    readFileSync(`${ROOT}docs/composition.md`, 'utf8'),
  ) ?? [];

/** The recipe of docs/keys.md for a gateway that starts while the key server is down: for http {} and for server {}. */
const [, CACHE = '', DISK = ''] =
  /^```nginx\n(proxy_cache_path [^`]*^\}\n)\n([^`]*)^```$/m.exec(
    readFileSync(`${ROOT}docs/keys.md`, 'utf8'),
  ) ?? [];

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let intruder: Issuer;
  let keys: KeyServer;
  let upstream: EchoServer;
  let nginx: Nginx;
  /** The application says whatever helps an intruder. */
  let page: string;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    intruder = await createIssuer(['ES256']);
    keys = await startKeyServer({ kind: 'answer', body: JSON.stringify(issuer.jwks) });
    upstream = await startEcho();
    page = JSON.stringify({
      ...{
        keys: intruder.jwks.keys.map((key) => ({ ...key, kid: 'intruder' })),
        active: true,
        iss: ISSUER,
        sub: 'mallory',
        exp: now() + 600,
      },
    });
    const application =
      'location = /index.php { default_type application/json; alias /page.json; }';
    const errors = 'include /etc/nginx/auth_jwt/auth_jwt_errors.conf;';
    const pass = `proxy_set_header X-Sub $jwt_claim_sub; proxy_pass ${upstream.url};`;
    const server = (name: string, lines: string) =>
      `server { listen 8080; server_name ${name}; ${errors} ${lines} }`;
    const doors = (settings: (door: Door) => Record<string, string>) =>
      runtime.doors
        .map((door) => protect(door, { path: `/${door}/`, settings: settings(door), inside: pass }))
        .join('\n');
    const guard = 'include /etc/nginx/auth_jwt/auth_jwt_guard.conf;';
    const misspelt = `location /orders/ { auth_request /_auth_ordrs; error_page 401 403 500 = @auth_jwt_error; ${pass} }
      location / { return 200 SITE; }`;
    const cached = `proxy_cache site; proxy_cache_key $request_uri; proxy_cache_valid any 10m;
      proxy_cache_methods GET HEAD POST;`;
    const unchecked = UNCHECKED.replace('http://orders', upstream.url);
    const policy = (name: string, more = '') =>
      `location = ${name} { include /etc/nginx/auth_jwt/auth_jwt_policy.conf; ${Object.entries(FILE)
        .map(([setting, value]) => `set $auth_jwt${setting && `_${setting}`} ${value};`)
        .join(' ')} ${more} }`;
    const http = `
      proxy_cache_path /tmp/site keys_zone=site:1m;
      ${CACHE.replace('/var/cache/nginx/', '/tmp/').replace('https://idp.example.com', keys.url)}
      map $http_x_realm $off_by_map { off off; default orders; }
      ${server('misspelt', `${misspelt} ${guard}`)}
      ${server('misspelt-500', `${misspelt} ${guard} error_page 500 401 403 =200 /index.php; ${application}`)}
      ${server('misspelt-open', misspelt)}
      ${server('checked', `${unchecked} ${policy('/_auth_orders')} ${guard} location / { return 200 SITE; }`)}
      ${server('checked-off', `${unchecked} ${policy('/_auth_orders', 'set $auth_jwt $off_by_map; set $auth_jwt_mode report;')}`)}
      ${server('checked-misspelt', `${unchecked.replace('auth_request /_auth_orders', 'auth_request /_auth_ordrs')} location / { return 200 SITE; }`)}
      ${server('left-alone', `if ($uri ~ ^/_auth) { break; } ${FRONT_CONTROLLER} ${application} ${policy('/_auth_orders')} location /orders/ { auth_request /_auth_orders; error_page 401 403 500 = @auth_jwt_error; ${pass} }`)}
      ${server('checked-rewrite', `${unchecked} ${policy('/_auth_orders')} ${application} ${FRONT_CONTROLLER}`)}
      ${server(
        'rewrite',
        `${FRONT_CONTROLLER} ${application} location = /_jwks { include /etc/nginx/auth_jwt/auth_jwt_jwks.conf; proxy_pass ${keys.url}; }
         ${doors(() => ({ '': 'orders', key_request: '/_jwks', issuer: ISSUER }))}
         ${runtime.doors.map((door) => protect(door, { path: `/introspected-${door}/`, settings: { issuer: ISSUER, introspection_request: '/_introspect' }, inside: pass })).join('\n')}`,
      )}
      ${server(
        'own-policy',
        `error_page 401 403 500 =200 /index.php; recursive_error_pages on; ${application}
         location /orders/ { auth_request /_own; ${pass} }
         location /down/ { auth_request /_down; ${pass} }
         ${['/_own', '/_down']
           .map((name) =>
             policy(name)
               .replace(/include [^;]*;/, 'internal; js_content auth_jwt.validateJwt;')
               .replace('/keys.json', name === '/_own' ? '/keys.json' : '/none.json'),
           )
           .join('\n')}`,
      )}
      ${server(
        'satisfy',
        `satisfy any; allow all; ${doors(() => FILE)}
         ${runtime.doors.map((door) => protect(door, { path: `/strict-${door}/`, settings: FILE, inside: `satisfy all; ${pass}` })).join('\n')}`,
      )}
      ${server(
        'misspelt-keys',
        `location / { try_files $uri /index.php; } ${application}
         ${doors(() => ({ '': 'orders', key_request: '/_jkws', issuer: ISSUER }))}`,
      )}
      ${server(
        'own',
        `${cached} location = /_jwks { internal; proxy_pass ${keys.url}; proxy_pass_request_headers off; }
         location = /_introspect { internal; proxy_method POST; proxy_pass ${keys.url}/introspect; proxy_pass_request_headers off; }
         ${runtime.doors.map((door) => protect(door, { path: `/${door}/`, settings: { '': 'orders', key_request: '/_jwks', key_cooldown: '0', issuer: ISSUER }, inside: `proxy_pass ${keys.url}/;` })).join('\n')}
         ${runtime.doors.map((door) => protect(door, { path: `/introspected-${door}/`, settings: { issuer: ISSUER, introspection_request: '/_introspect' }, inside: pass })).join('\n')}`,
      )}
      ${server(
        'disk',
        `${DISK} ${doors(() => ({ '': 'orders', key_request: '/_auth_jwks', issuer: ISSUER, key_cache: '1s', key_stale: '0s' }))}`,
      )}`;
    keys.pages['/page'] = { kind: 'answer', body: page };
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/page.json': page,
      ...Object.fromEntries(
        ['orders/1', 'enforceJwt/a', 'validateJwt/a', 'introspected-enforceJwt/a'].map((name) => [
          `/srv/${name}`,
          'FILE',
        ]),
      ),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  const forge = () => intruder.sign('ES256', {}, { kid: 'intruder' });
  const visit = (host: string, path: string, token?: string, more: object = {}) =>
    send(nginx, { path, headers: { Host: host, ...(token ? bearer(token) : {}) }, ...more });
  const statusOf = async (...asked: Parameters<typeof visit>) => (await visit(...asked)).status;

  describe('a name of auth_request that is misspelt', () => {
    test('lets everybody in beside a catch-all location, without the guard', async () => {
      expect(await statusOf('misspelt-open', '/orders/1')).toBe(200);
    });

    test.each(['misspelt', 'misspelt-500'])(
      'refuses everybody, with the guard: %s',
      async (host) => {
        const count = upstream.seen.length;
        for (const token of [undefined, 'x', await issuer.sign('ES256')]) {
          const answer = await visit(host, '/orders/1', token);
          expect(verdictOf(answer)).toBe('500 generic_error');
        }
        expect(upstream.seen).toHaveLength(count);
        expect(await statusOf(host, '/')).toBe(200);
      },
    );

    test('the guard cannot be asked from outside', async () => {
      expect(await statusOf('misspelt', '/_auth_ordrs')).toBe(404);
    });
  });

  test('error_page in server {} makes no refusal a verdict that lets pass, in a location without our snippet', async () => {
    const count = upstream.seen.length;
    const forged = await forge();
    const good = await issuer.sign('ES256');
    for (const token of [undefined, 'x', forged]) {
      expect((await visit('own-policy', '/orders/1', token)).body).toContain('mallory');
      expect((await visit('own-policy', '/down/1', token)).body).toContain('mallory');
    }
    expect((await visit('own-policy', '/down/1', good)).body).toContain('mallory');
    expect(upstream.seen).toHaveLength(count);
    expect((await visit('own-policy', '/orders/1', good)).body).toContain('"url":"/orders/1"');
  });

  test('a rewrite in server {} that leaves /_auth alone changes no verdict', async () => {
    expect(await statusOf('left-alone', '/orders/1', await issuer.sign('ES256'))).toBe(200);
    for (const token of [undefined, 'x', await forge()]) {
      expect(await statusOf('left-alone', '/orders/1', token)).toBe(401);
    }
    expect((await visit('left-alone', '/elsewhere')).body).toContain('mallory');
  });

  describe('$jwt_unchecked', () => {
    test('is empty behind a verdict of ours: the upstream gets what it would get', async () => {
      const token = await issuer.sign('ES256');
      const paths = [
        '/orders/1',
        '/orders/a?x=%20y&z',
        '/orders/a%2Fb/%2e/c%20d',
        '/orders//a/../b',
      ];
      for (const path of paths) {
        expect(await statusOf('checked', path, token)).toBe(200);
        expect(upstream.seen.at(-1)).toMatchObject({ method: 'GET', url: path });
        expect(upstream.seen.at(-1)?.headers['x-jwt-sub']).toBe('alice');
      }
      const body = 'x'.repeat(100_000);
      const headers = { Host: 'checked', ...bearer(token) };
      await send(nginx, { path: '/orders/1', method: 'POST', headers, body });
      expect(upstream.seen.at(-1)).toMatchObject({ method: 'POST', url: '/orders/1', body });
    });

    test.each(['checked', 'checked-rewrite'])('nobody passes who should not: %s', async (host) => {
      const count = upstream.seen.length;
      const forged = await forge();
      const expired = await issuer.sign('ES256', { exp: now() - 60 });
      for (const token of [undefined, 'x', forged, expired]) {
        const answer = await visit(host, '/orders/1', token);
        expect(answer.status).toBe(host === 'checked' ? 401 : 500);
      }
      expect(upstream.seen).toHaveLength(count);
    });

    test.each(['checked-misspelt', 'checked-rewrite'])(
      'is 1 where something else has given the verdict: %s',
      async (host) => {
        const count = upstream.seen.length;
        for (const token of [undefined, 'x', await issuer.sign('ES256')]) {
          expect(await statusOf(host, '/orders/1', token)).toBe(500);
        }
        expect(upstream.seen).toHaveLength(count);
      },
    );

    test('is empty for whoever passes unknown, and where nothing is checked', async () => {
      expect(await statusOf('checked-off', '/orders/1')).toBe(200);
      const headers = { Host: 'checked-off', 'X-Realm': 'off' };
      expect((await send(nginx, { path: '/orders/1', headers })).status).toBe(200);
    });
  });

  describe.each(runtime.doors)('%s', (door) => {
    /** Whether a page of the site has been taken for keys, or for what an issuer says. */
    async function expectNobody(host: string, path = `/${door}/`) {
      const forged = await forge();
      for (const token of [forged, forged, 'opaque']) {
        const answer = await visit(host, path, token);
        expect(answer.status).toBeGreaterThanOrEqual(400);
      }
    }

    if (door === 'enforceJwt') {
      test('a rewrite in server {} makes no page of the site a key set', async () => {
        await expectNobody('rewrite', `/${door}/a`);
        await nginx.waitForLog(/location "\/_jwks": another location answered; keep rewrites/);
        // A file, so that the request itself is not rewritten.
        expect(await statusOf('rewrite', `/introspected-${door}/a`, 'opaque')).toBe(500);
      });
    }

    test('satisfy any with allow in server {} lets in whoever has no token, satisfy all in the location does not', async () => {
      const forged = await forge();
      for (const token of [undefined, forged]) {
        expect(await statusOf('satisfy', `/${door}/`, token)).toBe(200);
        expect(upstream.seen.at(-1)?.headers['x-sub']).toBeUndefined();
        expect(await statusOf('satisfy', `/strict-${door}/`, token)).toBe(401);
      }
      expect(await statusOf('satisfy', `/strict-${door}/`, await issuer.sign('ES256'))).toBe(200);
    });

    test('a misspelt location for keys makes no page of the site a key set', async () => {
      await expectNobody('misspelt-keys');
      await nginx.waitForLog(/location "\/_jkws": another location answered; /);
    });

    test('proxy_cache makes no page of the site a key set, in a location without our snippet', async () => {
      const good = await issuer.sign('ES256');
      expect(await statusOf('own', `/${door}/warm`, good)).toBe(200);
      expect((await visit('own', `/${door}/page`, good)).body).toContain('mallory');
      // The page is in the cache, under the URI for which the keys are now fetched.
      expect(await statusOf('own', `/${door}/page`, await forge())).toBe(401);
      await nginx.waitForLog(
        /location "\/_jwks": answered from a cache of nginx; write "proxy_cache off;"/,
      );
    });

    test('proxy_cache makes no answer for one token that for another, in a location without our snippet', async () => {
      const path = `/introspected-${door}/`;
      keys.pages['/introspect'] = { kind: 'answer', body: page };
      expect(await statusOf('own', path, `opaque-${door}`)).toBe(200);
      keys.pages['/introspect'] = { kind: 'answer', body: '{"active":false}' };
      expect(await statusOf('own', path, `invented-${door}`)).toBe(500);
      await nginx.waitForLog(/location "\/_introspect": answered from a cache of nginx; /);
    });

    test('the key set on disk serves while its server is down', async () => {
      const good = async () => statusOf('disk', `/${door}/`, await issuer.sign('ES256'));
      expect(await good()).toBe(200);
      keys.pages['/.well-known/jwks.json'] = { kind: 'drop' };
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(await good()).toBe(200);
      delete keys.pages['/.well-known/jwks.json'];
      await expectNobody('disk');
    });
  });
});

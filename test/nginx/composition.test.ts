// The check beside what else stands in a location: docs/composition.md says what happens, here it is seen.

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { type EchoServer, startEcho } from '../support/echo.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';

const SETTINGS = { key_file: '/keys.json', issuer: ISSUER };
const SUB = 'add_header X-Sub $jwt_claim_sub always;';

/** "bob" with the password "secret", for auth_basic. */
const PASSWORDS = 'bob:{PLAIN}secret\n';
const BASIC = { Authorization: `Basic ${Buffer.from('bob:secret').toString('base64')}` };

function locationsOf(door: Door, mirror: string): string {
  const page = (inside: string) =>
    `default_type text/plain; ${SUB} ${inside} alias /srv/index.html;`;
  const protectAt = (name: string, inside: string, settings = {}) =>
    protect(door, { path: `/${door}/${name}`, settings: { ...SETTINGS, ...settings }, inside });
  const policy = `${Object.entries(SETTINGS)
    .map(([name, value]) => `set $auth_jwt_${name} ${value};`)
    .join(' ')}`;
  return [
    protectAt('any-deny', page('satisfy any; deny all;')),
    protectAt('any-allow', page('satisfy any; allow all;')),
    protectAt('all-deny', page('deny all;')),
    protectAt('all-deny-own', page('deny all;')).replace(
      'error_page 401 403 500',
      'error_page 401 500',
    ),
    protectAt('any-basic', page('satisfy any; auth_basic x; auth_basic_user_file /passwords;')),
    protectAt(
      'outer/',
      `${SUB} default_type text/plain; alias /srv/;
       location /${door}/outer/inner/ { ${SUB} default_type text/plain; alias /srv/; }
       location /${door}/outer/set/ { ${policy} ${SUB} default_type text/plain; alias /srv/; }`,
    ),
    protectAt('by-method', page(''), { '': '$check_by_method' }),
    protectAt(
      'files/',
      `${SUB} default_type text/plain; root /files; try_files $uri @fallback-${door};`,
    ),
    `location @fallback-${door} { ${SUB} default_type text/plain; root /srv; rewrite ^ /fallback.html break; }`,
    protectAt('missing/', `root /nowhere; error_page 404 /${door}/not-found;`),
    protectAt('not-found', page('')),
    `location /${door}/accel { proxy_pass http://127.0.0.1:8081; }`,
    `location /${door}/rewritten { rewrite ^ /${door}/plain last; }`,
    protectAt('plain', page('')),
    protectAt('mirrored', `${page('')} mirror /_mirror-${door};`),
    `location = /_mirror-${door} { internal; proxy_pass ${mirror}/${door}; proxy_set_header X-Sub $jwt_claim_sub; }`,
    protectAt('returned', 'return 200 RETURNED;'),
    `location /${door}/included { ssi on; ssi_types text/plain; default_type text/plain; alias /srv/include-${door}.txt; }`,
    door === 'enforceJwt'
      ? `location /${door}/limited { ${policy} error_page 401 403 500 = @auth_jwt_error;
           limit_except GET { js_access auth_jwt.enforceJwt; } ${page('')} }
         location /${door}/limited-by-map { error_page 401 403 500 = @auth_jwt_error;
           limit_except GET { js_access auth_jwt.enforceJwt; } ${page('')} }`
      : '',
  ].join('\n');
}

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let mirror: EchoServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    mirror = await startEcho();
    const accel = runtime.doors.map(
      (door) =>
        `location /${door}/accel { add_header X-Accel-Redirect /${door}/plain; return 200; }`,
    );
    const http = `
      map $request_method $check_by_method { GET off; default orders; }
      map $uri $auth_jwt_issuer { ~limited-by-map ${ISSUER}; default ""; }
      map $uri $auth_jwt_key_file { ~limited-by-map /keys.json; default ""; }
      server { listen 8081; ${accel.join('\n')} }
      server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${runtime.doors.map((door) => locationsOf(door, mirror.url)).join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/passwords': PASSWORDS,
      '/srv/index.html': 'PROTECTED',
      '/srv/fallback.html': 'FALLBACK',
      '/files/x': 'x',
      ...Object.fromEntries(
        runtime.doors.map((door) => [
          `/srv/include-${door}.txt`,
          `<!--#include virtual="/${door}/plain" -->`,
        ]),
      ),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await mirror?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    const visit = (name: string, headers: object = {}, method = 'GET') =>
      send(nginx, { path: `/${door}/${name}`, method, headers: headers as Record<string, string> });
    const statusOf = async (...asked: Parameters<typeof visit>) => (await visit(...asked)).status;
    const good = async () => bearer(await issuer.sign('ES256'));

    /** Good tokens pass, all others do not, and nothing of the resource is shown to them. */
    async function expectProtected(name: string, body = 'PROTECTED') {
      const passed = await visit(name, await good());
      expect([passed.status, passed.body, passed.headers['x-sub']]).toEqual([200, body, 'alice']);
      for (const headers of [{}, bearer('x')]) {
        const refused = await visit(name, headers);
        expect(refused.status).toBe(401);
        expect(refused.body).not.toContain(body);
        expect(refused.headers['x-sub']).toBeUndefined();
      }
    }

    test('satisfy any with deny all: the token decides', () => expectProtected('any-deny'));

    test('satisfy any with allow all: who has no token passes, and is nobody', async () => {
      const { status, headers } = await visit('any-allow', bearer('x'));
      expect([status, headers['x-sub']]).toEqual([200, undefined]);
      expect((await visit('any-allow', await good())).status).toBe(200);
    });

    test('satisfy all with deny all: a good token does not help', async () => {
      // The refusal is another module's: there is no reason to tell.
      for (const headers of [await good(), {}]) {
        const { status, body } = await visit('all-deny', headers);
        expect([401, 500]).toContain(status);
        expect(body).not.toContain('PROTECTED');
      }
      expect(await statusOf('all-deny-own', await good())).toBe(403);
    });

    test('satisfy any with auth_basic: a token or a password', async () => {
      await expectProtected('any-basic');
      const basic = await visit('any-basic', BASIC);
      expect([basic.status, basic.headers['x-sub']]).toEqual([200, undefined]);
    });

    test('a nested location is never open: it has the check of the outer one', async () => {
      await expectProtected('outer/index.html');
      if (door === 'validateJwt') {
        // The settings stand where the check runs.
        await expectProtected('outer/inner/index.html');
      } else {
        // The check is inherited, "set" is not: without an issuer nobody passes.
        expect(await statusOf('outer/inner/index.html', await good())).toBe(500);
      }
      await expectProtected('outer/set/index.html');
    });

    test('a map over the method checks some methods only', async () => {
      expect(await statusOf('by-method')).toBe(200);
      expect(await statusOf('by-method', {}, 'DELETE')).toBe(401);
      // A static file takes no DELETE: it is let pass to that.
      expect(await statusOf('by-method', await good(), 'DELETE')).toBe(405);
    });

    // nginx takes no auth_request in it.
    if (door === 'enforceJwt') {
      test('limit_except does not run "set": without defaults nobody passes', async () => {
        expect(await statusOf('limited')).toBe(200);
        expect(await statusOf('limited', {}, 'DELETE')).toBe(500);
        expect(await statusOf('limited', await good(), 'DELETE')).toBe(500);
        expect(await statusOf('limited-by-map')).toBe(200);
        expect(await statusOf('limited-by-map', {}, 'DELETE')).toBe(401);
        expect(await statusOf('limited-by-map', await good(), 'DELETE')).toBe(405);
      });
    }

    test('try_files comes after the check', async () => {
      await expectProtected('files/none', 'FALLBACK');
    });

    test('error_page leads to a location that is checked itself', async () => {
      const passed = await visit('missing/none', await good());
      expect([passed.status, passed.body]).toEqual([404, 'PROTECTED']);
      expect((await visit('missing/none')).body).not.toContain('PROTECTED');
      expect(await statusOf('missing/none')).toBe(401);
    });

    test('an internal redirect from an open location is checked where it leads', async () => {
      await expectProtected('accel');
      await expectProtected('rewritten');
    });

    test('a mirror gets what has passed, and nothing else', async () => {
      await expectProtected('mirrored');
      const copies = () => mirror.seen.filter(({ url }) => url === `/${door}`);
      await vi.waitFor(() => expect(copies()).toHaveLength(1), { timeout: 10_000 });
      expect(copies()[0]?.headers['x-sub']).toBe('alice');
      // Once more: whatever came of the refused ones has come before this one.
      await visit('mirrored', await good());
      await vi.waitFor(() => expect(copies().length).toBeGreaterThan(1), { timeout: 10_000 });
      expect(copies()).toHaveLength(2);
    });

    test('"return" answers before any check: do not write it into a protected location', async () => {
      expect((await visit('returned')).body).toBe('RETURNED');
    });

    test('a subrequest is not checked: do not include a protected location from an open one', async () => {
      expect((await visit('included')).body).toBe('PROTECTED');
    });
  });
});

// The check beside what else stands in a location: docs/composition.md says what happens, here it is seen.

import http from 'node:http';
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
const PASSWORD_TOO = 'auth_basic x; auth_basic_user_file /passwords;';
const CHALLENGE = 'add_header WWW-Authenticate $auth_jwt_challenge always;';
const BASIC = { Authorization: `Basic ${Buffer.from('bob:secret').toString('base64')}` };

/** The headers come at once, and the rest takes half a minute. */
const SLOWLY = 'limit_rate_after 1k; limit_rate 100;';

/** So much that a second request is one too many, for each user and for each address. */
const zonesOf = (door: Door) => `
  limit_req_zone $jwt_claim_sub zone=rate-claim-${door}:1m rate=1r/m;
  limit_req_zone $jwt_claim_sub zone=rate-later-${door}:1m rate=1r/m;
  limit_req_zone $binary_remote_addr zone=rate-address-${door}:1m rate=1r/m;
  limit_conn_zone $jwt_claim_sub zone=conn-claim-${door}:1m;
  limit_conn_zone $jwt_claim_sub zone=conn-later-${door}:1m;
  limit_conn_zone $binary_remote_addr zone=conn-address-${door}:1m;`;

function locationsOf(door: Door, mirror: string): string {
  const page = (inside: string) =>
    `default_type text/plain; ${SUB} ${inside} alias /srv/index.html;`;
  const slow = (inside: string) => `default_type text/plain; ${inside} ${SLOWLY} alias /srv/large;`;
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
    protectAt('any-basic', page(`satisfy any; ${PASSWORD_TOO}`)),
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
    protectAt('redirected', `${page('')} rewrite ^ /elsewhere redirect;`),
    protectAt('moved', `${page('')} rewrite ^ /elsewhere permanent;`),
    protectAt('if', `${page('')} if ($arg_x) { add_header X-If $jwt_claim_sub always; ${SUB} }`),
    protectAt('if-return', `${page('')} if ($arg_x) { return 200 RETURNED; }`),
    protectAt('if-off', `${page('')} if ($arg_x) { set $auth_jwt off; }`, { '': 'orders' }),
    protectAt('if-off-silent', `${page('')} if ($arg_x) { set $auth_jwt off; }`),
    protectAt('all-basic', page(PASSWORD_TOO), { token_from: 'header:X-Token' }),
    protectAt('all-basic-own', page(`${PASSWORD_TOO} ${CHALLENGE}`), {
      token_from: 'header:X-Token',
    }).replace('error_page 401 403 500', 'error_page 403 500'),
    protectAt('rate-claim', page(`limit_req zone=rate-claim-${door};`)),
    protectAt('rate-address', page(`limit_req zone=rate-address-${door};`)),
    protectAt('rate-later', `root /nowhere; try_files $uri @rate-later-${door};`),
    `location @rate-later-${door} { limit_req zone=rate-later-${door}; ${SUB} default_type text/plain;
       root /srv; rewrite ^ /index.html break; }`,
    protectAt('conn-claim', slow(`limit_conn conn-claim-${door} 1;`)),
    protectAt('conn-later', `root /nowhere; try_files $uri @conn-later-${door};`),
    `location @conn-later-${door} { limit_conn conn-later-${door} 1; ${SLOWLY} root /srv; rewrite ^ /large break; }`,
    protectAt('conn-address', slow(`limit_conn conn-address-${door} 1;`)),
    protectAt('folder/', `${SUB} default_type text/plain; alias /srv/;`),
    protectAt('folder/index.html', page(''), { scopes: 'read' }),
    protectAt('files-last/', `root /nowhere; try_files $uri /${door}/scoped;`),
    protectAt('scoped', page(''), { scopes: 'read' }),
    protectAt('lenient/plain/', `root /nowhere; try_files $uri /${door}/plain;`, {
      optional: 'missing',
    }),
    protectAt('lenient/strict/', `root /nowhere; try_files $uri /${door}/strict;`, {
      optional: 'missing',
    }),
    protectAt('strict', page(''), { optional: 'off' }),
    protectAt('lenient/missing/', `root /nowhere; error_page 404 /${door}/plain;`, {
      optional: 'missing',
    }),
    protectAt('lenient/rewritten', `rewrite ^ /${door}/plain last;`, { optional: 'missing' }),
    protectAt('logged', page('')),
    `location /${door}/included { ssi on; ssi_types text/plain; default_type text/plain; alias /srv/include-${door}.txt; }`,
    door === 'enforceJwt'
      ? `location /${door}/limited { ${policy} error_page 401 403 500 = @auth_jwt_error;
           limit_except GET { js_access auth_jwt.enforceJwt; } ${page('')} }
         location /${door}/limited-by-map { error_page 401 403 500 = @auth_jwt_error;
           limit_except GET { js_access auth_jwt.enforceJwt; } ${page('')} }
         location /${door}/if-access { ${policy} error_page 401 403 500 = @auth_jwt_error;
           if ($arg_x) { js_access auth_jwt.enforceJwt; ${SUB} } ${page('')} }
         location /${door}/if-break { if ($arg_x) { break; } ${policy} set $auth_jwt_scopes read;
           js_access auth_jwt.enforceJwt; error_page 401 403 500 = @auth_jwt_error; ${page('')} }
         location /${door}/break-some { ${policy} if ($arg_x) { break; } set $auth_jwt_scopes read;
           js_access auth_jwt.enforceJwt; error_page 401 403 500 = @auth_jwt_error; ${page('')} }
         location /${door}/break-rewrite { ${policy} rewrite ^ /index.html break; set $auth_jwt_scopes read;
           js_access auth_jwt.enforceJwt; error_page 401 403 500 = @auth_jwt_error;
           ${SUB} default_type text/plain; root /srv; }`
      : `${protectAt('if-break', `if ($arg_x) { break; } ${page('')}`, { scopes: 'read' })}
         location = /_if-policy { include /etc/nginx/auth_jwt/auth_jwt_policy.conf; ${policy}
           if ($request_uri ~ x=1) { set $auth_jwt off; } }
         location /${door}/if-policy { auth_request /_if-policy;
           error_page 401 403 500 = @auth_jwt_error; ${page('')} }`,
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
    const text = `
      map $request_method $check_by_method { GET off; default orders; }
      map $uri $auth_jwt_issuer { ~limited-by-map ${ISSUER}; default ""; }
      map $uri $auth_jwt_key_file { ~limited-by-map /keys.json; default ""; }
      map $request_uri $is_logged { ~/logged 1; default 0; }
      log_format told 'told: $request_uri $status "$no_auth_reason" "$jwt_claim_sub"';
      ${runtime.doors.map(zonesOf).join('')}
      server { listen 8081; ${accel.join('\n')} }
      server { listen 8080; access_log /dev/stderr told if=$is_logged;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${runtime.doors.map((door) => locationsOf(door, mirror.url)).join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, text), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/passwords': PASSWORDS,
      '/srv/index.html': 'PROTECTED',
      '/srv/fallback.html': 'FALLBACK',
      '/srv/large': 'x'.repeat(4000),
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
    const good = async (claims: Parameters<Issuer['sign']>[1] = {}) =>
      bearer(await issuer.sign('ES256', claims));

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
      const reasonOf = async (headers: object) =>
        JSON.parse((await visit('all-deny', headers)).body);
      // The refusal is another module's: there is no reason to tell.
      expect(await reasonOf(await good())).toMatchObject({ status: 500, reason: 'generic_error' });
      // Who is asked first refuses: js_access stands before deny, auth_request behind it.
      expect((await reasonOf({})).reason).toBe(
        door === 'enforceJwt' ? 'empty_token' : 'generic_error',
      );
      expect(await statusOf('all-deny-own', await good())).toBe(403);
    });

    test('satisfy any with auth_basic: a token or a password', async () => {
      await expectProtected('any-basic');
      const basic = await visit('any-basic', BASIC);
      expect([basic.status, basic.headers['x-sub']]).toEqual([200, undefined]);
    });

    test('satisfy all with auth_basic: both must agree', async () => {
      const token = { 'X-Token': await issuer.sign('ES256') };
      const bad = { 'X-Token': 'x' };
      const ask = async (name: string, headers: object) => {
        const { status, body, headers: told } = await visit(name, headers);
        const text = status === 200 ? `${body} ${told['x-sub']}` : told['www-authenticate'];
        return [status, text, /"reason":"(\w+)"/.exec(body)?.[1] ?? ''];
      };
      const basic = 'Basic realm="x"';
      const missing = 'Bearer';
      const malformed = expect.stringMatching(/^Bearer error="invalid_token"/);
      for (const name of ['all-basic', 'all-basic-own']) {
        expect(await ask(name, { ...token, ...BASIC })).toEqual([200, 'PROTECTED alice', '']);
      }
      // Without a password it is the refusal of another module: there is no reason to tell.
      expect(await ask('all-basic', token)).toEqual([500, basic, 'generic_error']);
      expect(await ask('all-basic-own', token)).toEqual([401, basic, '']);
      expect(await ask('all-basic', BASIC)).toEqual([401, missing, 'empty_token']);
      expect(await ask('all-basic-own', BASIC)).toEqual([401, missing, '']);
      expect(await ask('all-basic', { ...bad, ...BASIC })).toEqual([401, malformed, 'invalid_jwt']);
      expect(await ask('all-basic-own', { ...bad, ...BASIC })).toEqual([401, malformed, '']);
      // Without either, who is asked first refuses, as with deny.
      const isFirst = door === 'enforceJwt';
      const neither = isFirst ? [401, missing, 'empty_token'] : [500, basic, 'generic_error'];
      expect(await ask('all-basic', {})).toEqual(neither);
      expect(await ask('all-basic-own', {})).toEqual([401, isFirst ? missing : basic, '']);
      const worse = isFirst ? [401, malformed, 'invalid_jwt'] : [500, basic, 'generic_error'];
      expect(await ask('all-basic', bad)).toEqual(worse);
      expect(await ask('all-basic-own', bad)).toEqual([401, isFirst ? malformed : basic, '']);
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

    test('"if" is no way around the check, and the claims are there inside', async () => {
      await expectProtected('if');
      await expectProtected('if?x=1');
      expect((await visit('if', await good())).headers['x-if']).toBeUndefined();
      expect((await visit('if?x=1', await good())).headers['x-if']).toBe('alice');
    });

    test('"return" in "if" answers before any check', async () => {
      await expectProtected('if-return');
      expect((await visit('if-return?x=1')).body).toBe('RETURNED');
    });

    test('"set" in "if" counts, where the policy does not set the same', async () => {
      await expectProtected('if-off');
      await expectProtected('if-off-silent');
      expect((await visit('if-off-silent?x=1')).body).toBe('PROTECTED');
      if (door === 'enforceJwt') {
        expect((await visit('if-off?x=1')).body).toBe('PROTECTED');
      } else {
        // Variables are those of the request, and the policy sets them last.
        await expectProtected('if-off?x=1');
        await expectProtected('if-policy');
        expect((await visit('if-policy?x=1')).body).toBe('PROTECTED');
      }
    });

    test('"break" ends the settings, too: do not write any below it', async () => {
      const scoped = await good({ scope: 'read' });
      expect(await statusOf('if-break')).toBe(401);
      expect(await statusOf('if-break', await good())).toBe(403);
      expect(await statusOf('if-break', scoped)).toBe(200);
      if (door === 'validateJwt') {
        // The settings stand where the check runs.
        expect(await statusOf('if-break?x=1')).toBe(401);
        expect(await statusOf('if-break?x=1', await good())).toBe(403);
        expect(await statusOf('if-break?x=1', scoped)).toBe(200);
        return;
      }
      const refused = await visit('if-break?x=1', scoped);
      expect([refused.status, JSON.parse(refused.body).reason]).toEqual([500, 'bad_configuration']);
      // What stands above it is checked, and nothing else.
      expect(await statusOf('break-some', await good())).toBe(403);
      await expectProtected('break-some?x=1');
      await expectProtected('break-rewrite');
    });

    if (door === 'enforceJwt') {
      test('js_access may stand in "if"', async () => {
        expect(await statusOf('if-access')).toBe(200);
        await expectProtected('if-access?x=1');
      });
    } else {
      test.each(['if ($arg_x)', 'limit_except GET'])(
        'nginx takes no auth_request in "%s"',
        async (block) => {
          const location = `location / { ${block} { auth_request /_auth; } }`;
          await nginx.write('/wrong.conf', configure(runtime, `server { ${location} }`));
          expect(await nginx.exec('nginx -t -c /wrong.conf 2>&1')).toContain(
            '"auth_request" directive is not allowed here',
          );
        },
      );
    }

    test('try_files comes after the check', async () => {
      await expectProtected('files/none', 'FALLBACK');
    });

    test.each(['folder/', 'files-last/none'])(
      '%s: the location that an internal redirect leads to has a check of its own',
      async (name) => {
        const refused = await visit(name, await good());
        expect([refused.status, refused.headers['x-sub']]).toEqual([403, undefined]);
        const passed = await visit(name, await good({ scope: 'read' }));
        expect([passed.status, passed.body, passed.headers['x-sub']]).toEqual([
          200,
          'PROTECTED',
          'alice',
        ]);
        expect(await statusOf(name)).toBe(401);
      },
    );

    test('settings outlast an internal redirect, where the next location does not set them', async () => {
      for (const name of ['plain', 'strict']) {
        expect(await statusOf(name)).toBe(401);
      }
      const anonymous = await visit('lenient/plain/none');
      expect([anonymous.status, anonymous.body, anonymous.headers['x-sub']]).toEqual([
        200,
        'PROTECTED',
        undefined,
      ]);
      await expectProtected('lenient/strict/none');
      expect((await visit('lenient/missing/none')).body).toBe('PROTECTED');
      // "rewrite" comes before the check, so before the policy that auth_request would have run.
      expect(await statusOf('lenient/rewritten')).toBe(door === 'enforceJwt' ? 200 : 401);
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

    test('"rewrite" that redirects answers before any check', async () => {
      for (const [name, status] of [
        ['redirected', 302],
        ['moved', 301],
      ] as const) {
        for (const headers of [{}, bearer('x'), await good()]) {
          const answer = await visit(name, headers);
          expect(answer.status).toBe(status);
          expect(answer.headers.location).toMatch(/\/elsewhere$/);
        }
      }
    });

    test('limit_req sees no claims and limits nobody by them, but where an internal redirect leads', async () => {
      const statusesOf = async (name: string, headers: object) => {
        const statuses: number[] = [];
        for (let count = 0; count < 5; count += 1) {
          statuses.push(await statusOf(name, headers));
        }
        return statuses;
      };
      const [passes, isLimited] = [
        [200, 200, 200, 200, 200],
        [200, 503, 503, 503, 503],
      ];
      expect(await statusesOf('rate-claim', await good())).toEqual(passes);
      // They are there all the same where the request has passed.
      await expectProtected('rate-claim');
      expect(await statusesOf('rate-address', await good())).toEqual(isLimited);
      await expectProtected('rate-later');
      expect(await statusesOf('rate-later', await good())).toEqual([503, 503, 503, 503, 503]);
      expect(await statusesOf('rate-later', await good({ sub: 'bob' }))).toEqual(isLimited);
    });

    test('limit_conn: the same', async () => {
      const headers = await good();
      /** Begins a request that takes long, and gives the answer when it has begun. */
      const begin = (name: string) =>
        new Promise<http.IncomingMessage>((resolve, reject) => {
          const { port } = nginx;
          http
            .get({ port, path: `/${door}/${name}`, headers, agent: false }, resolve)
            .on('error', reject);
        });
      for (const [name, second] of [
        ['conn-claim', 200],
        ['conn-later', 503],
        ['conn-address', 503],
      ] as const) {
        const answers = [await begin(name), await begin(name)];
        expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, second]);
        for (const answer of answers) {
          answer.destroy();
        }
      }
    });

    test('access_log knows every result', async () => {
      for (const [number, headers, results] of [
        [1, {}, '401 "empty_token" ""'],
        [2, bearer('x'), '401 "invalid_jwt" ""'],
        [3, await good(), '200 "" "alice"'],
      ] as const) {
        await visit(`logged?${number}`, headers);
        const line = new RegExp(`^told: /${door}/logged\\?${number} (.*)\\n`, 'm');
        await nginx.waitForLog(line);
        expect(line.exec(nginx.log())?.[1]).toBe(results);
      }
    });

    test('a subrequest is not checked: do not include a protected location from an open one', async () => {
      expect((await visit('included')).body).toBe('PROTECTED');
    });
  });
});

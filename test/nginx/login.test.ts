// What a refused client is told to do: a browser to log in, an agent where the metadata is.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, sendRaw } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const LOGIN = 'https://login.example.com/start?app=orders';
const METADATA = 'https://api.example.com/.well-known/oauth-protected-resource';
const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    const common = { key_file: '/keys.json', issuer: ISSUER };
    const policies = {
      away: { ...common, login_url: LOGIN, token_from: 'header:Authorization query:token' },
      here: { ...common, login_url: '/login', roles: 'admin' },
      faulty: { ...common, login_url: '//evil.example/' },
      'no-keys': { ...common, login_url: LOGIN, key_file: '/no-such-file' },
      agent: { ...common, '': 'api', resource_metadata: METADATA },
    };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(policies).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}/`,
          settings,
          inside: 'default_type text/plain; alias /srv/;',
        }),
      ),
    );
    const http = `server { listen 8080; absolute_redirect off;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        location = /login { return 200 LOGIN; }
        ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/srv/index.html': 'PROTECTED',
      '/keys.json': JSON.stringify(issuer.jwks),
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    const ask = (path: string, headers: object = BROWSER, method = 'GET') =>
      send(nginx, { path: `/${door}/${path}`, method, headers: headers as Record<string, string> });

    test('a browser without a good token is sent to log in, and told the way back', async () => {
      const token = await issuer.sign('ES256', { exp: now() - 1 });
      for (const headers of [BROWSER, { ...BROWSER, ...bearer(token) }]) {
        const answer = await ask('away/index.html?page=2&token=SECRET', headers);
        expect(answer.status).toBe(302);
        expect(answer.headers.location).toBe(
          `${LOGIN}&return_url=${encodeURIComponent(`/${door}/away/index.html?page=2`)}`,
        );
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(JSON.stringify(answer)).not.toMatch(/SECRET|PROTECTED/);
      }
      const head = await ask('here/', BROWSER, 'HEAD');
      expect([head.status, head.headers.location]).toEqual([
        302,
        `/login?return_url=${encodeURIComponent(`/${door}/here/`)}`,
      ]);
    });

    test('bytes that are no text are no fault of the gateway', async () => {
      for (const bytes of ['\xed\xa0\x80', '\xff', '\xc3', '%ed%a0%80']) {
        const lines = [
          `GET /${door}/here/${bytes} HTTP/1.1`,
          'Host: a',
          `Accept: ${BROWSER.Accept}`,
        ];
        const answer = await sendRaw(nginx, lines, 'latin1');
        expect(answer.status, JSON.stringify(bytes)).toBe(302);
        expect(answer.headers.location).toMatch(/^\/login\?return_url=%2F[!-~]*$/);
      }
    });

    test.each([
      ['a script', { Accept: '*/*' }, 'GET'],
      ['a client that wants JSON', { Accept: 'application/json, text/html;q=0.5' }, 'GET'],
      ['a client that says nothing', {}, 'GET'],
      ['a form', BROWSER, 'POST'],
    ])('%s is told what is wrong', async (_what, headers, method) => {
      const answer = await ask('away/index.html', headers, method);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.headers.location).toBeUndefined();
    });

    test('who is logged in and may not, and whom the gateway fails, is not sent away', async () => {
      const headers = { ...BROWSER, ...bearer(await issuer.sign('ES256')) };
      expect((await ask('here/', headers)).status).toBe(403);
      expect((await ask('no-keys/', headers)).status).toBe(500);
      const faulty = await ask('faulty/');
      expect([faulty.status, faulty.headers.location]).toEqual([500, undefined]);
      expect((await ask('away/index.html', headers)).body).toBe('PROTECTED');
    });

    test('the challenge says where the metadata is (RFC 9728)', async () => {
      const none = await ask('agent/');
      expect(none.headers['www-authenticate']).toBe(
        `Bearer realm="api", resource_metadata="${METADATA}"`,
      );
      const bad = await ask('agent/', bearer('x'));
      expect(bad.headers['www-authenticate']).toMatch(
        /^Bearer realm="api", error="invalid_token", error_description="[^"]*", resource_metadata="/,
      );
    });
  });
});

// $auth_jwt_key_url: TLS, names, and what a key server may answer.

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_JWKS_LENGTH } from '../../src/keys/jwks.ts';
import { makeCertificate } from '../support/certificates.ts';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { KEY_HOST, type KeyHost, OTHER_HOST, startKeyHost } from '../support/key-host.ts';
import { type Behaviour, type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

/** Answers that are no key set, the reason that each must give, and what the log must say. */
const FAULTS: readonly (readonly [string, (jwks: string) => Behaviour, string, RegExp])[] = [
  [
    'answers 500',
    (body) => ({ kind: 'answer', status: 500, body }),
    'keys_unavailable',
    /answered with 500/,
  ],
  [
    'answers 204',
    () => ({ kind: 'answer', status: 204, body: '' }),
    'keys_unavailable',
    /answered with 204/,
  ],
  [
    'answers HTML',
    () => ({ kind: 'answer', body: '<html>login</html>' }),
    'cannot_parse',
    /is not a JSON object/,
  ],
  [
    'cuts JSON off',
    (body) => ({ kind: 'answer', body: body.slice(0, -40) }),
    'cannot_parse',
    /is not a JSON object/,
  ],
  ['answers gzip', (body) => ({ kind: 'gzip', body }), 'cannot_parse', /is not a JSON object/],
  [
    'announces more than it sends',
    (body) => ({ kind: 'truncate', body }),
    'keys_unavailable',
    /prematurely closed/,
  ],
  [
    'closes the connection',
    () => ({ kind: 'drop' }),
    'keys_unavailable',
    /failed: prematurely closed connection/,
  ],
  [
    'announces more than the limit',
    (body) => ({
      kind: 'answer',
      body: body.padEnd(MAX_JWKS_LENGTH + 1),
      headers: { 'Content-Length': MAX_JWKS_LENGTH + 1 },
    }),
    'keys_unavailable',
    /content length is too large/,
  ],
];

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let jwks: string;
  let good: string;
  let host: KeyHost;
  let stranger: KeyServer;
  let plain: KeyServer;
  let nginx: Nginx;
  let count = 0;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    jwks = JSON.stringify(issuer.jwks);
    good = await issuer.sign('ES256');
    const answer: Behaviour = { kind: 'answer', body: jwks };
    host = await startKeyHost(runtime, answer);
    stranger = await startKeyServer(answer, makeCertificate(runtime.image, KEY_HOST));
    plain = await startKeyServer(answer);
    const http = `http://${host.address}:${plain.port}/$http_x_case`;
    const policies: Record<string, PolicySettings> = {
      https: { key_url: `${host.origin}/$http_x_case` },
      'unknown-ca': { key_url: `https://${KEY_HOST}:${stranger.port}/$http_x_case` },
      'wrong-name': { key_url: `https://${OTHER_HOST}:${host.keys.port}/$http_x_case` },
      'unknown-name': { key_url: `https://nobody.test:${host.keys.port}/$http_x_case` },
      http: { key_url: http },
      'insecure-http': { key_url: http, insecure_http: 'on' },
      two: { key_url: `${host.origin}/$http_x_case-1 ${host.origin}/$http_x_case-2` },
    };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(policies).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: { '': name, issuer: ISSUER, ...settings },
          inside: 'default_type text/plain; alias /srv/index.html;',
        }),
      ),
    );
    const server = (name: string, directives: string) => `server {
      listen 8080; server_name ${name}; ${directives}
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    nginx = await startNginx(
      runtime,
      configure(
        runtime,
        server('as-documented', `${host.resolver} ${host.trust}`) +
          server('no-resolver', host.trust) +
          server('no-certificates', host.resolver) +
          server('no-verification', `${host.resolver} js_fetch_verify off;`) +
          server('silent-resolver', `resolver 127.0.0.1:9; resolver_timeout 1s; ${host.trust}`),
      ),
      { ...host.files, '/srv/index.html': 'PROTECTED' },
    );
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    for (const server of [host, stranger, plain]) {
      await server?.[Symbol.asyncDispose]();
    }
  });
  // A key set is remembered by its source: each test asks one that nobody has asked before.
  beforeEach(() => {
    showLogOnFailure(() => nginx);
    count += 1;
  });

  describe.each(runtime.doors)('%s', (door) => {
    const ask = (policy: string, token = good, server = 'as-documented') =>
      send(nginx, {
        path: `/${door}/${policy}`,
        headers: { ...bearer(token), Host: server, 'X-Case': String(count) },
      });

    /** What the key servers have been asked for in this test. */
    const fetches = () =>
      [host.keys, stranger, plain].flatMap(({ requests }) =>
        requests.filter(({ path }) => path.replace(/-.*/, '') === `/${count}`),
      );

    async function expectRefused(reason: string, policy: string, server?: string) {
      const { status, body } = await ask(policy, good, server);
      expect([status, JSON.parse(body).reason]).toEqual([500, reason]);
    }

    test('a key set by https serves, with one fetch', async () => {
      const forged = await (await createIssuer(['ES256'])).sign('ES256');
      for (let round = 0; round < 3; round += 1) {
        expect((await ask('https')).status).toBe(200);
        expect((await ask('https', forged)).status).toBe(401);
      }
      expect(fetches()).toHaveLength(1);
    });

    test('the key server sees nothing of the client', async () => {
      await ask('https');
      const [request] = fetches();
      const names = request?.rawHeaders.filter((_, index) => index % 2 === 0);
      expect(names?.map((name) => name.toLowerCase()).sort()).toEqual(
        expect.arrayContaining(['accept', 'host']),
      );
      expect(names?.join()).not.toMatch(/authorization|x-case|cookie/i);
      expect(request?.rawHeaders).toContain(`${KEY_HOST}:${host.keys.port}`);
    });

    test.each([
      ['of a CA that is not trusted', 'unknown-ca', /SSL certificate verify error/],
      ['for another host name', 'wrong-name', /SSL certificate does not match "other\.test"/],
    ])('a certificate %s: refused, before anything is asked', async (_, policy, line) => {
      await expectRefused('keys_unavailable', policy);
      expect(fetches()).toEqual([]);
      await nginx.waitForLog(line);
      await nginx.waitForLog(/keys_unavailable: \$auth_jwt_key_url: "https.* failed: connect/);
    });

    test('what a server has fetched without verification serves no other server', async () => {
      expect((await ask('unknown-ca', good, 'no-verification')).status).toBe(200);
      await expectRefused('keys_unavailable', 'unknown-ca');
    });

    test('no certificates to trust: refused', async () => {
      await expectRefused('keys_unavailable', 'https', 'no-certificates');
      expect(fetches()).toEqual([]);
    });

    test('no resolver: refused, and the log says what is missing', async () => {
      await expectRefused('keys_unavailable', 'https', 'no-resolver');
      await nginx.waitForLog(
        new RegExp(`\\[error\\].*\\$auth_jwt_key_url: ".*/${count}" failed: no resolver defined`),
      );
    });

    test('a resolver that is silent: refused after resolver_timeout, and the log says so', async () => {
      const begin = Date.now();
      await expectRefused('keys_unavailable', 'https', 'silent-resolver');
      expect(Date.now() - begin).toBeLessThan(3000);
      await nginx.waitForLog(
        new RegExp(`/${count}" failed: .*could not be resolved.*Operation timed out`),
      );
    });

    test('a name that does not exist: refused, and the log says so', async () => {
      await expectRefused('keys_unavailable', 'unknown-name');
      await nginx.waitForLog(
        new RegExp(`nobody\\.test.*/${count}" failed: .*could not be resolved.*Host not found`),
      );
    });

    test('http: refused, and nothing is asked', async () => {
      await expectRefused('bad_configuration', 'http');
      expect(fetches()).toEqual([]);
      await nginx.waitForLog(/bad_configuration: \$auth_jwt_key_url is "http:.*not an https URL/);
    });

    test('http that is allowed aloud serves; an address needs no resolver', async () => {
      for (const server of ['as-documented', 'no-resolver']) {
        expect((await ask('insecure-http', good, server)).status).toBe(200);
      }
      // One by each server, which may verify in another way.
      expect(fetches()).toHaveLength(2);
    });

    test.each(FAULTS)('a source that %s: refused', async (_, behave, reason, line) => {
      host.keys.pages[`/${count}`] = behave(jwks);
      await expectRefused(reason, 'https');
      await nginx.waitForLog(new RegExp(`/${count}" .*${line.source}`));
    });

    test('a key set over the limit that comes in chunks: refused', async () => {
      const body = jwks.padEnd(MAX_JWKS_LENGTH * 4);
      host.keys.pages[`/${count}`] = { kind: 'answer', body };
      expect((await ask('https')).status).toBe(500);
      // Before 1.0, njs takes up to ten times the limit in chunks; then the length of the text counts.
      await nginx.waitForLog(new RegExp(`/${count}" .*(too large|is longer than)`));
    });

    test('a source that failed is asked again a second later, and serves', async () => {
      host.keys.pages[`/${count}`] = { kind: 'answer', body: '<html>' };
      await expectRefused('cannot_parse', 'https');
      await expectRefused('cannot_parse', 'https');
      expect(fetches()).toHaveLength(1);
      host.keys.pages[`/${count}`] = undefined;
      await vi.waitFor(async () => expect((await ask('https')).status).toBe(200), {
        timeout: 15_000,
        interval: 200,
      });
      expect(fetches()).toHaveLength(2);
    });

    test('a redirect is not followed, not even to a key set', async () => {
      const headers = { Location: `${host.origin}/${count}-elsewhere` };
      host.keys.pages[`/${count}`] = { kind: 'answer', status: 302, body: jwks, headers };
      await expectRefused('keys_unavailable', 'https');
      expect(fetches().map(({ path }) => path)).toEqual([`/${count}`]);
    });

    test('a key set just under the limit serves', async () => {
      const body = jwks.padEnd(MAX_JWKS_LENGTH - 1);
      host.keys.pages[`/${count}`] = { kind: 'answer', body };
      expect((await ask('https')).status).toBe(200);
    });

    test('of two sources one fails: the keys of the other serve, and the log tells', async () => {
      host.keys.pages[`/${count}-1`] = { kind: 'drop' };
      const unknown = await issuer.sign('ES256', {}, { kid: 'elsewhere' });
      expect((await ask('two')).status).toBe(200);
      await nginx.waitForLog(new RegExp(`\\[error\\].*/${count}-1" failed`));
      // Its key may be in the set that could not be had.
      const refused = await ask('two', unknown);
      expect([refused.status, JSON.parse(refused.body).reason]).toEqual([500, 'keys_unavailable']);
      expect((await ask('two')).status).toBe(200);
    });
  });

  test('no worker has died, and nothing unforeseen happened', () => {
    expect(nginx.log()).not.toMatch(
      /\[alert\]|exited on signal|js unhandled rejection|generic_error|unforeseen/,
    );
  });
});

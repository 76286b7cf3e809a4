import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { abortOverHttp2 } from '../support/abort.ts';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { type Behaviour, type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

/** The snippet gives a silent server 3 s; the rest is for a slow machine. */
const DEADLINE_MS = 5000;

/** Answers that are no key set, and the reason that each must give. */
const FAULTS: readonly (readonly [string, (jwks: string) => Behaviour, string])[] = [
  ['never answers', () => ({ kind: 'hang' }), 'keys_unavailable'],
  ['stops in the middle', (body) => ({ kind: 'stall', body }), 'keys_unavailable'],
  ['answers 500', () => ({ kind: 'answer', status: 500, body: 'x' }), 'keys_unavailable'],
  ['redirects', () => ({ kind: 'answer', status: 302, body: 'x' }), 'keys_unavailable'],
  ['answers 204', () => ({ kind: 'answer', status: 204, body: '' }), 'keys_unavailable'],
  ['answers nothing', () => ({ kind: 'answer', body: '' }), 'keys_unavailable'],
  ['answers HTML', () => ({ kind: 'answer', body: '<html>login</html>' }), 'cannot_parse'],
  ['cuts JSON off', (body) => ({ kind: 'answer', body: body.slice(0, -40) }), 'cannot_parse'],
  ['answers null', () => ({ kind: 'answer', body: 'null' }), 'cannot_parse'],
  ['nests deeply', () => ({ kind: 'answer', body: '['.repeat(100_000) }), 'cannot_parse'],
  ['answers gzip', (body) => ({ kind: 'gzip', body }), 'cannot_parse'],
  ['closes the connection', () => ({ kind: 'drop' }), 'keys_unavailable'],
];

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let keys: KeyServer;
  let nginx: Nginx;
  let jwks: string;
  let good: string;
  let forged: string;
  let count = 0;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    jwks = JSON.stringify(issuer.jwks);
    good = await issuer.sign('ES256');
    forged = await (await createIssuer(['ES256'])).sign('ES256');
    keys = await startKeyServer({ kind: 'answer', body: jwks });
    const locations = runtime.doors.flatMap((door) =>
      ['_jwks', '_bare'].map((source) =>
        protect(door, {
          path: source === '_jwks' ? `/${door}/` : `/${door}/bare/`,
          settings: {
            '': 'orders',
            key_request: source === '_jwks' ? '/_jwks?$http_x_case' : `/_bare?${door}`,
            issuer: ISSUER,
          },
          inside:
            source === '_jwks' ? '' : 'client_max_body_size 0; proxy_pass http://127.0.0.1:8081;',
        }),
      ),
    );
    const http = `server { listen 127.0.0.1:8081; return 200 PROTECTED; }
      server { listen 8080; http2 on; root /srv;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location = /_jwks {
        include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
        proxy_pass ${keys.url}/jwks.json;
      }
      location = /_bare { internal; proxy_pass ${keys.url}/bare.json; }
      ${locations.join('\n')} }`;
    nginx = await startNginx(
      runtime,
      configure(runtime, http),
      Object.fromEntries(runtime.doors.map((door) => [`/srv/${door}/index.html`, 'PROTECTED'])),
    );
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    showLogOnFailure(() => nginx);
    keys.behaviour = { kind: 'answer', body: jwks };
  });

  describe.each(runtime.doors)('%s', (door) => {
    const path = `/${door}/`;
    let unique: Record<string, string>;

    // A key set is remembered by its source: each test asks one that nobody has asked before.
    beforeEach(() => {
      count += 1;
      unique = { 'X-Case': String(count) };
    });

    /** After a failure nobody asks the source again for a second. */
    async function expectUsualVerdicts() {
      await vi.waitFor(
        async () => {
          const verdicts = [];
          for (const headers of [bearer(good), bearer(forged), {}]) {
            const answer = await send(nginx, { path, headers: { ...headers, ...unique } });
            verdicts.push(answer.status);
          }
          expect(verdicts).toEqual([200, 401, 401]);
        },
        { timeout: 10_000, interval: 300 },
      );
    }

    const sendGood = () => send(nginx, { path, headers: { ...bearer(good), ...unique } });

    test('a key set by subrequest serves', expectUsualVerdicts);

    test('the key server sees nothing of the client', async () => {
      keys.requests.length = 0;
      const headers = {
        ...bearer(good),
        ...unique,
        Cookie: 'a=b',
        'X-Client': '1',
        'Content-Length': '4',
      };
      await send(nginx, { path: `${path}index.html`, method: 'POST', headers, body: 'body' });
      expect(keys.requests).toHaveLength(1);
      expect(keys.requests[0]?.method).toBe('GET');
      const names = keys.requests[0]?.rawHeaders.filter((_, index) => index % 2 === 0);
      expect(names?.map((name) => name.toLowerCase()).sort()).toEqual(
        expect.arrayContaining(['accept', 'host']),
      );
      for (const name of ['authorization', 'cookie', 'x-client', 'content-length']) {
        expect(names?.map((each) => each.toLowerCase())).not.toContain(name);
      }
    });

    test('what a client sends reaches no key server, and spoils no fetch, without our snippet either', async () => {
      keys.requests.length = 0;
      const headers = {
        ...bearer(good),
        ...unique,
        Cookie: 'a=b',
        Range: 'bytes=0-3',
        'Content-Type': 'text/plain',
      };
      // More than the location of the keys would take.
      const body = 'x'.repeat(2_000_000);
      const request = { path: `${path}bare/`, method: 'POST', headers, body };
      expect((await send(nginx, request)).status).toBe(200);
      expect(keys.requests).toHaveLength(1);
      const names = keys.requests[0]?.rawHeaders.filter((_, index) => index % 2 === 0);
      expect(names?.map((name) => name.toLowerCase()).sort()).toEqual(
        expect.not.arrayContaining(['cookie', 'range', 'content-type', 'authorization']),
      );
    });

    test.each(FAULTS)(
      'a source that %s: refused in time, and the next one passes',
      async (_, behave, reason) => {
        keys.behaviour = behave(jwks);
        const begin = Date.now();
        const answer = await sendGood();
        expect(Date.now() - begin).toBeLessThan(DEADLINE_MS);
        expect(answer.status).toBe(500);
        expect(JSON.parse(answer.body).reason).toBe(reason);
        keys.behaviour = { kind: 'answer', body: jwks };
        await expectUsualVerdicts();
      },
    );

    test('a source that announces more than it sends lets nothing pass that is not signed', async () => {
      keys.behaviour = { kind: 'truncate', body: jwks };
      const answer = await sendGood();
      expect(answer.status).toBe(500);
      keys.behaviour = { kind: 'answer', body: jwks };
      await expectUsualVerdicts();
    });

    test('a key set over the buffer: nginx closes the connection, and the next one passes', async () => {
      keys.behaviour = { kind: 'answer', body: jwks + ' '.repeat(300_000) };
      await expect(sendGood()).rejects.toThrow();
      await nginx.waitForLog(/too big subrequest response/);
      keys.behaviour = { kind: 'answer', body: jwks };
      await expectUsualVerdicts();
    });

    test('a key set of nearly the size of the buffer serves', async () => {
      const padding = { kty: 'foo', padding: 'x'.repeat(240_000) };
      keys.behaviour = {
        kind: 'answer',
        body: JSON.stringify({ keys: [padding, ...issuer.jwks.keys] }),
      };
      await expectUsualVerdicts();
    });

    test('a source that drips past the deadline: not an allow, and the next one passes', async () => {
      keys.behaviour = { kind: 'drip', body: jwks, seconds: 10 };
      const outcome = await sendGood().then(
        ({ status }) => status,
        () => 'closed',
      );
      expect(outcome).not.toBe(200);
      keys.behaviour = { kind: 'answer', body: jwks };
      await expectUsualVerdicts();
    });

    test('HTTP/2 clients that abort during the fetch change nothing for the next', async () => {
      keys.behaviour = { kind: 'answer', body: jwks, delay: 700 };
      for (let round = 0; round < 3; round += 1) {
        unique = { 'X-Case': `${count}-${round}` };
        await abortOverHttp2(nginx.port, path, { ...bearer(good), ...unique });
        const [anonymous, wrong, right] = await Promise.all([
          send(nginx, { path, headers: unique }),
          send(nginx, { path, headers: { ...bearer(forged), ...unique } }),
          sendGood(),
        ]);
        expect([anonymous.status, wrong.status, right.status]).toEqual([401, 401, 200]);
      }
    });
  });

  test('no worker has died', () => {
    expect(nginx.log()).not.toMatch(/\[alert\]|exited on signal|SIGSEGV|js unhandled rejection/);
  });
});

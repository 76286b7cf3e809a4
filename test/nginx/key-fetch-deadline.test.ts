// Key servers by URL that take their time. A fetch that has begun cannot be stopped: what becomes of
// the request that waits for it, of the worker, and of clients that do not wait?

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEADLINE_MS } from '../../src/handlers/door.ts';
import { FETCH_DEADLINE_MS } from '../../src/keys/wait.ts';
import { abortOverHttp2 } from '../support/abort.ts';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { type KeyHost, startKeyHost } from '../support/key-host.ts';
import type { Behaviour } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';

/** How long a fetch may take: as auth_jwt.conf has it, and longer than anybody waits for it. */
const TIMEOUTS = { shipped: 3000, patient: 7000 } as const;
type Server = keyof typeof TIMEOUTS;

/** For a machine that is busy. */
const SLACK_MS = 1500;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let host: KeyHost;
  let nginx: Nginx;
  let jwks: string;
  let good: string;
  let forged: string;

  /** The whole key set comes in the end, later than anybody waits: it must let nobody pass. */
  const LATE: readonly (readonly [string, () => Behaviour])[] = [
    ['says nothing', () => ({ kind: 'hang' })],
    ['stops in the middle', () => ({ kind: 'stall', body: jwks })],
    ['drips', () => ({ kind: 'drip', body: jwks, seconds: 5 })],
    ['comes late', () => ({ kind: 'answer', body: jwks, delay: 4700 })],
  ];

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    jwks = JSON.stringify(issuer.jwks);
    good = await issuer.sign('ES256');
    forged = await (await createIssuer(['ES256'])).sign('ES256');
    host = await startKeyHost(runtime, { kind: 'answer', body: jwks });
    const policies = {
      url: { key_url: `${host.origin}/$http_x_case`, issuer: ISSUER },
      discovery: { key_discovery: 'on', issuer: `${host.origin}/$http_x_case` },
    };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(policies).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: { '': name, ...settings },
          inside: 'default_type text/plain; alias /srv/index.html;',
        }),
      ),
    );
    const server = (name: Server, directives: string) => `server {
      listen 8080; server_name ${name}; ${host.resolver} ${host.trust} ${directives}
      http2 on;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    nginx = await startNginx(
      runtime,
      configure(
        runtime,
        server('shipped', '') + server('patient', `js_fetch_timeout ${TIMEOUTS.patient}ms;`),
      ),
      { ...host.files, '/srv/index.html': 'PROTECTED' },
    );
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  const headersOf = (server: Server, source: string) => ({
    Host: server,
    'X-Case': encodeURIComponent(source),
  });

  const makeLate = (source: string, behaviour: Behaviour | undefined) => {
    host.keys.pages[`/${encodeURIComponent(source)}`] = behaviour;
  };

  async function ask(door: Door, server: Server, source: string, token: string | undefined = good) {
    const begin = Date.now();
    const headers = { ...(token ? bearer(token) : {}), ...headersOf(server, source) };
    const { status, body } = await send(nginx, { path: `/${door}/url`, headers });
    const verdict = status === 200 ? '200' : `${status} ${JSON.parse(body).reason}`;
    return { verdict, milliseconds: Date.now() - begin };
  }

  async function expectUsualVerdicts(door: Door, server: Server, source: string) {
    await vi.waitFor(
      async () => {
        const answers = [];
        for (const token of ['', forged, good]) {
          answers.push((await ask(door, server, source, token)).verdict);
        }
        expect(answers).toEqual(['401 empty_token', '401 bad_signature', '200']);
      },
      { timeout: 10_000, interval: 300 },
    );
  }

  describe.each(runtime.doors)('%s', (door) => {
    test('a source that takes its time: refused when the fetch ends, and then got over', async () => {
      const runs = (Object.keys(TIMEOUTS) as Server[]).flatMap((server) =>
        LATE.map(async ([what, behave]) => {
          const source = `${door} ${server} ${what}`;
          makeLate(source, behave());
          const { verdict, milliseconds } = await ask(door, server, source);
          makeLate(source, undefined);
          await expectUsualVerdicts(door, server, source);
          return { source, verdict, isInTime: milliseconds < TIMEOUTS[server] + SLACK_MS };
        }),
      );
      const outcomes = await Promise.all(runs);
      expect(outcomes).toEqual(
        outcomes.map(({ source }) => ({
          source,
          verdict: '500 keys_unavailable',
          isInTime: true,
        })),
      );
    });

    test('a discovery that takes its time asks no further than the deadline', async () => {
      const iss = `${host.origin}/${door}`;
      const paths = [
        `/${door}/.well-known/openid-configuration`,
        `/.well-known/oauth-authorization-server/${door}`,
      ] as const;
      const half = FETCH_DEADLINE_MS / 2 + 300;
      const metadata = JSON.stringify({ issuer: iss, jwks_uri: `${host.origin}/keys` });
      host.keys.pages[paths[0]] = { kind: 'answer', status: 404, body: '', delay: half };
      host.keys.pages[paths[1]] = { kind: 'answer', body: metadata, delay: half };
      host.keys.requests.length = 0;
      const begin = Date.now();
      const headers = { ...bearer(await issuer.sign('ES256', { iss })), 'X-Case': door };
      const { status } = await send(nginx, { path: `/${door}/discovery`, headers });
      expect(status).toBe(500);
      expect(Date.now() - begin).toBeLessThan(2 * half + SLACK_MS);
      expect(host.keys.requests.map(({ path }) => path)).toEqual(paths);
    });

    test('the verdict comes at the deadline, whatever the fetch does', async () => {
      const source = `${door} verdict`;
      makeLate(source, { kind: 'hang' });
      const begin = Date.now();
      const answer = ask(door, 'patient', source);
      await vi.waitFor(
        () =>
          expect(nginx.log()).toMatch(
            new RegExp(
              `/${encodeURIComponent(source)}" gave no answer within ${FETCH_DEADLINE_MS} ms`,
            ),
          ),
        { timeout: FETCH_DEADLINE_MS + SLACK_MS },
      );
      expect(Date.now() - begin).toBeLessThan(TIMEOUTS.patient);
      // The next one has not to wait for the fetch of the one before.
      makeLate(source, undefined);
      await expectUsualVerdicts(door, 'patient', source);
      expect(Date.now() - begin).toBeLessThan(TIMEOUTS.patient);
      expect((await answer).verdict).toBe('500 keys_unavailable');
    });

    test.each(Object.keys(TIMEOUTS) as Server[])(
      'clients that go away meanwhile change nothing for the next: %s',
      async (server) => {
        const runs = LATE.map(async ([what, behave]) => {
          const source = `${door} ${server} aborted ${what}`;
          makeLate(source, behave());
          const headers = { ...bearer(good), ...headersOf(server, source) };
          const { Host, ...others } = headers;
          await Promise.all([
            abortOverHttp2(nginx.port, `/${door}/url`, { ':authority': Host, ...others }),
            expect(send(nginx, { path: `/${door}/url`, headers, timeout: 200 })).rejects.toThrow(),
          ]);
          makeLate(source, undefined);
          await expectUsualVerdicts(door, server, source);
        });
        await Promise.all(runs);
      },
    );
  });

  test('no worker has died when the last fetch has ended', async () => {
    await vi.waitFor(async () => expect(await establishedTo(nginx, host.keys.port)).toBe(0), {
      timeout: TIMEOUTS.patient + 10_000,
      interval: 250,
    });
    await expectUsualVerdicts('validateJwt', 'shipped', 'afterwards');
    expect(nginx.log().match(/start worker process \d+/g)).toHaveLength(1);
    expect(nginx.log()).not.toMatch(
      /\[alert\]|exited on signal|js unhandled rejection|generic_error|unforeseen/,
    );
  });

  test('the whole stays within the documented time where the shipped timeout holds', () => {
    expect(TIMEOUTS.shipped).toBeLessThan(FETCH_DEADLINE_MS);
    expect(FETCH_DEADLINE_MS + TIMEOUTS.shipped).toBeLessThan(DEADLINE_MS);
  });
});

/** How many connections the container has to a port, by /proc: the images have no ss. */
async function establishedTo(nginx: Nginx, port: number): Promise<number> {
  const table = await nginx.exec('cat /proc/net/tcp');
  const remote = new RegExp(
    `^ *\\d+: \\S+ \\S+:${port.toString(16).toUpperCase().padStart(4, '0')} 01`,
    'gm',
  );
  return (table.match(remote) ?? []).length;
}

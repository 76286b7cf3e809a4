// refreshKeys. The server that takes the requests has no resolver: what they need and do not find, they
// cannot fetch, and every key set that serves has been fetched in the background.

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { type KeyHost, startKeyHost } from '../support/key-host.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { RUNTIMES, type Runtime } from '../support/runtimes.ts';

/** How long a set is fresh, and the time after which it is renewed in the background, in seconds. */
const KEY_CACHE = 4;
const PERIOD = 3;

/** How long a slow machine may take. */
const PATIENT = { timeout: 10_000, interval: 100 };

const DISCOVERED = '/discovered';

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let good: string;
  let host: KeyHost;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    good = await issuer.sign('ES256');
    host = await startKeyHost(runtime, { kind: 'answer', body: JSON.stringify(issuer.jwks) });
    const iss = host.origin + DISCOVERED;
    const metadata = JSON.stringify({ issuer: iss, jwks_uri: `${host.origin}/keys` });
    host.keys.pages[`${DISCOVERED}/.well-known/openid-configuration`] = {
      kind: 'answer',
      body: metadata,
    };
  });
  afterAll(() => host?.[Symbol.asyncDispose]());

  const fetchesOf = (path: string) =>
    host.keys.requests.filter((each) => each.path === path).length;

  /** Waits until the source has been fetched so often. */
  const waitForFetches = (path: string, count: number, seconds = 10) =>
    vi.waitFor(() => expect(fetchesOf(path)).toBeGreaterThanOrEqual(count), {
      timeout: seconds * 1000,
      interval: 20,
    });

  /** nginx with `refreshKeys` in each of four workers, and policies for requests without a resolver. */
  function start(
    settings: Readonly<Record<string, string>>,
    policies: Readonly<Record<string, PolicySettings>>,
  ): Promise<Nginx> {
    const maps = Object.entries(settings).map(
      ([name, value]) => `map "" $auth_jwt_${name} { default "${value}"; }`,
    );
    const http = `${maps.join('\n')}
      server { listen 8081; ${host.resolver} ${host.trust}
        location @refresh { js_periodic auth_jwt.refreshKeys interval=1s worker_affinity=all; } }
      server { listen 8080; ${locations(runtime, policies)}
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf; }`;
    const conf = configure(runtime, http).replace('worker_processes 1', 'worker_processes 4');
    const files = { '/keys.json': JSON.stringify(issuer.jwks), '/srv/index.html': 'PROTECTED' };
    return startNginx(runtime, conf, { ...host.files, ...files });
  }

  const asker =
    (nginx: () => Nginx) =>
    async (policy: string, token = good) => {
      const [door = ''] = runtime.doors.slice(-1);
      const path = `/${door}/${policy}`;
      return (await send(nginx(), { path, headers: bearer(token) })).status;
    };

  describe('a list of sources', () => {
    let nginx: Nginx;
    const ask = asker(() => nginx);

    beforeAll(async () => {
      host.keys.pages['/down'] = { kind: 'drop' };
      host.keys.requests.length = 0;
      const url = (path: string) => host.origin + path;
      nginx = await start(
        {
          refresh: [
            ...[`url:${url('/steady')}`, `url:${url('/down')}`, 'file:/keys.json'],
            `discovery:${url(DISCOVERED)}`,
          ].join(' '),
          key_cache: `${KEY_CACHE}s`,
        },
        {
          steady: { key_url: url('/steady') },
          down: { key_url: url('/down') },
          file: { key_file: '/keys.json' },
          discovered: { key_discovery: 'on', issuer: url(DISCOVERED) },
        },
      );
    });
    afterAll(() => nginx?.[Symbol.asyncDispose]());
    beforeEach(() => showLogOnFailure(() => nginx));

    test('is there before the first request, fetched by one of four workers', async () => {
      await waitForFetches('/steady', 1);
      await waitForFetches('/keys', 1);
      await nginx.exec('rm /keys.json');
      const discovered = await issuer.sign('ES256', { iss: host.origin + DISCOVERED });
      await vi.waitFor(async () => expect(await ask('steady')).toBe(200), PATIENT);
      expect(await ask('discovered', discovered)).toBe(200);
      expect(await ask('file')).toBe(200);
      expect([fetchesOf('/steady'), fetchesOf('/keys')]).toEqual([1, 1]);
    });

    test('is renewed once in a period, and requests at a steady rate never fetch', async () => {
      const [first, begin] = [fetchesOf('/steady'), Date.now()];
      const statuses: number[] = [];
      const asking = setInterval(() => {
        ask('steady').then(
          (status) => statuses.push(status),
          () => statuses.push(0),
        );
      }, 20);
      try {
        await waitForFetches('/steady', first + 3, 4 * PERIOD + 2);
      } finally {
        clearInterval(asking);
      }
      // Clocks in seconds: a period may be one shorter.
      const periods = (Date.now() - begin) / (PERIOD - 1) / 1000;
      expect(fetchesOf('/steady') - first).toBeLessThanOrEqual(Math.ceil(periods));
      expect(statuses.length).toBeGreaterThan(100);
      expect(new Set(statuses)).toEqual(new Set([200]));
    });

    test('has a file that has gone: told, and the set at hand serves', async () => {
      await nginx.waitForLog(
        /keys_unavailable: .*\/keys\.json" cannot be read: ENOENT; .* still se/,
      );
      expect(await ask('file')).toBe(200);
    });

    test('has a source that was down at the start: told at each try, then there', async () => {
      expect(await ask('down')).toBe(500);
      await nginx.waitForLog(/keys_unavailable: \$auth_jwt_key_url: ".*\/down" failed: premature/);
      host.keys.pages['/down'] = undefined;
      await waitForFetches('/down', fetchesOf('/down') + 1);
      // A request that fails makes the ticks of the next second leave the source alone.
      const seldom = { timeout: 20_000, interval: 3000 };
      await vi.waitFor(async () => expect(await ask('down')).toBe(200), seldom);
    });

    test('goes on after a reload, without a fetch on top', async () => {
      await waitForFetches('/steady', fetchesOf('/steady') + 1);
      const before = fetchesOf('/steady');
      await nginx.exec('kill -HUP 1');
      await vi.waitFor(
        () => expect(nginx.log().match(/start worker process \d+/g)).toHaveLength(8),
        PATIENT,
      );
      expect(await ask('steady')).toBe(200);
      expect(fetchesOf('/steady')).toBe(before);
      await waitForFetches('/steady', before + 1);
      expect(await ask('steady')).toBe(200);
    });

    test('nobody has died, and no request of a good source has fetched', () => {
      expect(nginx.log()).not.toMatch(/(steady|discovered)\S*" failed: no resolver/);
      expect(nginx.log()).not.toMatch(/bad_configuration/);
      expectHealth(nginx, 8);
    });
  });

  describe('a source that hangs for longer than the interval', () => {
    let nginx: Nginx;
    const ask = asker(() => nginx);

    beforeAll(async () => {
      host.keys.pages['/hang'] = { kind: 'hang' };
      host.keys.requests.length = 0;
      nginx = await start(
        { refresh: `url:${host.origin}/hang url:${host.origin}/well`, key_cache: `${KEY_CACHE}s` },
        { well: { key_url: `${host.origin}/well` } },
      );
    });
    afterAll(() => nginx?.[Symbol.asyncDispose]());
    beforeEach(() => showLogOnFailure(() => nginx));

    test('is ended by nginx, stops no other, and takes no worker down', async () => {
      await waitForFetches('/well', 3, 4 * PERIOD);
      expect(nginx.log()).toMatch(/refreshKeys" is already running, killing previous instance/);
      expect(await ask('well')).toBe(200);
      expectHealth(nginx, 4);
    });
  });

  describe('the defaults of the site', () => {
    let nginx: Nginx;
    const ask = asker(() => nginx);

    beforeAll(async () => {
      host.keys.requests.length = 0;
      nginx = await start(
        { key_url: `${host.origin}/default`, key_request: '/_nothing', issuer: ISSUER },
        { default: { key_request: '' } },
      );
    });
    afterAll(() => nginx?.[Symbol.asyncDispose]());
    beforeEach(() => showLogOnFailure(() => nginx));

    test('count where there is no list', async () => {
      await waitForFetches('/default', 1);
      await vi.waitFor(async () => expect(await ask('default')).toBe(200), PATIENT);
      expect(fetchesOf('/default')).toBe(1);
      expectHealth(nginx, 4);
    });
  });

  describe.each([
    ['nothing to refresh', {}, /bad_configuration: \$auth_jwt_refresh is empty.*nothing to refr/],
    ['a list that is not understood', { refresh: '/keys.json' }, /\$auth_jwt_refresh is "\/keys\./],
  ])('%s', (_, settings, line) => {
    let nginx: Nginx;
    const ask = asker(() => nginx);

    beforeAll(async () => {
      nginx = await start(settings, { file: { key_file: '/keys.json' } });
    });
    afterAll(() => nginx?.[Symbol.asyncDispose]());
    beforeEach(() => showLogOnFailure(() => nginx));

    test('is told by the log, and requests are not concerned', async () => {
      await nginx.waitForLog(line);
      expect(await ask('file')).toBe(200);
      expectHealth(nginx, 4);
    });
  });
});

function locations(runtime: Runtime, policies: Readonly<Record<string, PolicySettings>>): string {
  return runtime.doors
    .flatMap((door) =>
      Object.entries(policies).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: { '': name, issuer: ISSUER, ...settings },
          inside: 'default_type text/plain; alias /srv/index.html;',
        }),
      ),
    )
    .join('\n');
}

function expectHealth(nginx: Nginx, workers: number): void {
  expect(nginx.log().match(/start worker process \d+/g)).toHaveLength(workers);
  expect(nginx.log()).not.toMatch(
    /\[alert\]|exited on signal|js unhandled rejection|generic_error|unforeseen/,
  );
}

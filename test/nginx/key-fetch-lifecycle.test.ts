// Key sets by URL over time, with four workers: who fetches, how often, and what serves meanwhile.

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_JWKS_LENGTH } from '../../src/keys/jwks.ts';
import { MAX_WAITING } from '../../src/keys/store.ts';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { type KeyHost, startKeyHost } from '../support/key-host.ts';
import type { Behaviour } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { fetchesAllowed } from '../support/patience.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

/** How long a set is fresh in `brief`, in milliseconds. */
const BRIEF_MS = 1000;

/** Answers that must not take the place of a good set, and what the log says of them. */
const OUTAGES: readonly (readonly [string, () => Behaviour, string])[] = [
  ['status 500', () => ({ kind: 'answer', status: 500, body: 'x' }), 'answered with 500'],
  ['garbage', () => ({ kind: 'answer', body: '<html>' }), 'is not a JSON object'],
  [
    'too long',
    () => ({ kind: 'answer', body: '1'.repeat(MAX_JWKS_LENGTH * 2) }),
    'too large|is longer than',
  ],
  ['gone', () => ({ kind: 'drop' }), 'failed: prematurely closed'],
  ['hangs', () => ({ kind: 'hang' }), 'failed: read timed out'],
];

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let next: Issuer;
  let jwks: string;
  let good: string;
  let host: KeyHost;
  let nginx: Nginx;

  beforeAll(async () => {
    [issuer, next] = await Promise.all([createIssuer(['ES256']), createIssuer(['ES256'])]);
    jwks = JSON.stringify(issuer.jwks);
    good = await issuer.sign('ES256');
    host = await startKeyHost(runtime, { kind: 'answer', body: jwks });
    const policies = {
      brief: { key_cache: `${BRIEF_MS}ms`, key_stale: '1m', key_cooldown: '1s' },
      usual: { key_cooldown: '1s' },
    };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(policies).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: {
            '': name,
            issuer: ISSUER,
            key_url: `${host.origin}/$http_x_case`,
            ...settings,
          },
          inside: 'default_type text/plain; alias /srv/index.html;',
        }),
      ),
    );
    const http = `server { listen 8080; ${host.resolver} ${host.trust}
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    const conf = configure(runtime, http).replace('worker_processes 1', 'worker_processes 4');
    nginx = await startNginx(runtime, conf, { ...host.files, '/srv/index.html': 'PROTECTED' });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    const pathOf = (source: string) => `/${door}-${source.replace(/ /g, '-')}`;

    const ask = async (source: string, policy: 'brief' | 'usual', token = good) => {
      const headers = { ...bearer(token), 'X-Case': pathOf(source).slice(1) };
      return (await send(nginx, { path: `/${door}/${policy}`, headers })).status;
    };

    const serve = (source: string, behaviour: Behaviour) => {
      host.keys.pages[pathOf(source)] = behaviour;
    };

    const fetchesOf = (source: string) =>
      host.keys.requests.filter(({ path }) => path === pathOf(source)).length;

    test(`${MAX_WAITING} requests at once on a cold start: one fetch by four workers, none lost`, async () => {
      serve('cold', { kind: 'answer', body: jwks, delay: 300 });
      const begin = Date.now();
      const statuses = await Promise.all(
        Array.from({ length: MAX_WAITING }, () => ask('cold', 'usual')),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect(fetchesOf('cold')).toBeLessThanOrEqual(fetchesAllowed(begin));
    });

    test.each(OUTAGES)(
      'an outage after a good fetch: %s; the set at hand serves',
      async (name, behave, line) => {
        expect(await ask(name, 'brief')).toBe(200);
        serve(name, behave());
        // Asked until the source has been tried again: by one, who waits, while the others go on.
        const statuses: number[] = [];
        const explanation = new RegExp(
          `${pathOf(name)}" .*(${line}).*; the key set at hand still serves`,
        );
        await vi.waitFor(
          async () => {
            statuses.push(...(await Promise.all([1, 2, 3].map(() => ask(name, 'brief')))));
            expect(nginx.log()).toMatch(explanation);
          },
          { timeout: 8000, interval: 50 },
        );
        expect(new Set(statuses)).toEqual(new Set([200]));
        expect(await ask(name, 'brief')).toBe(200);
        expect(fetchesOf(name)).toBe(2);
      },
    );

    test('a rotation: the new kid is fetched once, and a kid that nobody has no more than that', async () => {
      const fresh = await next.sign('ES256', {}, { kid: 'new' });
      const both = [...issuer.jwks.keys, { ...next.jwks.keys[0], kid: 'new' }];
      expect(await ask('rotation', 'usual')).toBe(200);
      serve('rotation', { kind: 'answer', body: JSON.stringify({ keys: both }) });
      const statuses = await Promise.all(
        Array.from({ length: 20 }, () => ask('rotation', 'usual', fresh)),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect(fetchesOf('rotation')).toBe(2);
      const unknown = await issuer.sign('ES256', {}, { kid: 'nobody' });
      const refused = Array.from({ length: 20 }, () => ask('rotation', 'usual', unknown));
      expect(new Set(await Promise.all(refused))).toEqual(new Set([401]));
      expect(fetchesOf('rotation')).toBeLessThanOrEqual(3);
      expect(await ask('rotation', 'usual')).toBe(200);
    });
  });

  test('no worker has died, and nothing unforeseen happened', () => {
    expect(nginx.log().match(/start worker process \d+/g)).toHaveLength(4);
    expect(nginx.log()).not.toMatch(
      /\[alert\]|exited on signal|js unhandled rejection|generic_error|unforeseen/,
    );
  });
});

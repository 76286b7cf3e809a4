// Requests that wait: for a key that nobody has, for the first set of keys, for a revocation list, for an endpoint that
// introspects. Each costs memory as long as it waits, so how many do is bounded.

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { attack } from '../attack/clients.ts';
import { SECONDS, tell } from '../attack/figures.ts';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { type Door, RUNTIMES, type Runtime } from '../support/runtimes.ts';
import { readWorkers } from '../support/workers.ts';

const RATE = 500;
const ATTACK_MS = Math.max(1800, SECONDS * 1000);
/** How long a source takes: many requests come meanwhile. */
const SLOW_MS = 1500;
/** What a worker may grow by, aimed at 64 MB, with room for a busy machine; it had grown by 850 MB for 1,000 requests. */
const MAX_GROWTH_KB = 80 * 1024;
/** The same where they wait for keys and for a list. */
const MAX_GROWTH_OF_TWO_KB = 100 * 1024;
/** What a good request may take longer than usual, mostly, aimed at 50 ms: the worker has other requests to answer, too. */
const MAX_DELAY_MS = 100;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let keys: KeyServer;
  let nginx: Nginx | undefined;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
  });
  afterEach(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
    nginx = undefined;
  });

  /** An nginx of one worker that knows nothing yet. */
  async function start(door: Door, settings: PolicySettings = {}): Promise<Nginx> {
    showLogOnFailure(() => nginx);
    keys = await startKeyServer({ kind: 'answer', body: JSON.stringify(issuer.jwks) });
    keys.pages['/revoked'] = { kind: 'answer', body: '[]' };
    keys.pages['/introspect'] = { kind: 'answer', body: '{"active":false}', delay: SLOW_MS };
    const at = (name: string, snippet: string) => `location = /_${name} {
      include /etc/nginx/auth_jwt/auth_jwt_${snippet}.conf; proxy_pass ${keys.url}/${name}; }`;
    const http = `keepalive_requests 1000000; http2 on; server { listen 8080;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      ${at('jwks', 'jwks')} ${at('revoked', 'jwks')} ${at('introspect', 'introspection')}
      ${protect(door, {
        path: '/protected',
        settings: {
          '': 'x',
          issuer: ISSUER,
          key_request: '/_jwks',
          key_cooldown: '1s',
          ...settings,
        },
        inside: 'default_type text/plain; alias /srv/index.html;',
      })} }`;
    const conf = configure(runtime, http).replace('stderr info', 'stderr notice');
    const started = await startNginx(runtime, conf, { '/srv/index.html': 'PROTECTED' });
    nginx = started;
    return started;
  }

  const slowly = (page: string, body: string) => {
    keys.pages[page] = { kind: 'answer', body, delay: SLOW_MS };
  };

  test.each(runtime.doors)(
    '%s: tokens with invented keys do not fill the memory, and delay no good one',
    { timeout: 90_000 },
    async (door) => {
      const target = await start(door);
      const good = await issuer.sign('ES256');
      const usual = await timesOf(target, good, 500);
      slowly('/jwks', JSON.stringify(issuer.jwks));
      const [, payload, signature] = good.split('.');
      const result = await measure(
        target,
        good,
        () => `${headerOf(crypto.randomUUID())}.${payload}.${signature}`,
      );
      report(runtime, door, 'invented keys', result, usual);
      expect(result.growth).toBeLessThan(MAX_GROWTH_KB);
      expect(result.statuses).toEqual(new Set([200]));
      expect(middle(result.times)).toBeLessThan(middle(usual) + MAX_DELAY_MS);
      expect(Object.keys(result.answers)).toEqual(['401']);
      expect(target.log()).not.toMatch(/\[alert\]|\[crit\]|\[error\]|signal|exited/);
    },
  );

  test.each(runtime.doors)(
    '%s: clients that hang up at a cold start do not fill the memory, nor keep a good token out',
    { timeout: 90_000 },
    async (door) => {
      const target = await start(door);
      slowly('/jwks', JSON.stringify(issuer.jwks));
      const good = await issuer.sign('ES256');
      const result = await measure(target, good, () => good, 200);
      report(runtime, door, 'cold start with hang-ups', result);
      expect(result.growth).toBeLessThan(MAX_GROWTH_KB);
      expect(result.statuses).toContain(200);
      expect(keys.requests.length).toBeLessThanOrEqual(3);
      expect(await statusOf(target, good)).toBe(200);
    },
  );

  test.each(runtime.doors)(
    '%s: a revocation list that takes its time does not fill the memory',
    { timeout: 90_000 },
    async (door) => {
      const target = await start(door, { revocation_request: '/_revoked' });
      slowly('/revoked', '[]');
      const good = await issuer.sign('ES256');
      const result = await measure(target, good, () => good);
      report(runtime, door, 'cold revocation list', result);
      expect(result.growth).toBeLessThan(MAX_GROWTH_OF_TWO_KB);
      expect(await statusOf(target, good)).toBe(200);
      // Those that find no place are told so; the others have waited, and pass.
      expect(Object.keys(result.answers).sort()).toEqual(['200', '500']);
    },
  );

  test.each(runtime.doors)(
    '%s: invented opaque tokens do not fill the memory, and delay no JWT',
    { timeout: 90_000 },
    async (door) => {
      const target = await start(door, { introspection_request: '/_introspect' });
      const good = await issuer.sign('ES256');
      const usual = await timesOf(target, good, 500);
      const result = await measure(target, good, () => `opaque-${crypto.randomUUID()}`);
      report(runtime, door, 'invented opaque tokens', result, usual);
      expect(result.growth).toBeLessThan(MAX_GROWTH_KB);
      expect(result.statuses).toEqual(new Set([200]));
      expect(middle(result.times)).toBeLessThan(middle(usual) + MAX_DELAY_MS);
      expect(Object.keys(result.answers).sort()).toEqual(['401', '500']);
    },
  );
});

/** Attacks for a while, and asks with a good token meanwhile. */
async function measure(nginx: Nginx, good: string, token: () => string, patience?: number) {
  const before = await memoryOf(nginx);
  const running = attack(nginx, {
    paths: ['/protected'],
    token,
    rate: RATE,
    ...(patience === undefined ? {} : { patience }),
  });
  const statuses = new Set<number>();
  const times = await timesOf(nginx, good, ATTACK_MS, statuses);
  await running.stop();
  const { sent, answers } = running;
  return { growth: (await memoryOf(nginx)) - before, statuses, times, sent, answers };
}

/** What requests with a token take, one after the other, in milliseconds. */
async function timesOf(nginx: Nginx, token: string, forMs: number, statuses = new Set<number>()) {
  const times: number[] = [];
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    const begin = Date.now();
    statuses.add(await statusOf(nginx, token));
    times.push(Date.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return times;
}

async function statusOf(nginx: Nginx, token: string): Promise<number> {
  return (await send(nginx, { path: '/protected', headers: bearer(token) })).status;
}

async function memoryOf(nginx: Nginx): Promise<number> {
  return (await readWorkers(nginx)).reduce((sum, { rss }) => sum + rss, 0);
}

function middle(times: readonly number[]): number {
  return (
    [...times].sort((one, other) => one - other)[times.length >> 1] ?? Number.POSITIVE_INFINITY
  );
}

function report(
  { name }: Runtime,
  door: Door,
  what: string,
  { growth, times, sent }: Awaited<ReturnType<typeof measure>>,
  usual: readonly number[] = [],
): void {
  tell(`${name} ${door}, ${what}, ${sent} requests`, {
    'worker grows by MB': Math.round(growth / 1024),
    'good requests': times.length,
    'half of them within ms': middle(times),
    'usual ms': usual.length === 0 ? '-' : middle(usual),
    'slowest ms': Math.max(...times),
  });
}

const headerOf = (kid: string) =>
  Buffer.from(JSON.stringify({ alg: 'ES256', kid })).toString('base64url');

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_WAITING } from '../../src/keys/store.ts';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { fetchesAllowed } from '../support/patience.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Each source is a server of its own here: a test that waits does not disturb the next.
const CASES = [
  'down',
  'outage',
  'slow',
  'hang',
  'flap',
  'rotate',
  'garbage',
  'kids',
  'cold',
] as const;
type Case = (typeof CASES)[number];

const TIMES: Record<Case, Record<string, string>> = {
  down: {},
  outage: { key_cache: '1s', key_stale: '4s' },
  slow: { key_cache: '2s' },
  hang: { key_cache: '1s' },
  flap: { key_cache: '1s', key_stale: '1m' },
  rotate: { key_cache: '2s', key_cooldown: '1s' },
  garbage: { key_cache: '1s' },
  kids: { key_cooldown: '30s' },
  cold: {},
};

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let next: Issuer;
  let jwks: string;
  let nginx: Nginx;
  const servers = {} as Record<Case, KeyServer>;

  beforeAll(async () => {
    [issuer, next] = await Promise.all([createIssuer(['ES256']), createIssuer(['ES256'])]);
    jwks = JSON.stringify(issuer.jwks);
    for (const name of CASES) {
      servers[name] = await startKeyServer({ kind: 'answer', body: jwks });
    }
    // A door for each case in turn, so that both are seen; every behaviour lies behind the doors.
    const locations = CASES.map((name, index) => {
      const door = runtime.doors[index % runtime.doors.length] ?? 'validateJwt';
      return `${protect(door, {
        path: `/${name}`,
        settings: { '': name, key_request: `/_jwks_${name}`, issuer: ISSUER, ...TIMES[name] },
        inside:
          'default_type text/plain; alias /srv/index.html; add_header X-Cache $auth_jwt_cache;',
      })}
      location = /_jwks_${name} {
        include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
        proxy_pass ${servers[name].url};
      }`;
    });
    const http = `server { listen 8080;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    const conf = configure(runtime, http).replace('worker_processes 1', 'worker_processes 4');
    nginx = await startNginx(runtime, conf, { '/srv/index.html': 'PROTECTED' });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await Promise.all(Object.values(servers).map((server) => server[Symbol.asyncDispose]()));
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  const ask = async (name: Case, token: string) =>
    (await send(nginx, { path: `/${name}`, headers: bearer(token) })).status;

  /** Asks with one token until the time is over, `rate` times a second, and counts the answers. */
  async function load(name: Case, tokens: readonly string[], seconds: number, rate: number) {
    const counts: Record<string, number> = {};
    const pending: Promise<void>[] = [];
    const end = Date.now() + seconds * 1000;
    for (let index = 0; Date.now() < end; index += 1) {
      const which = index % tokens.length;
      pending.push(
        ask(name, tokens[which] ?? '').then(
          (status) => {
            const key = `${which}:${status}`;
            counts[key] = (counts[key] ?? 0) + 1;
          },
          (error: unknown) => {
            counts[String(error)] = 1;
          },
        ),
      );
      await pause(1000 / rate);
    }
    await Promise.all(pending);
    return counts;
  }

  test('a source that is down at the start: 500, and seconds after it is up tokens pass', async () => {
    const token = await issuer.sign('ES256');
    const begin = Date.now();
    servers.down.behaviour = { kind: 'drop' };
    expect(await ask('down', token)).toBe(500);
    // Refused at once, without another fetch each.
    const before = servers.down.requests.length;
    for (let count = 0; count < 20; count += 1) {
      expect(await ask('down', token)).toBe(500);
    }
    expect(servers.down.requests.length - before).toBeLessThanOrEqual(
      2 + (Date.now() - begin) / 1000,
    );
    servers.down.behaviour = { kind: 'answer', body: jwks };
    await vi.waitFor(async () => expect(await ask('down', token)).toBe(200), {
      timeout: 10_000,
      interval: 200,
    });
  });

  test('an outage after a good fetch: tokens pass for the stale time, then no more', async () => {
    const [token, other] = [await issuer.sign('ES256'), await issuer.sign('ES256', { sub: 'bob' })];
    expect(await ask('outage', token)).toBe(200);
    const begin = Date.now();
    servers.outage.behaviour = { kind: 'answer', status: 503, body: 'down' };
    const counts = await load('outage', [token, other], 3.5, 20);
    expect(Object.keys(counts).sort()).toEqual(['0:200', '1:200']);
    // One attempt, one line: the next is not before ten seconds while an old set serves.
    expect(servers.outage.requests.length).toBeLessThanOrEqual(3);
    const lines = nginx.log().match(/\[error\].*_jwks_outage" answered with status 503/g) ?? [];
    expect(lines.length).toBeLessThanOrEqual(2);
    await pause(Math.max(0, begin + 6500 - Date.now()));
    expect(await ask('outage', token)).toBe(500);
    servers.outage.behaviour = { kind: 'answer', body: jwks };
    await vi.waitFor(async () => expect(await ask('outage', token)).toBe(200), {
      timeout: 20_000,
      interval: 300,
    });
  });

  test('a slow source makes one request wait, and the others none', async () => {
    const token = await issuer.sign('ES256');
    expect(await ask('slow', token)).toBe(200);
    servers.slow.behaviour = { kind: 'answer', body: jwks, delay: 700 };
    servers.slow.requests.length = 0;
    const begin = Date.now();
    const counts = await load('slow', [token], 4, 40);
    expect(Object.keys(counts)).toEqual(['0:200']);
    expect(servers.slow.requests.length).toBeGreaterThanOrEqual(1);
    expect(servers.slow.requests.length).toBeLessThanOrEqual((Date.now() - begin) / 1800 + 1);
  });

  test('a source that hangs after a good fetch stops nobody', async () => {
    const token = await issuer.sign('ES256');
    expect(await ask('hang', token)).toBe(200);
    servers.hang.behaviour = { kind: 'hang' };
    const counts = await load('hang', [token], 5, 20);
    expect(Object.keys(counts)).toEqual(['0:200']);
  });

  test('a source that fails every other time stops nobody', async () => {
    const token = await issuer.sign('ES256');
    expect(await ask('flap', token)).toBe(200);
    const timer = setInterval(() => {
      servers.flap.behaviour =
        servers.flap.behaviour.kind === 'drop' ? { kind: 'answer', body: jwks } : { kind: 'drop' };
    }, 300);
    const counts = await load('flap', [token], 4, 30);
    clearInterval(timer);
    expect(Object.keys(counts)).toEqual(['0:200']);
  });

  test('a rotation refuses no good token inside the overlap, and ends the old key after it', async () => {
    const old = await issuer.sign('ES256');
    const fresh = await next.sign('ES256', {}, { kid: 'new' });
    const [newKey] = next.jwks.keys;
    const both = { keys: [...issuer.jwks.keys, { ...newKey, kid: 'new' }] };
    expect(await ask('rotate', old)).toBe(200);
    servers.rotate.behaviour = { kind: 'answer', body: JSON.stringify(both) };
    const overlap = await load('rotate', [old, fresh], 3, 200);
    expect(Object.keys(overlap).sort()).toEqual(['0:200', '1:200']);
    const after = { keys: [{ ...newKey, kid: 'new' }] };
    servers.rotate.behaviour = { kind: 'answer', body: JSON.stringify(after) };
    await pause(2500);
    await ask('rotate', fresh);
    expect(await ask('rotate', fresh)).toBe(200);
    // Its signature was remembered; the key has gone all the same.
    expect(await ask('rotate', old)).toBe(401);
  });

  test('garbage leaves the set as it was, and is got over', async () => {
    const token = await issuer.sign('ES256');
    expect(await ask('garbage', token)).toBe(200);
    servers.garbage.behaviour = { kind: 'answer', body: '<html>' };
    expect(Object.keys(await load('garbage', [token], 2.5, 20))).toEqual(['0:200']);
    await nginx.waitForLog(/cannot_parse: .*_jwks_garbage" is not a JSON object; .* still serves/);
    servers.garbage.behaviour = { kind: 'answer', body: jwks };
    expect(Object.keys(await load('garbage', [token], 1, 20))).toEqual(['0:200']);
  });

  test('tokens with random kids force one fetch in a cooldown, whatever their number', async () => {
    const token = await issuer.sign('ES256');
    const [, payload, signature] = token.split('.');
    expect(await ask('kids', token)).toBe(200);
    servers.kids.requests.length = 0;
    for (let batch = 0; batch < 20; batch += 1) {
      const statuses = await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const header = JSON.stringify({ alg: 'ES256', kid: `${batch}-${index}` });
          const part = Buffer.from(header).toString('base64url');
          return ask('kids', `${part}.${payload}.${signature}`);
        }),
      );
      expect(new Set(statuses)).toEqual(new Set([401]));
    }
    expect(servers.kids.requests.length).toBeLessThanOrEqual(1);
    expect(await ask('kids', token)).toBe(200);
  });

  test(`${MAX_WAITING} requests at once on a cold start: one fetch by four workers, none lost`, async () => {
    servers.cold.behaviour = { kind: 'answer', body: jwks, delay: 300 };
    const token = await issuer.sign('ES256');
    const begin = Date.now();
    const statuses = await Promise.all(
      Array.from({ length: MAX_WAITING }, () => ask('cold', token)),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(servers.cold.requests.length).toBeLessThanOrEqual(fetchesAllowed(begin));
  });

  test('no worker has died, and nothing unforeseen happened', () => {
    expect(nginx.log()).not.toMatch(/\[alert\]|\[crit\]|signal|unhandled|generic_error|unforeseen/);
  });
});

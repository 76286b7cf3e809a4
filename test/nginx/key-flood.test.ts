import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Connection, get, openConnection } from '../support/connection.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';
import { readWorkers, type Worker } from '../support/workers.ts';

/** `FLOOD=100000` for a longer one. */
const REQUESTS = Number(process.env.FLOOD ?? 40_000);
/** After so many the workers have what they need: contexts, buffers, key sets. */
const WARM_UP = 20_000;
/** Among so many requests there is one with a good token. */
const GOOD_EVERY = 200;

const CONNECTIONS = 32;
/** Requests that wait for their answers on one connection. */
const PIPELINED = 4;

/** Short, so that the flood meets many of them. */
const COOLDOWN_SECONDS = 2;

/**
 * What the workers together may gain after the warm-up: 150 bytes for each request. QuickJS collects the
 * garbage of a context when it has grown by half, so some thirty contexts go on growing for a while, in
 * steps; a longer flood adds less and less.
 */
const MAX_GROWTH_KB = 12_288;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let keys: KeyServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    // Slow enough for every connection to have a request that waits for the fetch: the memory that
    // this takes belongs to the warm-up.
    keys = await startKeyServer({ kind: 'answer', body: JSON.stringify(issuer.jwks), delay: 200 });
    const settings = { '': 'flood', key_request: '/_jwks', issuer: ISSUER };
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: `/${door}`,
        settings: { ...settings, key_cooldown: `${COOLDOWN_SECONDS}s` },
        inside: 'default_type text/plain; alias /srv/index.html;',
      }),
    );
    // By reuseport every worker has its share of the connections.
    const http = `server { listen 8080 reuseport; keepalive_requests 1000000;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location = /_jwks {
        include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
        proxy_pass ${keys.url};
      }
      ${locations.join('\n')} }`;
    const conf = configure(runtime, http)
      .replace('worker_processes 1', 'worker_processes 4')
      // Each refusal is a line at "info": 100,000 of them would be what is measured.
      .replace('stderr info', 'stderr notice');
    nginx = await startNginx(runtime, conf, { '/srv/index.html': 'PROTECTED' });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  /** Sends tokens that are good but for their kid, and some that are good, and counts the answers. */
  async function flood(connections: readonly Connection[], count: number) {
    const [, payload, signature] = (await issuer.sign('ES256')).split('.');
    const answers = { unknownKeys: 0, passed: 0, others: [] as string[] };
    let left = count;

    async function ask(connection: Connection, path: string, token: string) {
      const { status, body } = await connection.exchange(get(path, token));
      if (status === 401 && body.includes('"reason":"unknown_key"')) {
        answers.unknownKeys += 1;
      } else if (status === 200 && body === 'PROTECTED') {
        answers.passed += 1;
      } else {
        answers.others.push(`${status} ${body}`);
      }
    }

    async function askOnAndOn(connection: Connection, path: string) {
      while (left > 0) {
        left -= 1;
        const isGoodDue = left % GOOD_EVERY === 0;
        const header = JSON.stringify({ alg: 'ES256', kid: crypto.randomUUID() });
        const part = Buffer.from(header).toString('base64url');
        await ask(connection, path, `${part}.${payload}.${signature}`);
        if (isGoodDue) {
          await ask(connection, path, await issuer.sign('ES256', { sub: `${left}` }));
        }
      }
    }

    await Promise.all(
      connections.flatMap((connection, index) => {
        const path = `/${runtime.doors[index % runtime.doors.length]}`;
        return Array.from({ length: PIPELINED }, () => askOnAndOn(connection, path));
      }),
    );
    return answers;
  }

  test(`${REQUESTS} tokens with random kids: few fetches, no memory, and good tokens pass`, {
    timeout: 240_000,
  }, async () => {
    const connections = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => openConnection(nginx)),
    );
    const begin = Date.now();
    const warmUp = await flood(connections, WARM_UP);
    const before = await readWorkers(nginx);
    const flooding = await flood(connections, REQUESTS - WARM_UP);
    const after = await readWorkers(nginx);
    const cooldowns = (Date.now() - begin) / 1000 / COOLDOWN_SECONDS;
    const last = await flood(connections, GOOD_EVERY);
    for (const connection of connections) {
      connection.close();
    }

    for (const [count, answers] of [
      [WARM_UP, warmUp],
      [REQUESTS - WARM_UP, flooding],
      [GOOD_EVERY, last],
    ] as const) {
      expect(answers).toEqual({ unknownKeys: count, passed: count / GOOD_EVERY, others: [] });
    }
    // The first, by whoever came first, and one for each cooldown. The key cache outlasts the test.
    expect(keys.requests.length).toBeLessThanOrEqual(2 + cooldowns);
    // That it is asked at all is what makes a new key known.
    expect(keys.requests.length).toBeGreaterThan(1);
    expect(pidsOf(after)).toEqual(pidsOf(before));
    expect(memoryOf(after) - memoryOf(before)).toBeLessThan(MAX_GROWTH_KB);
  });

  test('no worker has died, and nothing unforeseen happened', () => {
    expect(nginx.log()).not.toMatch(/\[alert\]|\[crit\]|\[error\]|signal|exited/);
  });
});

function pidsOf(workers: readonly Worker[]): number[] {
  return workers.map(({ pid }) => pid);
}

function memoryOf(workers: readonly Worker[]): number {
  return workers.reduce((sum, { rss }) => sum + rss, 0);
}

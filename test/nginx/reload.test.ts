import { expect, test, vi } from 'vitest';
import { get } from '../support/connection.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES, type Runtime } from '../support/runtimes.ts';
import { type Habits, type Question, type Record, runClient } from '../support/traffic.ts';

/** One each second. */
const RELOADS = 60;

/** Refreshed so often that reloads fall upon fetches under way. */
const KEY_CACHE_SECONDS = 2;
const FETCH_MS = 500;

/** Clients at each door: some without a pause, some whose connections are idle in between. */
const CLIENTS: readonly Habits[] = [
  { keepsConnection: true, pause: 0 },
  { keepsConnection: true, pause: 5 },
  { keepsConnection: true, pause: 20 },
  { keepsConnection: true, pause: 50 },
  { keepsConnection: false, pause: 5 },
  { keepsConnection: false, pause: 20 },
];

// All at once, for the time goes by in waiting.
test.concurrent.for(RUNTIMES)(
  `$name: ${RELOADS} reloads under traffic lose no request and no worker`,
  { timeout: 240_000 },
  async (runtime, { onTestFailed }) => {
    const issuer = await createIssuer(['ES256']);
    await using keys = await startKeyServer({
      kind: 'answer',
      body: JSON.stringify(issuer.jwks),
      delay: FETCH_MS,
    });
    await using nginx = await start(runtime, keys.url);
    showLogOnFailure(() => nginx, onTestFailed);

    const record: Record = { answered: 0, resent: 0, failures: [] };
    let isOver = false;
    const clients = runtime.doors.flatMap((door) =>
      CLIENTS.map((habits) => {
        const next = questions(issuer, door);
        return runClient(nginx, async () => (isOver ? undefined : next()), habits, record);
      }),
    );
    const before = keys.requests.length;
    const reloads = () => nginx.log().match(/: reconfiguring$/gm) ?? [];
    const begin = Date.now();
    for (let count = 0; count < RELOADS; count += 1) {
      const [printed] = await Promise.all([
        nginx.exec('nginx -c /etc/nginx/test.conf -s reload'),
        new Promise((resolve) => setTimeout(resolve, 1000)),
      ]);
      expect(printed).not.toMatch(/emerg|error/);
      // On a slow machine a signal may meet the one before it, and two would be one.
      await vi.waitFor(() => expect(reloads()).toHaveLength(count + 1), { timeout: 15_000 });
    }
    const seconds = (Date.now() - begin) / 1000;
    const fetches = keys.requests.length - before;
    isOver = true;
    await Promise.all(clients);

    expect(record.failures).toEqual([]);
    expect(record.answered).toBeGreaterThan(RELOADS * CLIENTS.length);
    // Sets and locks live through a reload: the keys are fetched as often as without.
    expect(fetches).toBeGreaterThan(seconds / KEY_CACHE_SECONDS / 2);
    // Ages are counted in whole seconds, so a set may be taken for one older than it is.
    expect(fetches).toBeLessThanOrEqual(1 + seconds / (KEY_CACHE_SECONDS - 1));
    // Nothing holds the workers of earlier configurations.
    const left = () => nginx.log().match(/worker process \d+ exited with code 0$/gm);
    await vi.waitFor(() => expect(left()).toHaveLength(4 * RELOADS), { timeout: 15_000 });
    expect(nginx.log()).not.toMatch(/\[alert\]|\[crit\]|\[emerg\]|\[error\]|on signal/);
  },
);

function start(runtime: Runtime, keyServer: string): Promise<Nginx> {
  const locations = runtime.doors.map((door) =>
    protect(door, {
      path: `/${door}`,
      settings: {
        '': 'reload',
        key_request: '/_jwks',
        key_cache: `${KEY_CACHE_SECONDS}s`,
        issuer: ISSUER,
      },
      inside: 'default_type text/plain; alias /srv/index.html;',
    }),
  );
  const http = `server { listen 8080;
    include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
    location = /_jwks {
      include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
      proxy_pass ${keyServer};
    }
    ${locations.join('\n')} }`;
  const conf = configure(runtime, http)
    .replace('worker_processes 1', 'worker_processes 4')
    .replace('stderr info', 'stderr notice');
  return startNginx(runtime, conf, { '/srv/index.html': 'PROTECTED' });
}

/** Good, expired and tampered tokens in turn; every other good one is seen for the first time. */
function questions(issuer: Issuer, door: Door): () => Promise<Question> {
  const known = issuer.sign('ES256');
  const expired = issuer.sign('ES256', { exp: now() - 1 });
  let count = 0;
  return async () => {
    count += 1;
    const path = `/${door}`;
    switch (count % 4) {
      case 0:
        return { request: get(path, await known), status: 200, body: 'PROTECTED' };
      case 1:
        return { request: get(path, await expired), status: 401, body: 'not_active' };
      case 2: {
        const token = await issuer.sign('ES256', { sub: `${count}` });
        return { request: get(path, token), status: 200, body: 'PROTECTED' };
      }
      default: {
        const request = get(path, tamper(await known, `${count}`));
        return { request, status: 401, body: 'bad_signature' };
      }
    }
  };
}

/** Other claims under the signature of the token. */
function tamper(token: string, sub: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const other = Buffer.from(JSON.stringify({ ...claims, sub })).toString('base64url');
  return `${header}.${other}.${signature}`;
}

// The configuration and the shell line of docs/issuing.md, as they stand there.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, bearer, send, verdictOf } from '../support/client.ts';
import { type EchoServer, startEcho } from '../support/echo.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

const PAGE = readFileSync(`${ROOT}docs/issuing.md`, 'utf8');
const partsOf = (language: string) =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, part = '']) => part,
  );

const folder = mkdtempSync(join(tmpdir(), 'issuing-docs-'));
const KEY_FILE = join(folder, 'signing.json');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  const [line = ''] = (partsOf('sh')[0] ?? '').split('\n');
  expect(line).toContain('node -p');
  execFileSync('sh', ['-c', line.replaceAll('/etc/nginx/signing.json', KEY_FILE)]);
});

test('the key is for its owner only, and has a name', () => {
  expect(statSync(KEY_FILE).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(KEY_FILE, 'utf8'))).toEqual({
    kty: 'EC',
    crv: 'P-256',
    x: expect.any(String),
    y: expect.any(String),
    d: expect.any(String),
    kid: expect.any(String),
    alg: 'ES256',
    use: 'sig',
  });
});

describe.each(RUNTIMES)('$name', (runtime) => {
  let service: EchoServer;
  let orders: EchoServer;
  let nginx: Nginx;

  beforeAll(async () => {
    service = await startEcho({ sub: 'alice' });
    orders = await startEcho();
    const [http = '', server = '', ...more] = partsOf('nginx');
    expect([http.split('\n')[0], server.split('\n')[0], more]).toEqual([
      '# http {}',
      '# server {}',
      [],
    ]);
    const moved = server
      .replace('http://127.0.0.1:3000/authenticate', `${service.url}/authenticate`)
      .replace('http://127.0.0.1:3000;', `${orders.url};`);
    nginx = await startNginx(
      runtime,
      configure(runtime, `${http} server { listen 8080; ${moved} }`),
      { '/etc/nginx/signing.json': readFileSync(KEY_FILE, 'utf8') },
    );
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
    await orders?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  const login = () => send(nginx, { path: '/login', method: 'POST', body: 'user=alice' });
  const tokenOf = ({ body }: Answer): string => JSON.parse(body).token;

  test('who logs in may enter, and is known there', async () => {
    const token = tokenOf(await login());
    expect(service.seen[0]).toMatchObject({ url: '/authenticate', body: 'user=alice' });
    const answer = await send(nginx, { path: '/orders/', headers: bearer(token) });
    expect(verdictOf(answer)).toBe('passes');
    expect(orders.seen[0]?.headers['x-jwt-sub']).toBe('alice');
    expect(verdictOf(await send(nginx, { path: '/orders/' }))).toBe('401 empty_token');
  });

  test('a login is a POST, and not a long one', async () => {
    expect((await send(nginx, { path: '/login?user=alice' })).status).toBe(403);
    const long = { path: '/login', method: 'POST', body: 'x'.repeat(9000) };
    expect((await send(nginx, long)).status).toBe(413);
    expect((await send(nginx, { path: '/_authenticate', method: 'POST' })).status).toBe(404);
  });

  test('who tries too often is told to wait', async () => {
    const statuses = [];
    for (let count = 0; count < 10; count += 1) {
      statuses.push((await login()).status);
    }
    expect(statuses).toContain(200);
    expect(statuses.at(-1)).toBe(429);
  });
});

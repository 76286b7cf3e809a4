// The guide to a gateway with kjdev's module and two services in Go: its steps, against the example
// that ships.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../../support/client.ts';
import { type Example, startExample } from '../../support/example.ts';
import { now } from '../../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../../support/nginx.ts';
import { protect } from '../../support/policy.ts';
import { RUNTIMES } from '../../support/runtimes.ts';
import { signHmac } from '../../support/tokens.ts';

const SECRET = 'a secret that is longer than that of the guide';
const FORGED = { 'X-JWT-Sub': 'root', 'X-JWT-Email': 'root@evil', 'X-JWT-Role': 'admin' };

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Example;

  beforeAll(async () => {
    nginx = await startExample(runtime, 'go-services', { JWT_SECRET: SECRET });
    expect((await post('register', 'testuser', 'testpass')).status).toBe(201);
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  const post = (action: string, username: string, password: string) =>
    send(nginx, {
      path: `/auth/${action}`,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
  const login = async () => {
    const { status, headers, body } = await post('login', 'testuser', 'testpass');
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    return (JSON.parse(body) as { token: string }).token;
  };
  const get = (token?: string, path = '/', headers = {}) =>
    send(nginx, { path, headers: { ...headers, ...(token && bearer(token)) } });
  const sign = (claims: object, secret = SECRET) => signHmac(secret, claims);

  test('a user who has registered logs in, and gets the claims of the guide for an hour', async () => {
    const [header = '', payload = ''] = (await login()).split('.');
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(decode(header)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const { exp, ...claims } = decode(payload);
    expect(claims).toEqual({ sub: 'testuser', email: 'testuser@example.com', role: 'user' });
    expect(Math.abs(exp - now() - 3600)).toBeLessThan(60);
  });

  test('a wrong password, a stranger and no JSON are refused', async () => {
    for (const [name, password] of [
      ['testuser', 'wrong'],
      ['nobody', 'testpass'],
    ] as const) {
      const { status, body } = await post('login', name, password);
      expect([status, body.trim()]).toEqual([401, 'Invalid credentials']);
    }
    const { status } = await send(nginx, { path: '/auth/login', method: 'POST', body: '[' });
    expect(status).toBe(401);
    expect((await post('register', 'testuser', 'another')).status).toBe(409);
    expect((await post('register', 'new\nline', 'x')).status).toBe(400);
  });

  test('services run without rights, and what they store is for them alone', async () => {
    const owners = await nginx.execBeside(
      'grep -ls "services/[a-z]*[.]ts" /proc/[0-9]*/cmdline | xargs -n1 dirname | xargs stat -c %U | sort -u',
    );
    expect(owners.trim()).toBe('www-data');
    expect((await nginx.execBeside('stat -c "%a %U" /tmp/tmp.*')).trim()).toBe('700 www-data');
  });

  test('the database holds no password', async () => {
    const count = async (text: string) =>
      Number(await nginx.execBeside(`grep -c ${text} /tmp/tmp.*/users.db`));
    expect(await count('testpass')).toBe(0);
    expect(await count('testuser')).toBeGreaterThan(0);
  });

  test.each(['/', '/plain/'])(
    'the reader learns who calls, by both spellings: %s',
    async (path) => {
      const { status, body } = await get(await login(), path, FORGED);
      expect([status, body]).toEqual([
        200,
        'Hello! JWT Claims:\nSub: testuser\nEmail: testuser@example.com\nRole: user\n',
      ]);
    },
  );

  test.each(['/', '/plain/'])('what a client forges does not arrive: %s', async (path) => {
    const { status, body } = await get(sign({ sub: 'alice', exp: now() + 60 }), path, FORGED);
    expect([status, body]).toEqual([200, 'Hello! JWT Claims:\nSub: alice\nEmail: \nRole: \n']);
    expect((await get(undefined, path, FORGED)).body).not.toContain('Hello');
  });

  test('no token, an old one, one of a stranger and one that was changed are refused', async () => {
    const none = await get();
    expect(verdictOf(none)).toBe('401 empty_token');
    expect(none.headers['www-authenticate']).toBe('Bearer realm="secured"');
    const claims = { sub: 'testuser', exp: now() + 60 };
    expect(verdictOf(await get(sign({ ...claims, exp: now() - 1 })))).toBe('401 not_active');
    expect(verdictOf(await get(sign(claims, `${SECRET}!`)))).toBe('401 bad_signature');
    const [header, , signature] = (await login()).split('.');
    const [, changed] = sign({ ...claims, role: 'admin' }).split('.');
    expect(verdictOf(await get([header, changed, signature].join('.')))).toBe('401 bad_signature');
  });

  test('the key file is as the guide has it, and for the workers only', async () => {
    const listing = await nginx.exec('stat -c "%a %U:%G" /etc/nginx/keys/jwt_key.jwk');
    expect(listing.trim()).toBe('640 root:www-data');
    const k = Buffer.from(SECRET).toString('base64url');
    expect(await nginx.exec('cat /etc/nginx/keys/jwt_key.jwk')).toBe(
      `{"keys":[{"k":"${k}","kty":"oct"}]}`,
    );
  });

  test('who guesses passwords is slowed down', async () => {
    const guesses = Array.from({ length: 40 }, () =>
      send(nginx, { path: '/auth/no-such-path', method: 'POST' }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses).toContain(429);
  });
});

/** The guide's line, letter for letter but for where it writes. */
const OF_THE_GUIDE = `echo -n '{"keys":[{"k":"'$(echo -n $JWT_SECRET | base64 | tr -d '=' | tr '/+' '_-')'","kty":"oct"}]}' >`;

describe.each(RUNTIMES)('the line that makes the key file, $name', (runtime) => {
  const SECRETS = {
    fits: 'x'.repeat(57),
    long: 'x'.repeat(58),
    short: 'your_jwt_secret_here',
  };
  let nginx: Nginx;

  beforeAll(async () => {
    const files = Object.keys(SECRETS).flatMap((name) => [`guide-${name}`, `right-${name}`]);
    const locations = files.map((name) =>
      protect('validateJwt', {
        path: `/${name}`,
        settings: { key_file: `/keys/${name}`, issuer: 'any' },
        inside: 'alias /etc/hostname;',
      }),
    );
    const lines = Object.entries(SECRETS).flatMap(([name, secret]) => [
      `JWT_SECRET=${secret}; ${OF_THE_GUIDE} /keys/guide-${name}`,
      `JWT_SECRET=${secret}; . /etc/nginx/examples/go-services/keys.sh; cp /etc/nginx/keys/jwt_key.jwk /keys/right-${name}`,
    ]);
    const before = ['mkdir -p /keys /etc/nginx/keys', ...lines].join('; ');
    const http = `server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {}, before);
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  test.each([
    ['guide-fits', 'passes'],
    ['right-fits', 'passes'],
    // base64 breaks the line after 76 characters, and $(…) without quotes makes a space of that.
    ['guide-long', '401 unknown_key'],
    ['right-long', 'passes'],
    // 20 bytes: under the 32 that HS256 takes (RFC 7518, section 3.2).
    ['guide-short', '401 unknown_key'],
    ['right-short', '401 unknown_key'],
  ])('%s: %s', async (name, expected) => {
    const secret = SECRETS[name.slice('guide-'.length) as keyof typeof SECRETS];
    const token = signHmac(secret, { sub: 'alice', exp: now() + 60 });
    expect(verdictOf(await send(nginx, { path: `/${name}`, headers: bearer(token) }))).toBe(
      expected,
    );
    expect(/"k":"[^"]* /.test(await nginx.exec(`cat /keys/${name}`))).toBe(name === 'guide-long');
  });
});

// "Use nginx as JWT authentication middleware": its steps, against the example that ships.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { send } from '../../support/client.ts';
import { configurationOf, type Example, startExample } from '../../support/example.ts';
import { now } from '../../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../../support/key-server.ts';
import { type Nginx, showLogOnFailure, startNginx } from '../../support/nginx.ts';
import { RUNTIMES } from '../../support/runtimes.ts';
import { signHmac } from '../../support/tokens.ts';

const NAME = 'openresty-login';
const FORGED = { 'X-JWT-Sub': 'root', 'X-JWT-Email': 'root@evil', 'X-JWT-Role': 'admin' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Example;

  beforeAll(async () => {
    nginx = await startExample(runtime, NAME);
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  const post = (path: string, password: string) =>
    send(nginx, {
      path,
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ username: 'ehsan', password }),
    });
  const login = async () =>
    (JSON.parse((await post('/login', 'open sesame')).body) as { token: string }).token;
  const get = (path: string, authorization?: string, headers = {}) =>
    send(nginx, {
      path,
      headers: { ...headers, ...(authorization !== undefined && { Authorization: authorization }) },
    });
  const sign = async (claims: object) => {
    const { k } = JSON.parse(await nginx.exec('cat /etc/nginx/keys/secret.jwk'));
    return signHmac(Buffer.from(k, 'base64url'), claims);
  };

  test('a login that the application accepts becomes a token with what it says', async () => {
    const { status, headers, body } = await post('/login', 'open sesame');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    const [header, payload] = (JSON.parse(body) as { token: string }).token.split('.');
    expect(decode(header)).toEqual({ typ: 'JWT', alg: 'HS256' });
    const { iat, exp, jti, ...claims } = decode(payload);
    expect(claims).toEqual({
      iss: 'https://gateway.example/',
      sub: 'ehsan',
      email: 'ehsan@example.com',
      role: 'editor',
    });
    expect(exp - iat).toBe(3600);
    expect(jti).toMatch(/^[\w-]{22}$/);
  });

  test('the application reads the body, by POST, and its refusal goes back as it is', async () => {
    const wrong = await post('/login', 'guess');
    expect([wrong.status, wrong.headers['content-type'], wrong.body]).toEqual([
      401,
      'application/json',
      '{"error":"wrong username or password"}\n',
    ]);
    const none = await send(nginx, { path: '/login', method: 'POST', body: '[' });
    expect([none.status, JSON.parse(none.body)]).toEqual([
      400,
      { error: 'username and password are needed' },
    ]);
    expect(nginx.served()).toContain('app: POST /login 401');
  });

  test.each(['', 'Bearer ', 'bearer '])('/check with "%sTOKEN" says hello', async (scheme) => {
    const { status, body } = await get('/check', scheme + (await login()));
    expect([status, body]).toEqual([200, 'hello world !\n']);
  });

  test.each([
    ['no token', async () => undefined],
    ['an empty one', async () => ''],
    ['no JWT', async () => 'x'],
    ['another scheme', async () => 'Basic ZWhzYW46b3BlbiBzZXNhbWU='],
    ['the token of another secret', async () => signHmac('x'.repeat(32), { exp: now() + 60 })],
    ['an old token', () => sign({ iss: 'https://gateway.example/', exp: now() - 1 })],
    ['the token of another issuer', () => sign({ iss: 'https://a.example/', exp: now() + 60 })],
  ])('/check with %s is forbidden', async (_what, make) => {
    const { status, body } = await get('/check', await make());
    expect([status, body]).toEqual([403, expect.stringContaining('403 Forbidden')]);
    expect(body).not.toContain('hello');
  });

  test('what a client forges does not arrive', async () => {
    const { body } = await get('/whoami', await login(), FORGED);
    expect(JSON.parse(body)).toEqual({
      sub: 'ehsan',
      email: 'ehsan@example.com',
      role: 'editor',
    });
    const bare = await sign({ iss: 'https://gateway.example/', exp: now() + 60 });
    expect(JSON.parse((await get('/whoami', bare, FORGED)).body)).toEqual({
      sub: '',
      email: '',
      role: '',
    });
    expect((await get('/whoami', undefined, FORGED)).status).toBe(403);
  });

  test('nobody reaches the application past the login, and its secret is in one file', async () => {
    expect((await post('/authenticate', 'open sesame')).status).toBe(404);
    expect((await get('/_auth')).status).toBe(404);
    const listing = await nginx.exec('stat -c "%a %U:%G %n" /etc/nginx/keys/*');
    expect(listing.trim()).toBe('640 root:www-data /etc/nginx/keys/secret.jwk');
  });
});

describe.each(RUNTIMES)('an application that misbehaves, $name', (runtime) => {
  let application: KeyServer;
  let nginx: Nginx;

  beforeAll(async () => {
    application = await startKeyServer({ kind: 'answer', body: '' });
    const conf = configurationOf(runtime, NAME).replaceAll(
      'http://127.0.0.1:5000',
      application.url,
    );
    const secret = { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') };
    nginx = await startNginx(runtime, conf, {
      '/etc/nginx/keys/secret.jwk': JSON.stringify(secret),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await application?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  const login = (status: number, body: string, type = 'application/json') => {
    application.behaviour = { kind: 'answer', status, body, headers: { 'Content-Type': type } };
    return send(nginx, { path: '/login', method: 'POST', headers: JSON_TYPE, body: '{}' });
  };

  test.each([
    [201, '{"sub":"x"}', 'application/json'],
    [404, 'no such user', 'text/plain'],
    [500, 'oops', 'text/plain'],
    [503, '{"error":"later"}', 'application/json'],
  ])('%i goes back with its body', async (status, body, type) => {
    const answer = await login(status, body, type);
    expect([answer.status, answer.body]).toEqual([status, body]);
    expect(answer.headers['content-type']).toContain(type);
  });

  test.each(['hello', '[]', '"text"', 'null', '', '{"sub":'])(
    'a 200 with %j is a fault of the application, and no token',
    async (body) => {
      const answer = await login(200, body);
      expect([answer.status, answer.headers['content-type']]).toEqual([
        502,
        'application/problem+json',
      ]);
      expect(answer.body).not.toContain('token"');
    },
  );
});

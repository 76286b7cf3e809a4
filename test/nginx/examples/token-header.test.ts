// The article on Go microservices with jwt-go: its steps and those it names to go further, against
// the example that ships.

import { importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../../support/client.ts';
import { type Example, startExample } from '../../support/example.ts';
import { now } from '../../support/issuer.ts';
import { showLogOnFailure } from '../../support/nginx.ts';
import { RUNTIMES } from '../../support/runtimes.ts';
import { encodePart, signHmac } from '../../support/tokens.ts';

const SECRET = 'unicorns, of which there must be more than eight';
const FORGED = {
  'X-JWT-Client': 'root',
  'X-JWT-Sub': 'root',
  'X-JWT-Email': 'root@evil',
  'X-JWT-Role': 'admin',
};

const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Example;

  beforeAll(async () => {
    nginx = await startExample(runtime, 'token-header', { SECRET_KEY: SECRET });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  const login = (client: string, secret: string, path = '/token') =>
    send(nginx, { path, method: 'POST', body: JSON.stringify({ client, secret }) });
  const tokenOf = async (client: string, secret: string, path = '/token') =>
    (await login(client, secret, path)).body;
  const get = (path: string, token?: string, headers = {}) =>
    send(nginx, { path, headers: { ...headers, ...(token !== undefined && { Token: token }) } });
  const claims = () => ({
    authorized: true,
    client: 'Krissanawat',
    aud: 'billing.jwtgo.io',
    iss: 'jwtgo.io',
    exp: now() + 60,
  });
  const sign = (changed: object = {}, secret = SECRET) =>
    signHmac(secret, { ...claims(), ...changed });
  const signRs256 = async (changed: object = {}) => {
    const jwk = JSON.parse(await nginx.exec('cat /etc/nginx/keys/rs256.jwk')) as JWK;
    const key = await importJWK(jwk, 'RS256');
    return new SignJWT({ ...claims(), ...changed }).setProtectedHeader({ alg: 'RS256' }).sign(key);
  };

  test('the token is bare text, with the claims of the article, for a minute', async () => {
    const { status, headers, body } = await login('Krissanawat', 'unicorns');
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
    const [header, payload] = body.split('.');
    expect(decode(header)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const { exp, ...rest } = decode(payload);
    const { exp: _, ...expected } = claims();
    expect(rest).toEqual(expected);
    expect(Math.abs(exp - now() - 60)).toBeLessThan(10);
    const [, rs256] = (await tokenOf('Krissanawat', 'unicorns', '/rs256/token')).split('.');
    expect(decode(rs256)).toEqual({ ...expected, exp: expect.any(Number) });
  });

  test('who is not known gets none', async () => {
    for (const path of ['/token', '/rs256/token']) {
      const { status, body } = await login('Krissanawat', 'guess', path);
      expect([status, body]).toEqual([401, 'Something Went Wrong: unknown client or secret\n']);
      expect((await send(nginx, { path })).status).toBe(401);
    }
    expect((await send(nginx, { path: '/_login', method: 'POST' })).status).toBe(404);
  });

  test('the header Token opens the service', async () => {
    const token = await tokenOf('Krissanawat', 'unicorns');
    expect(await get('/', token)).toMatchObject({
      status: 200,
      body: 'Super Secret Information\n',
    });
    expect(await get('/', sign())).toMatchObject({
      status: 200,
      body: 'Super Secret Information\n',
    });
  });

  test.each([
    ['no token', () => undefined, 'No Authorization Token provided'],
    ['an old one', () => sign({ exp: now() - 1 }), 'Token is expired'],
    ['one of tomorrow', () => sign({ nbf: now() + 50 }), 'Token is not valid yet'],
    ['another audience', () => sign({ aud: 'other.jwtgo.io' }), 'invalid aud'],
    ['no audience', () => sign({ aud: undefined }), 'invalid aud'],
    ['another issuer', () => sign({ iss: 'other.io' }), 'invalid iss'],
    ['no issuer', () => sign({ iss: undefined }), 'invalid iss'],
    ['another secret', () => sign({}, `${SECRET}!`), 'signature is invalid'],
    ['no JWT', () => 'x', 'token contains an invalid number of segments'],
    ['RS256', () => signRs256(), 'Invalid Signing Method'],
    [
      'alg none',
      () => `${encodePart({ alg: 'none' })}.${encodePart(claims())}.`,
      'Invalid Signing Method',
    ],
    ['no exp', () => sign({ exp: undefined }), 'Token is invalid'],
  ])('%s is refused with 401 and the words of the article', async (_what, make, text) => {
    const token = await make();
    const { status, headers, body } = await get('/', token);
    expect([status, headers['content-type'], body]).toEqual([401, 'text/plain', `${text}\n`]);
    expect(headers['www-authenticate']).toMatch(token === undefined ? /^Bearer$/ : /invalid_token/);
  });

  test('what a client forges does not arrive', async () => {
    const none = { sub: '', email: '', role: '' };
    const named = await get('/whoami', sign(), FORGED);
    expect(JSON.parse(named.body)).toEqual({ client: 'Krissanawat', ...none });
    const bare = await get('/whoami', sign({ client: undefined }), FORGED);
    expect(JSON.parse(bare.body)).toEqual({ client: '', ...none });
    expect((await get('/whoami', undefined, FORGED)).status).toBe(401);
    const token = await tokenOf('Alice', 'wonderland');
    expect((await get('/billing/', token, FORGED)).body).toBe('Bills, for Alice\n');
  });

  test('further: Authorization with Bearer, and only there', async () => {
    const token = await tokenOf('Krissanawat', 'unicorns');
    const usual = await send(nginx, { path: '/bearer/', headers: bearer(token) });
    expect([usual.status, usual.body]).toEqual([200, 'Super Secret Information\n']);
    expect((await get('/bearer/', token)).status).toBe(401);
    expect((await send(nginx, { path: '/', headers: bearer(token) })).status).toBe(401);
  });

  test('further: RS256, whose public key anybody may have', async () => {
    const { status, body } = await send(nginx, { path: '/rs256/jwks' });
    expect(status).toBe(200);
    const [key, ...others] = (JSON.parse(body) as { keys: JWK[] }).keys;
    expect(others).toEqual([]);
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const token = await tokenOf('Krissanawat', 'unicorns', '/rs256/token');
    expect((await get('/rs256/', token)).body).toBe('Super Secret Information\n');
    expect((await get('/rs256/', await signRs256({ exp: now() - 1 }))).status).toBe(401);
    expect((await get('/rs256/', sign())).body).toBe('Invalid Signing Method\n');
    // The public key taken for a secret.
    expect((await get('/rs256/', sign({}, key?.n))).body).toBe('Invalid Signing Method\n');
  });

  test.each([
    ['Krissanawat', 'unicorns', 403, 403],
    ['Alice', 'wonderland', 200, 200],
    ['Bob', 'builder', 403, 200],
  ])('further: the roles of %s decide', async (client, secret, billing, reports) => {
    const token = await tokenOf(client, secret);
    for (const [path, expected] of [
      ['/billing/', billing],
      ['/reports/', reports],
    ] as const) {
      const { status, body } = await get(path, token);
      expect([path, status]).toEqual([path, expected]);
      expect(body).toContain(expected === 200 ? `, for ${client}\n` : 'roles do not allow this\n');
      expect((await get(path)).status).toBe(401);
    }
  });

  test('the keys are for the workers only', async () => {
    const listing = await nginx.exec('stat -c "%a %U:%G %n" /etc/nginx/keys/*');
    expect(listing.trim().split('\n')).toEqual([
      '640 root:www-data /etc/nginx/keys/hs256.jwk',
      '640 root:www-data /etc/nginx/keys/rs256.jwk',
    ]);
  });
});

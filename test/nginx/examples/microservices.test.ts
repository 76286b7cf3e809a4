// "JWT authentication on NGINX with JWKS": the steps of the document, against the example that
// ships.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../../support/client.ts';
import { type Example, startExample } from '../../support/example.ts';
import { showLogOnFailure } from '../../support/nginx.ts';
import { RUNTIMES } from '../../support/runtimes.ts';

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Example;

  beforeAll(async () => {
    nginx = await startExample(runtime, 'microservices');
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  const token = async (query = '') =>
    (await send(nginx, { path: `/signer/example-token${query}` })).body;

  async function tamper(compact: string) {
    const [header, payload, signature = ''] = compact.split('.');
    return `${header}.${payload}.${signature.split('').reverse().join('')}`;
  }

  test.each(['?alg=ES512', '?alg=RS256'])('A answers with what B says (%s)', async (query) => {
    for (const path of ['/a/', '/own-errors/a/']) {
      const { status, body } = await send(nginx, { path, headers: bearer(await token(query)) });
      expect(status).toBe(200);
      const claims = { sub: 'alice', email: 'alice@example.com', role: 'editor' };
      expect(JSON.parse(body)).toEqual({ service: 'a', claims, b: { service: 'b', claims } });
    }
  });

  test('nobody tells A or B who he is but by his token', async () => {
    const spoofed = { 'X-JWT-Sub': 'root', 'X-JWT-Email': 'root@evil', 'X-JWT-Role': 'admin' };
    for (const path of ['/a/', '/b/', '/own-errors/a/', '/own-errors/b/']) {
      const headers = { ...bearer(await token()), ...spoofed };
      const passed = await send(nginx, { path, headers });
      expect(passed.status).toBe(200);
      expect(passed.body).toContain('alice');
      expect(passed.body).not.toMatch(/root|admin/);
      expect((await send(nginx, { path, headers: spoofed })).body).not.toMatch(/root|admin/);
    }
  });

  test('a claim that is missing leaves its header empty, whatever the client sends', async () => {
    const headers = { ...bearer(await token('?kind=no-role')), 'X-JWT-Role': 'admin' };
    const { status, body } = await send(nginx, { path: '/a/', headers });
    expect(status).toBe(200);
    const claims = { sub: 'alice', email: 'alice@example.com', role: '' };
    expect(JSON.parse(body)).toEqual({ service: 'a', claims, b: { service: 'b', claims } });
  });

  test('the key set is asked for once, not for each request', async () => {
    const asked = () => nginx.served().match(/signer: GET \/jwk 200/g)?.length ?? 0;
    await send(nginx, { path: '/b/', headers: bearer(await token()) });
    const before = asked();
    for (let count = 0; count < 20; count += 1) {
      const { status } = await send(nginx, { path: '/b/', headers: bearer(await token()) });
      expect(status).toBe(200);
    }
    expect([before > 0, asked()]).toEqual([true, before]);
  });

  test('the signer publishes nothing private', async () => {
    const { body } = await send(nginx, { path: '/signer/jwk' });
    const keys = (JSON.parse(body) as { keys: Record<string, string>[] }).keys;
    expect(keys.map(({ kty }) => kty).sort()).toEqual(['EC', 'RSA']);
    for (const key of keys) {
      expect(Object.keys(key)).not.toContain('d');
    }
  });

  test.each([
    ['a bad signature', async () => tamper(await token()), 400, 'invalid signature'],
    ['two parts', async () => 'a.b', 400, 'token is malformed'],
    ['no token', async () => undefined, 400, 'token is empty'],
    ['an expired token', () => token('?kind=expired'), 403, 'token is not active'],
    [
      'another issuer, which the map does not know',
      () => token('?kind=wrong-issuer'),
      500,
      'something unknown happened :O',
    ],
  ])('%s is answered as the error map says', async (_, make, status, error) => {
    const compact = await make();
    for (const path of ['/own-errors/a/', '/own-errors/b/']) {
      const headers = compact === undefined ? {} : bearer(compact);
      const answer = await send(nginx, { path, headers });
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.body)).toEqual({ success: false, error });
    }
  });

  test('the map of ours stands beside it', async () => {
    const headers = bearer(await token('?kind=expired'));
    const { status, body } = await send(nginx, { path: '/b/', headers });
    expect([status, JSON.parse(body).reason]).toEqual([401, 'not_active']);
  });

  test('the internal locations are not for clients', async () => {
    for (const path of ['/_auth', '/_jwks']) {
      expect((await send(nginx, { path, headers: bearer(await token()) })).status).toBe(404);
    }
  });
});

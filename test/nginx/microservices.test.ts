import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

const EXAMPLE = readFileSync(`${ROOT}nginx/examples/microservices.conf`, 'utf8');

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;

  beforeAll(async () => {
    // As it ships, but for the engine, which its comment leaves to the user, and a louder log.
    const engine = runtime.engine === 'qjs' ? 'js_engine qjs;' : '';
    const conf = EXAMPLE.replace('# js_engine qjs;', engine).replace('stderr warn', 'stderr info');
    expect(conf).toContain('error_log stderr info;');
    nginx = await startNginx(runtime, conf);
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

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { publishJwks } from '../../../src/handlers/publish-jwks.ts';
import { fakeRequest } from '../../support/fake-request.ts';
import { createPrivateJwk } from '../../support/signing-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'publish-'));
afterAll(() => rmSync(folder, { recursive: true }));
const KEY_FILE = join(folder, 'signing.json');
const KEY = await createPrivateJwk('ES256', { kid: 'one' });
writeFileSync(KEY_FILE, JSON.stringify(KEY));

function publish(method: string, variables = {}) {
  const r = fakeRequest({
    method,
    variables: { auth_jwt_signing_key_file: KEY_FILE, ...variables },
  });
  publishJwks(r);
  expect(r.returned).toHaveLength(1);
  return { r, status: r.returned[0]?.status, body: r.returned[0]?.body ?? '' };
}

test.each(['GET', 'HEAD'])('%s gets the public halves', (method) => {
  const { r, status, body } = publish(method);
  const { d: _private, ...half } = KEY;
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({ keys: [{ ...half, alg: 'ES256', use: 'sig' }] });
  expect(r.headersOut).toEqual({
    'Content-Type': 'application/jwk-set+json',
    'Cache-Control': 'public, max-age=300',
  });
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', (method) => {
  const { r, status } = publish(method);
  expect([status, r.headersOut.Allow]).toEqual([405, 'GET, HEAD']);
});

test('how long others may keep them is a setting', () => {
  expect(publish('GET', { auth_jwt_publish_cache: '1h' }).r.headersOut['Cache-Control']).toBe(
    'public, max-age=3600',
  );
  expect(publish('GET', { auth_jwt_publish_cache: '0' }).r.headersOut['Cache-Control']).toBe(
    'no-store',
  );
});

test('a fault of configuration is answered, and not to be kept', () => {
  const { r, status, body } = publish('GET', { auth_jwt_signing_key_file: '/nope' });
  expect([status, JSON.parse(body).reason]).toEqual([500, 'bad_configuration']);
  expect(r.headersOut['Cache-Control']).toBe('no-store');
  expect(r.logged).toEqual([{ level: 'error', text: expect.stringContaining('"/nope"') }]);
});

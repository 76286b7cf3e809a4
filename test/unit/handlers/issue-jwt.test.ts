import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, jwtVerify } from 'jose';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { issueJwt } from '../../../src/handlers/issue-jwt.ts';
import type { SubrequestOptions } from '../../../src/nginx.ts';
import {
  type FakeOptions,
  type FakeReply,
  fakeRequest,
  reply,
} from '../../support/fake-request.ts';
import { createPrivateJwk } from '../../support/signing-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'issue-'));
afterAll(() => rmSync(folder, { recursive: true }));
const KEY_FILE = join(folder, 'signing.json');
const KEY = await createPrivateJwk('ES256', { kid: 'one' });
writeFileSync(KEY_FILE, JSON.stringify(KEY));

const SETTINGS = {
  auth_jwt_login_request: '/_login',
  auth_jwt_signing_key_file: KEY_FILE,
  auth_jwt_issuer: 'https://api.example.com/',
};

async function login(answer: FakeReply, variables = {}, options: FakeOptions = {}) {
  const subrequest = vi.fn(async (_uri: string, _options: SubrequestOptions) => answer);
  const r = fakeRequest({
    method: 'POST',
    variables: { ...SETTINGS, ...variables },
    subrequest,
    ...options,
  });
  await issueJwt(r);
  return { r, subrequest, answered: r.returned[0] };
}

test('a good login gets a token, signed and not to be kept', async () => {
  const { r, answered, subrequest } = await login(reply('{"sub":"alice"}'));
  const { token } = JSON.parse(answered?.body ?? '');
  const { d: _private, ...half } = KEY;
  const { payload } = await jwtVerify(token, half, { issuer: 'https://api.example.com/' });
  expect(payload).toMatchObject({ sub: 'alice', jti: expect.stringMatching(/^[\w-]{22}$/) });
  expect(r.headersOut).toEqual({
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
  });
  expect(subrequest.mock.calls).toEqual([['/_login', { args: '', method: 'POST' }]]);
  expect(r.returned).toHaveLength(1);
  expect(r.logged).toEqual([]);
});

test('no two tokens have the same name', async () => {
  const ids = [];
  for (let count = 0; count < 100; count += 1) {
    const { answered } = await login(reply('{}'), { auth_jwt_issue_format: 'text' });
    ids.push(decodeJwt(answered?.body ?? '').jti);
  }
  expect(new Set(ids).size).toBe(100);
});

test('arguments of the setting reach the login service', async () => {
  const { r } = await login(reply('{}'), { auth_jwt_login_request: '/_login?realm=a&b=?' });
  expect(r.subrequests).toEqual([{ uri: '/_login', args: 'realm=a&b=?' }]);
});

describe('any other answer goes to the client', () => {
  test('with a few headers', async () => {
    const { r, answered } = await login(
      reply('{"error":"no"}', 401, {
        'Content-Type': 'application/json',
        'WWW-Authenticate': 'Basic realm="a", Bearer, ',
        'Retry-After': '5',
        'Set-Cookie': ['a=1'],
        Location: '/x',
      }),
    );
    expect(answered).toEqual({ status: 401, body: '{"error":"no"}' });
    expect(r.headersOut).toEqual({
      'Content-Type': 'application/json',
      'WWW-Authenticate': 'Basic realm="a", Bearer',
      'Retry-After': '5',
      'Cache-Control': 'no-store',
    });
  });

  test.each([201, 204, 400, 404, 429, 500, 504, 599])('with its status: %i', async (status) => {
    expect((await login(reply('x', status))).answered).toEqual({ status, body: 'x' });
  });

  test.each([301, 302, 303, 307, 308])('and redirects nobody by its body: %i', async (status) => {
    const { r } = await login(reply('https://evil.example/', status));
    expect(r.returned).toEqual([]);
    expect(r.sent).toEqual([String(status), 'https://evil.example/', '']);
    expect(r.headersOut).not.toHaveProperty('Location');
  });

  test.each([0, 101, 199, 600, 999])('but not with a status that is none: %i', async (status) => {
    expect((await login(reply('{}', status))).answered?.status).toBe(502);
  });
});

describe('an answer that no token can be made of', () => {
  test.each([
    ['no object', reply('[]'), {}],
    ['a claim too many', reply('{"iss":"https://evil.example/"}'), {}],
    ['compressed', reply('{}', 200, { 'Content-Encoding': 'gzip' }), {}],
    ['nothing', { status: 200, headersOut: {} }, {}],
    ['not allowed', reply('{"admin":true}'), { auth_jwt_issue_claims: 'sub' }],
  ])('is the service\u2019s fault: %s', async (_what, answer, variables) => {
    const { r, answered } = await login(answer, variables);
    expect(answered?.status).toBe(502);
    expect(JSON.parse(answered?.body ?? '')).toMatchObject({ status: 502, reason: 'cannot_parse' });
    expect(r.headersOut['Content-Type']).toBe('application/problem+json');
    expect(r.logged).toEqual([
      { level: 'error', text: expect.stringMatching(/^auth_jwt: cannot_parse: the answer of /) },
    ]);
    expect(r.logged[0]?.text).not.toContain('evil');
  });
});

describe('a fault of the gateway', () => {
  test('is told before anybody has logged in', async () => {
    const { r, answered } = await login(reply('{}'), { auth_jwt_signing_kid: 'nobody' });
    expect(answered?.status).toBe(500);
    expect(JSON.parse(answered?.body ?? '').reason).toBe('bad_configuration');
    expect(r.subrequests).toEqual([]);
    expect(r.headersOut['Cache-Control']).toBe('no-store');
  });

  test('that nobody has foreseen is answered, and its text is not told', async () => {
    const { r, answered } = await login(
      reply('{}'),
      {},
      { subrequest: async () => Promise.reject(new TypeError(KEY.d)) },
    );
    expect(answered?.status).toBe(500);
    expect(r.logged).toEqual([
      { level: 'error', text: 'auth_jwt: generic_error: unforeseen TypeError' },
    ]);
  });

  test('is told in plain JSON to who asks for that', async () => {
    const { answered } = await login(
      reply('{}'),
      { auth_jwt_issuer: '' },
      { headers: { accept: 'application/json' } },
    );
    expect(JSON.parse(answered?.body ?? '')).toMatchObject({ success: false });
  });
});

// The handlers that are no doors: no token is issued of what is broken, and nothing is thrown.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { answerError } from '../../src/handlers/answer-error.ts';
import { issueJwt } from '../../src/handlers/issue-jwt.ts';
import { publishJwks } from '../../src/handlers/publish-jwks.ts';
import { refreshKeys } from '../../src/handlers/refresh-keys.ts';
import { unverifiedIss, unverifiedKid } from '../../src/handlers/unverified.ts';
import { type FakeReply, fakeRequest, reply } from '../support/fake-request.ts';
import {
  burst,
  change,
  expectNoTimer,
  fetched,
  inBrokenWorld,
  NEVER,
  ODD_REPLIES,
} from '../support/faults.ts';
import { createPrivateJwk } from '../support/signing-keys.ts';

inBrokenWorld();

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
afterAll(() => rmSync(folder, { recursive: true }));
const KEY_FILE = join(folder, 'signing.json');
writeFileSync(KEY_FILE, JSON.stringify(await createPrivateJwk('ES256')));

const login = (subrequest: () => unknown = async () => reply('{"sub":"alice"}')) =>
  fakeRequest({
    method: 'POST',
    variables: {
      auth_jwt_login_request: '/_login',
      auth_jwt_signing_key_file: KEY_FILE,
      auth_jwt_issuer: 'https://api.example.com/',
    },
    subrequest: subrequest as () => Promise<FakeReply>,
  });

/** What a request was answered with: once, and without a word of what was thrown. */
function statusOf({ returned, logged }: ReturnType<typeof login>): number | undefined {
  expect(returned).toHaveLength(1);
  expect(JSON.stringify([returned, logged])).not.toContain('secret');
  return returned[0]?.status;
}

describe('issueJwt', () => {
  test('signs, where nothing is broken', async () => {
    const r = login();
    await issueJwt(r);
    expect(statusOf(r)).toBe(200);
  });

  test.each(Object.keys(ODD_REPLIES))('the login service %s', async (what) => {
    const r = login(() => ODD_REPLIES[what]?.('{"sub":"alice"}'));
    await issueJwt(r);
    expect(statusOf(r)).not.toBe(200);
    expect(r.returned[0]?.body).not.toContain('"token"');
  });

  test.each<['importKey' | 'sign', () => unknown]>([
    ['importKey', burst],
    ['importKey', () => Promise.reject(new Error('secret'))],
    ['importKey', async () => undefined],
    ['sign', burst],
    ['sign', () => Promise.reject(new Error('secret'))],
    ['sign', async () => undefined],
    ['sign', async () => ({})],
  ])('WebCrypto cannot %s', async (name, react) => {
    vi.spyOn(crypto.subtle, name).mockImplementation(react as never);
    const r = login();
    await issueJwt(r);
    expect(statusOf(r)).toBe(500);
  });

  test('there is no randomness', async () => {
    vi.spyOn(crypto, 'getRandomValues').mockImplementation(burst);
    const r = login();
    await issueJwt(r);
    expect(statusOf(r)).toBe(500);
  });

  test('the clock cannot be read', async () => {
    vi.spyOn(Date, 'now').mockImplementation(burst);
    const r = login();
    await issueJwt(r);
    expect(statusOf(r)).toBe(500);
  });

  test('variables cannot be had', async () => {
    const r = login();
    await issueJwt(change(r, { variables: new Proxy({}, { get: burst }) }));
    expect(statusOf(r)).toBe(500);
  });
});

test('publishJwks: variables cannot be had', () => {
  const r = login();
  publishJwks(change(r, { method: 'GET', variables: new Proxy({}, { get: burst }) }));
  expect(statusOf(r)).toBe(500);
});

test('answerError: a reason that there is not', () => {
  const r = fakeRequest({ variables: { no_auth_reason: 'constructor' } });
  answerError(r);
  expect(statusOf(r)).toBe(500);
});

describe('refreshKeys never rejects', () => {
  const session = { variables: { auth_jwt_refresh: 'url:https://idp.example.com/jwks' } };
  const levels = { INFO: 1, WARN: 2, ERR: 3 };

  test.each([...Object.keys(ODD_REPLIES), 'is not there'])('ngx.fetch %s', async (what) => {
    const log = vi.fn();
    const shared = (globalThis as unknown as { ngx: { shared: object } }).ngx.shared;
    vi.stubGlobal('ngx', { ...levels, log, shared, fetch: fetched });
    fetched.mockImplementation(() => ODD_REPLIES[what]?.('{}'));
    await expect(refreshKeys(session)).resolves.toBeUndefined();
    expect(log).toHaveBeenCalled();
  });

  test('a fetch that never comes is given up', async () => {
    const log = vi.fn();
    const shared = (globalThis as unknown as { ngx: { shared: object } }).ngx.shared;
    vi.stubGlobal('ngx', { ...levels, log, shared, fetch: () => NEVER });
    const done = refreshKeys(session);
    await vi.advanceTimersByTimeAsync(5000);
    await done;
    expect(log).toHaveBeenCalledWith(levels.ERR, expect.stringContaining('gave no answer'));
    await expectNoTimer();
  });
});

test.each([unverifiedIss, unverifiedKid])('%o says nothing of what cannot be read', (handler) => {
  const r = fakeRequest();
  const boom = { get: burst };
  for (const members of [
    { headersIn: new Proxy({}, boom) },
    { headersIn: undefined },
    { variables: new Proxy({}, boom) },
    { variables: undefined },
  ]) {
    expect(handler(change(r, members))).toBe('');
  }
});

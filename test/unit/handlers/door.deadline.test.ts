import { expect, test, vi } from 'vitest';
import { DEADLINE_MS } from '../../../src/handlers/door.ts';
import { FETCH_DEADLINE_MS } from '../../../src/keys/wait.ts';
import { type FakeReply, reply } from '../../support/fake-request.ts';
import { declareZones } from '../../support/fake-zone.ts';
import {
  atFixedTime,
  door,
  enter,
  expectAllowed,
  expectDenied,
  filled,
  pass,
  request,
  signer,
} from '../../support/guarded.ts';
import { CLAIMS, jwksOf, NOW } from '../../support/tokens.ts';

atFixedTime();

const NEVER = new Promise<never>(() => undefined);

test.each([
  ['the keys', { subrequest: () => NEVER }],
  ['the signature', {}],
])('the deadline denies where a verdict never comes for want of %s', async (_what, options) => {
  vi.spyOn(crypto.subtle, 'verify').mockReturnValue(NEVER);
  const r = request(options);
  const told = door();
  enter(r, told);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
  expect(told.deny).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expectDenied(told, 500);
  expect(r.variables).toMatchObject({
    no_auth_reason: 'keys_unavailable',
    no_auth_detail: 'deadline',
  });
  expect(r.logged).toEqual([
    { level: 'error', text: expect.stringContaining(`${DEADLINE_MS} ms`) },
  ]);
});

test.each([
  ['success', true],
  ['refusal', false],
])('the deadline is the last word: a late %s changes nothing', async (_what, isGood) => {
  let come = (_isGood: boolean): void => undefined;
  const late = new Promise<boolean>((resolve) => (come = resolve));
  vi.spyOn(crypto.subtle, 'verify').mockReturnValue(late);
  const r = request();
  const told = door();
  const settled = enter(r, told);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
  come(isGood);
  await settled;
  expectDenied(told, 500);
  expect(r.variables).toMatchObject({ no_auth_reason: 'keys_unavailable', jwt_claim_sub: '' });
  expect(filled(r)).toEqual([]);
  expect(r.logged).toHaveLength(1);
});

test('the deadline does not come where the verdict is in', async () => {
  const told = await pass(request());
  await vi.advanceTimersByTimeAsync(2 * DEADLINE_MS);
  expectAllowed(told);
});

test.each([
  ['success', () => reply(jwksOf(signer))],
  ['refusal', () => reply('', 502)],
])('keys that come late change nothing: a %s', async (_what, answer) => {
  let come = (_reply: FakeReply): void => undefined;
  const r = request({ subrequest: () => new Promise((resolve) => (come = resolve)) });
  const told = door();
  const settled = enter(r, told);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
  come(answer());
  await settled;
  expectDenied(told, 500);
  expect(r.variables).toMatchObject({ no_auth_reason: 'keys_unavailable', jwt_claim_sub: '' });
  expect(filled(r)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('where an endpoint has not answered in time, that is the cause; afterwards it is none', async () => {
  const variables = {
    auth_jwt_introspection_request: '/_introspect',
    auth_jwt_introspection: 'all',
    auth_jwt_revocation_request: '/_revoked',
  };
  const active = reply(JSON.stringify({ active: true, ...CLAIMS, exp: NOW + 60 }));
  for (const [silent, reason] of [
    ['/_jwks', 'keys_unavailable'],
    ['/_introspect', 'bad_introspection'],
    ['/_revoked', 'keys_unavailable'],
  ]) {
    const zones = declareZones();
    vi.stubGlobal('ngx', { shared: zones });
    const r = request({
      variables,
      subrequest: async (uri) => {
        const answers: Record<string, FakeReply> = {
          '/_jwks': reply(jwksOf(signer)),
          '/_introspect': active,
        };
        return uri === silent ? NEVER : (answers[uri] ?? reply('[]'));
      },
    });
    const told = door();
    enter(r, told);
    await vi.waitFor(() => expect(r.subrequests.map(({ uri }) => uri)).toContain(silent));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expectDenied(told, 500);
    expect(r.variables).toMatchObject({ no_auth_reason: reason, no_auth_detail: 'deadline' });
  }
});

test('a fetch by URL that never ends is given up before the deadline', async () => {
  vi.stubGlobal('ngx', { shared: declareZones(), fetch: () => NEVER });
  const variables = { auth_jwt_key_request: '', auth_jwt_key_url: 'https://idp/jwks' };
  const r = request({ variables });
  const told = door();
  enter(r, told);
  await vi.advanceTimersByTimeAsync(FETCH_DEADLINE_MS);
  expectDenied(told, 500);
  expect(r.variables.no_auth_detail).toBe('deadline');
  expect(r.logged[0]?.text).toContain('$auth_jwt_key_url "https://idp/jwks" gave no answer');
  expect(vi.getTimerCount()).toBe(0);
});

test('a denial that nginx does not take leaves the last word to the verdict', async () => {
  let come = (_isGood: boolean): void => undefined;
  vi.spyOn(crypto.subtle, 'verify').mockReturnValue(
    new Promise<boolean>((resolve) => (come = resolve)),
  );
  const told = door();
  told.deny.mockImplementation(() => {
    throw new TypeError('not now');
  });
  const settled = enter(request(), told);
  expect(() => vi.advanceTimersByTime(DEADLINE_MS)).toThrow('not now');
  come(false);
  // A handler that rejects is a fault for nginx, and lets nobody pass.
  await expect(settled).rejects.toThrow('not now');
  expect(told.allow).not.toHaveBeenCalled();
});

test('the deadline is over before nginx would give up', () => {
  expect(FETCH_DEADLINE_MS).toBeLessThan(DEADLINE_MS);
  expect(DEADLINE_MS).toBeLessThan(60_000);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEADLINE_MS, guard } from '../../../src/handlers/door.ts';
import type { NginxReply } from '../../../src/nginx.ts';
import { reply } from '../../support/fake-request.ts';
import {
  door,
  expectAllowed,
  expectDenied,
  filled,
  pass,
  request,
  signer,
} from '../../support/guarded.ts';
import { jwksOf, NOW } from '../../support/tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW * 1000 + 999 });
});

afterEach(() => {
  vi.useRealTimers();
});

test('the deadline denies where the keys never come', async () => {
  const r = request({ subrequest: () => new Promise(() => undefined) });
  const told = door();
  guard(r, told);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
  expect(told.deny).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expectDenied(told, 500);
  expect(r.variables).toMatchObject({
    no_auth_reason: 'keys_unavailable',
    no_auth_detail: 'deadline',
  });
  expect(r.logged).toEqual([{ level: 'error', text: expect.stringContaining('5000 ms') }]);
});

test.each([
  ['success', () => reply(jwksOf(signer))],
  ['refusal', () => reply('', 502)],
])('the deadline is the last word: a late %s changes nothing', async (_what, answer) => {
  let come = (_reply: NginxReply): void => undefined;
  const r = request({ subrequest: () => new Promise((resolve) => (come = resolve)) });
  const told = door();
  const settled = guard(r, told);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
  come(answer());
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

test('the deadline is over before nginx would give up', () => {
  expect(DEADLINE_MS).toBeLessThan(60_000);
});

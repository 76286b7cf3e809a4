// With the zones of auth_jwt.conf: what is known needs no wait, and every verdict is the same.

import { describe, expect, test, vi } from 'vitest';
import { reply } from '../../support/fake-request.ts';
import { declareZones } from '../../support/fake-zone.ts';
import {
  atFixedTime,
  bearer,
  door,
  enter,
  expectAllowed,
  expectDenied,
  filled,
  pass,
  request,
  signer,
  TOKEN,
} from '../../support/guarded.ts';
import { breakSignature, CLAIMS, createSigner, jwksOf } from '../../support/tokens.ts';

atFixedTime();

describe('a token that is known', () => {
  test('is let pass at once: no promise, no timer, no subrequest', async () => {
    const first = request();
    await pass(first);
    const r = request();
    const told = door();
    expect(enter(r, told)).toBeUndefined();
    expectAllowed(told);
    expect(r.subrequests).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    expect([first, r].map(({ variables }) => variables.auth_jwt_cache)).toEqual(['MISS', 'HIT']);
    expect(r.variables).toEqual({ ...first.variables, auth_jwt_cache: 'HIT' });
  });

  test.each([
    ['has expired', 599_500, {}, 401, 'not_active'],
    ['is of another issuer', 0, { auth_jwt_issuer: 'https://other/' }, 401, 'bad_issuer'],
    ['is for another audience', 0, { auth_jwt_audience: 'billing' }, 401, 'bad_audience'],
    ['lacks what is required', 0, { auth_jwt_require: 'a error=403' }, 403, 'no_roles'],
  ])('is denied at once where it %s', async (_what, after, variables, status, reason) => {
    await pass(request());
    vi.setSystemTime(Date.now() + after);
    const r = request({ variables: { ...variables, auth_jwt_key_cache: '1h' } });
    const told = door();
    expect(enter(r, told)).toBeUndefined();
    expectDenied(told, status);
    expect(r.variables).toMatchObject({ no_auth_reason: reason, auth_jwt_cache: '' });
    expect(filled(r)).toEqual([]);
  });
});

test('a cached token is refused after its key has left the set', async () => {
  const lasting = bearer(await signer.sign({ ...CLAIMS, exp: CLAIMS.exp + 86400 }));
  expectAllowed(await pass(request({ headers: lasting })));
  vi.setSystemTime(Date.now() + 600_000);
  const stranger = await createSigner('ES256');
  const r = request({ headers: lasting, subrequest: async () => reply(jwksOf(stranger)) });
  expectDenied(await pass(r), 401);
  expect(r.variables.no_auth_reason).toBe('bad_signature');
});

describe.each([
  ['full', 0],
  ['too small for anything but marks', 1],
])('zones that are %s', (_what, room) => {
  test('change no verdict', async () => {
    const { auth_jwt_keys, auth_jwt_verified } = declareZones();
    auth_jwt_keys.room = room;
    auth_jwt_verified.room = room;
    for (const _round of [1, 2]) {
      expectAllowed(await pass(request()));
      expectDenied(await pass(request({ headers: bearer(breakSignature(TOKEN)) })), 401);
      expectDenied(await pass(request({ subrequest: async () => reply('', 502) })), 500);
      vi.advanceTimersByTime(1000);
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('nothing of a token stands in shared memory', async () => {
  const dicts = declareZones();
  await pass(request());
  const written = Object.values(dicts).flatMap((dict) =>
    dict.keys().map((key) => `${key} ${dict.get(key)}`),
  );
  expect(written.length).toBeGreaterThan(2);
  for (const secret of [...TOKEN.split('.'), CLAIMS.sub, CLAIMS.iss]) {
    expect(written.filter((each) => each.includes(secret))).toEqual([]);
  }
});

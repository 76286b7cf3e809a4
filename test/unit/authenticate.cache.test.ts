// Signatures that are known: what is remembered, for how long, and what is checked all the same.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { authenticate } from '../../src/authenticate.ts';
import type { KeySettings } from '../../src/keys/source.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { MAX_REMEMBERED, VerifiedSignatures } from '../../src/signature/verified.ts';
import { KnownTokens } from '../../src/token/known.ts';
import { NO_MEMORY, NO_SERVICES } from '../support/fake-ring.ts';
import { fakeDict, zoneOf } from '../support/fake-zone.ts';
import { fakeTime, keyWorld, pass, settle, sourceOf } from '../support/key-world.ts';
import { refused } from '../support/refusals.ts';
import { breakSignature, CLAIMS, createSigner, jwksOf } from '../support/tokens.ts';
import { settingsFor } from '../support/vectors.ts';

const signer = await createSigner('ES256', 'key-1');
const stranger = await createSigner('ES256', 'key-1');
const TOKEN = await signer.sign();

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

/** One nginx with both zones, whose source has the key of the signer. */
function nginx() {
  const world = keyWorld();
  world.answer(() => jwksOf(signer));
  const dict = fakeDict();
  const known = new KnownTokens(new VerifiedSignatures(zoneOf(dict)));
  const start = (token: string, settings: Partial<Settings> = {}, memory = known) =>
    authenticate(
      { ...settingsFor(), ...settings },
      {
        request: { header: () => undefined, variable: () => token, warn: () => {} },
        keys: world.open(settings as KeySettings),
        known: memory,
        now: Math.floor(Date.now() / 1000),
        services: NO_SERVICES,
      },
    );
  return {
    ...world,
    remembered: dict,
    /** Begins a check; throws or gives a verdict at once where it can. */
    start,
    /** A check from begin to end: how the signature was found to be good. */
    check: async (...given: Parameters<typeof start>) => (await start(...given)).cache,
  };
}

const isThenable = (value: object) => 'then' in value;

describe('a signature', () => {
  test('is verified once, and known from then on', async () => {
    const { check } = nginx();
    expect([await check(TOKEN), await check(TOKEN), await check(TOKEN)]).toEqual([
      ...['MISS', 'HIT', 'HIT'],
    ]);
  });

  test('that is known makes no promise, and asks nothing of WebCrypto', async () => {
    const { start, check } = nginx();
    const first = start(TOKEN);
    expect(isThenable(first)).toBe(true);
    await first;
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const outcome = start(TOKEN);
    expect(isThenable(outcome)).toBe(false);
    expect(outcome).toMatchObject({
      token: { claims: CLAIMS, header: { alg: 'ES256' } },
      cache: 'HIT',
    });
    expect(importKey).not.toHaveBeenCalled();
    expect(verify).not.toHaveBeenCalled();
    expect(await check(await signer.sign({ ...CLAIMS, sub: 'bob' }))).toBe('MISS');
  });

  test('that another request has verified meanwhile is known', async () => {
    const { check, store } = nginx();
    await check(TOKEN);
    await pass(540);
    // This request refreshes the set, so it does not know the generation beforehand.
    expect(await check(TOKEN)).toBe('HIT');
    expect(store.isLocked(sourceOf('https://idp/jwks'))).toBe(false);
  });

  test.each([
    ['in one bit', (token: string) => breakSignature(token), 'bad_signature'],
    ['without its signature', (token: string) => token.replace(/[^.]*$/, ''), 'bad_signature'],
    ['with a fourth part', (token: string) => `${token}.x`, 'invalid_jwt'],
  ])('says nothing of a token that is changed %s', async (_how, change, reason) => {
    const { check } = nginx();
    await check(TOKEN);
    await expect(check(change(TOKEN))).rejects.toMatchObject({ reason });
  });
});

describe('on a hit', () => {
  test('the time is checked: the token is refused the second it expires', async () => {
    const { check } = nginx();
    const token = await signer.sign({ ...CLAIMS, exp: CLAIMS.iat + 120 });
    await check(token);
    await pass(59);
    expect(await check(token)).toBe('HIT');
    await pass(1);
    await expect(check(token)).rejects.toEqual(refused('not_active', 'expired'));
  });

  test.each([
    [{ issuers: ['https://other/'] }, 'bad_issuer', 'iss'],
    [{ audiences: ['billing'] }, 'bad_audience', 'aud'],
    [{ types: ['at+jwt'] }, 'bad_claim', 'typ'],
    [{ maxAge: 30 }, 'not_active', 'too_old'],
    [{ algorithms: ['RS256'] }, 'bad_algorithm', 'alg'],
  ] as const)(
    'the policy of the location is checked, at once: %j',
    async (settings, reason, detail) => {
      const { check, start } = nginx();
      await check(TOKEN);
      expect(() => start(TOKEN, settings)).toThrow(refused(reason, detail));
    },
  );

  test('a location with another source knows nothing of it', async () => {
    const { check, answer } = nginx();
    const other = sourceOf('https://other/');
    answer(() => jwksOf(stranger), other);
    await check(TOKEN);
    await expect(check(TOKEN, { sources: [other] })).rejects.toEqual(
      refused('bad_signature', 'signature'),
    );
    await check(await stranger.sign(), { sources: [other] });
    await expect(check(TOKEN, { sources: [other] })).rejects.toEqual(
      refused('bad_signature', 'signature'),
    );
  });
});

describe('a key that leaves the set takes its tokens along', () => {
  test('at the next refresh', async () => {
    const { check, answer } = nginx();
    const lasting = await signer.sign({ ...CLAIMS, exp: CLAIMS.exp + 86400 });
    await check(lasting);
    answer(() => jwksOf(stranger));
    await pass(539);
    expect(await check(lasting)).toBe('HIT');
    await pass(1);
    for (const _request of [1, 2]) {
      await expect(check(lasting)).rejects.toEqual(refused('bad_signature', 'signature'));
    }
  });

  test('where an unknown key has the set read before', async () => {
    const { check, answer } = nginx();
    const successor = await createSigner('ES256', 'key-2');
    await check(TOKEN);
    answer(() => jwksOf(successor));
    expect(await check(await successor.sign())).toBe('MISS');
    await expect(check(TOKEN)).rejects.toEqual(refused('unknown_key', 'kid'));
  });

  test('and a key that stays has its tokens verified once more', async () => {
    const { check, answer } = nginx();
    await check(TOKEN);
    answer(() => jwksOf(signer, stranger));
    await pass(540);
    expect([await check(TOKEN), await check(TOKEN)]).toEqual(['MISS', 'HIT']);
  });
});

test('a signature counts for the set that it was verified with, not for one that came meanwhile', async () => {
  const { check, answer, open } = nginx();
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, 'verify').mockImplementationOnce(async (...given) => {
    answer(() => jwksOf(stranger));
    await pass(540);
    await open().load();
    return verify(...given);
  });
  expect(await check(TOKEN)).toBe('MISS');
  await expect(check(TOKEN)).rejects.toEqual(refused('bad_signature', 'signature'));
});

describe('nothing is remembered', () => {
  test('of a signature that is refused', async () => {
    const { check, remembered } = nginx();
    for (const token of [
      breakSignature(TOKEN),
      await stranger.sign(),
      await signer.sign({}, { kid: 'x' }),
    ]) {
      await expect(check(token)).rejects.toMatchObject({ kind: 'refusal' });
    }
    expect(remembered.keys()).toEqual([]);
  });

  test('while a source has failed, though the keys of another suffice', async () => {
    const { check, remembered, answer } = nginx();
    const other = sourceOf('https://other/');
    answer(() => '<html>', other);
    const sources = [sourceOf('https://idp/jwks'), other];
    expect([await check(TOKEN, { sources }), await check(TOKEN, { sources })]).toEqual([
      ...['MISS', 'MISS'],
    ]);
    expect(remembered.keys()).toEqual([]);
  });

  test('without the zone', async () => {
    const { check, remembered } = nginx();
    const verdicts = [await check(TOKEN, {}, NO_MEMORY), await check(TOKEN, {}, NO_MEMORY)];
    expect(verdicts).toEqual(['OFF', 'OFF']);
    expect(remembered.keys()).toEqual([]);
  });

  test('where the zone is full, and the verdict is the same', async () => {
    const { check, remembered } = nginx();
    remembered.room = 0;
    expect([await check(TOKEN), await check(TOKEN)]).toEqual(['MISS', 'MISS']);
    expect(remembered.keys()).toEqual([]);
    await expect(check(breakSignature(TOKEN))).rejects.toMatchObject({ reason: 'bad_signature' });
  });

  test('of a token that has expired, however long the leeway', async () => {
    const { check, remembered } = nginx();
    const token = await signer.sign({ ...CLAIMS, exp: CLAIMS.iat });
    expect(await check(token, { leeway: 3600 })).toBe('MISS');
    expect(remembered.keys()).toEqual([]);
  });
});

describe('a good signature is remembered', () => {
  test.each([
    ['as long as the token lives', { exp: CLAIMS.iat + 60 + 100 }, 100],
    ['for a stated time where the token lives longer', { exp: CLAIMS.iat + 1e6 }, MAX_REMEMBERED],
    ['for a stated time where the token says nothing', {}, MAX_REMEMBERED],
  ])('%s', async (_what, claims, seconds) => {
    const { check, remembered } = nginx();
    await check(await signer.sign(claims));
    const [key = ''] = remembered.keys();
    expect(remembered.timeLeft(key)).toBe(seconds * 1000);
  });

  test('even where the claims are refused, for a policy that accepts them', async () => {
    const { check } = nginx();
    const strict = { audiences: ['billing'] };
    await expect(check(TOKEN, strict)).rejects.toEqual(refused('bad_audience', 'aud'));
    await expect(check(TOKEN, strict)).rejects.toEqual(refused('bad_audience', 'aud'));
    expect(await check(TOKEN)).toBe('HIT');
  });
});

test('a token that this nginx cannot verify does not keep others from a refresh', async () => {
  vi.resetModules();
  const { authenticate: fresh } = await import('../../src/authenticate.ts');
  const ed25519 = await createSigner('EdDSA');
  const token = await ed25519.sign();
  const world = keyWorld();
  world.answer(() => jwksOf(signer));
  await world.open().load();
  await pass(540);
  vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new TypeError('unknown algorithm name'));
  const request = { header: () => undefined, variable: () => token, warn: () => {} };
  const means = { request, keys: world.open(), known: NO_MEMORY, now: 0, services: NO_SERVICES };
  await expect(fresh(settingsFor(), means)).rejects.toEqual(
    refused('bad_algorithm', 'unavailable'),
  );
  await settle(world.open().load());
  expect(world.reads).toHaveLength(2);
});

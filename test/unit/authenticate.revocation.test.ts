// Revocation lists: fetched, kept and renewed like key sets, and held against every token.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { authenticate } from '../../src/authenticate.ts';
import { type KeySettings, revocationSource } from '../../src/keys/source.ts';
import { refuse } from '../../src/refusal.ts';
import type { RevocationPolicy } from '../../src/revocation/check.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { VerifiedSignatures } from '../../src/signature/verified.ts';
import { KnownTokens } from '../../src/token/known.ts';
import { NO_SERVICES } from '../support/fake-ring.ts';
import { fakeDict, zoneOf } from '../support/fake-zone.ts';
import { fakeTime, keyWorld, pass, SOURCE, settle } from '../support/key-world.ts';
import { explained, refused } from '../support/refusals.ts';
import { breakSignature, CLAIMS, createSigner, jwksOf, NOW } from '../support/tokens.ts';
import { settingsFor } from '../support/vectors.ts';

const signer = await createSigner('ES256', 'key-1');
const TOKEN = await signer.sign({ ...CLAIMS, jti: 'a' });
/** Signed by the same key, which it does not name. */
const NAMELESS = await signer.sign(CLAIMS, { kid: undefined });
const LIST = revocationSource('request', '/_revoked');
const OTHER = revocationSource('file', '/revoked.json');
const POLICY: RevocationPolicy = {
  ...{ sources: [LIST], keyCache: 60, keyStale: 600, keyCooldown: 0 },
  passesWithout: false,
};
const OPEN = { ...POLICY, passesWithout: true };

beforeEach(fakeTime);
afterEach(() => void vi.useRealTimers());

/** One nginx whose list is empty at first. */
function nginx(text = '[]') {
  const world = keyWorld();
  world.answer(() => jwksOf(signer));
  world.answer(async () => text, LIST);
  world.answer(() => '["z"]', OTHER);
  const known = new KnownTokens(new VerifiedSignatures(zoneOf(fakeDict())));
  /** Begins a check; throws or gives a verdict at once where it can. */
  const start = (token = TOKEN, revocation = POLICY, settings: Partial<Settings> = {}) => {
    const all = { ...settingsFor(), sources: [SOURCE], revocation, ...settings };
    return authenticate(all, {
      request: { header: () => undefined, variable: () => token, warn: () => {} },
      keys: world.open(all as KeySettings),
      known,
      now: Math.floor(Date.now() / 1000),
      services: { ...NO_SERVICES, revocations: (policy) => world.open(policy) },
    });
  };
  return {
    ...world,
    start,
    check: async (...given: Parameters<typeof start>) => settle(start(...given)),
    say: (list: string) => world.answer(async () => list, LIST),
    fail: () =>
      world.answer(async () => {
        throw refuse('keys_unavailable', 'auth_jwt_revocation_request');
      }, LIST),
    lists: () => world.reads.filter((read) => read === LIST.location).length,
  };
}

const REVOKED = refused('revoked', 'jti');

test('a token that is known is refused when its list says so, within the time of the cache', async () => {
  const { check, say, lists } = nginx();
  for (let count = 0; count < 5; count += 1) {
    expect((await check()).cache).toBe(count === 0 ? 'MISS' : 'HIT');
  }
  expect(lists()).toBe(1);
  say('["a"]');
  await pass(60);
  await expect(check()).rejects.toEqual(REVOKED);
});

test('where all is at hand, no promise is made', async () => {
  const { check, start } = nginx();
  await check();
  expect('then' in start()).toBe(false);
  const { check: checkAgain, start: startAgain } = nginx('["b", "a"]');
  await expect(checkAgain()).rejects.toEqual(REVOKED);
  expect(() => startAgain()).toThrow(REVOKED);
});

describe('order', () => {
  test('signature and claims come first, and nobody asks for the list', async () => {
    const { check, lists } = nginx('["a"]');
    await expect(check(breakSignature(TOKEN))).rejects.toEqual(
      refused('bad_signature', 'signature'),
    );
    await expect(check(TOKEN, POLICY, { audiences: ['billing'] })).rejects.toEqual(
      refused('bad_audience', 'aud'),
    );
    expect(lists()).toBe(0);
  });

  test('a JWT that is revoked is not introspected, and what is said of it counts too', async () => {
    const introspection = { endpoint: '/_introspect', server: '', isForAll: true, cache: 60 };
    const { check, say } = nginx('["a"]');
    await expect(check(TOKEN, POLICY, { introspection })).rejects.toEqual(REVOKED);
    say('[]');
    await pass(60);
    // It got there: these services know no endpoint.
    await expect(check(TOKEN, POLICY, { introspection })).rejects.toThrow('nobody is asked');
  });
});

describe('a key can be revoked', () => {
  const BY_KEY = '[{"kid": "key-1"}]';
  const REVOKED_KEY = refused('revoked', 'kid');

  test.each([
    ['by a token that names it', TOKEN],
    ['by one that names none', NAMELESS],
  ])('%s', async (_what, token) => {
    await expect(nginx(BY_KEY).check(token)).rejects.toEqual(REVOKED_KEY);
    // Known, and kept decoded.
    const { check, say } = nginx();
    for (const cache of ['MISS', 'HIT', 'HIT']) {
      expect((await check(token)).cache).toBe(cache);
    }
    say(BY_KEY);
    await pass(60);
    await expect(check(token)).rejects.toEqual(REVOKED_KEY);
    await expect(check(token)).rejects.toEqual(REVOKED_KEY);
  });

  test('another key of the set is not', async () => {
    const other = await createSigner('ES256', 'key-2');
    const { check, answer } = nginx(BY_KEY);
    answer(() => jwksOf(signer, other));
    const token = await other.sign(CLAIMS, { kid: undefined });
    expect((await check(token)).token.signer).toBe('key-2');
    expect((await check(token)).token.signer).toBe('key-2');
  });

  test('by whom another request has just verified the token', async () => {
    const { check, start } = nginx(BY_KEY);
    // Both wait for the keys: the second finds the signature known.
    const both = [start(NAMELESS), start(NAMELESS)].map((one) =>
      Promise.resolve(one).catch((e) => e),
    );
    expect(await settle(Promise.all(both))).toEqual([REVOKED_KEY, REVOKED_KEY]);
    await expect(check(NAMELESS)).rejects.toEqual(REVOKED_KEY);
  });

  test('by a token that is introspected as well', async () => {
    const introspection = { endpoint: '/_introspect', server: '', isForAll: true, cache: 60 };
    await expect(nginx(BY_KEY).check(NAMELESS, POLICY, { introspection })).rejects.toEqual(
      REVOKED_KEY,
    );
  });
});

test('several lists count', async () => {
  const { check, say } = nginx();
  const both = { ...POLICY, sources: [LIST, OTHER] };
  const other = await signer.sign({ ...CLAIMS, jti: 'z' });
  expect(await check(TOKEN, both)).toBeDefined();
  await expect(check(other, both)).rejects.toEqual(REVOKED);
  say('["a"]');
  await pass(60);
  await expect(check(TOKEN, both)).rejects.toEqual(REVOKED);
});

describe('where a list cannot be had', () => {
  test('from the start: closed refuses, open lets pass', async () => {
    const { check, fail } = nginx();
    fail();
    await expect(check()).rejects.toEqual(
      refused('keys_unavailable', 'auth_jwt_revocation_request'),
    );
    expect(await check(TOKEN, OPEN)).toBeDefined();
  });

  test('or is none: the fault is told, once', async () => {
    const { check, reports } = nginx('{}');
    await expect(check()).rejects.toEqual(refused('cannot_parse', 'revocation'));
    await expect(check()).rejects.toEqual(refused('cannot_parse', 'revocation'));
    const told = expect.stringContaining(
      '$auth_jwt_revocation_request "/_revoked" is no JSON array',
    );
    expect(reports).toEqual([explained('cannot_parse', 'revocation', told)]);
  });

  test('later: the old one serves, and then closed refuses and open lets pass', async () => {
    const { check, say, reports } = nginx('["a"]');
    const good = await signer.sign({ ...CLAIMS, exp: NOW + 9000 });
    expect(await check(good)).toBeDefined();
    say('<html>');
    await pass(600);
    expect(await check(good)).toBeDefined();
    await expect(check(await signer.sign({ jti: 'a' }))).rejects.toEqual(REVOKED);
    const told = expect.stringMatching(/is no JSON array; the list at hand still serves$/);
    expect(reports).toEqual([explained('cannot_parse', 'revocation', told)]);
    await pass(61);
    await expect(check(good)).rejects.toEqual(refused('cannot_parse', 'revocation'));
    expect(await check(good, OPEN)).toBeDefined();
  });

  test('another list revokes what it names all the same', async () => {
    const { check } = nginx('{}');
    const both = { ...OPEN, sources: [LIST, OTHER] };
    const other = await signer.sign({ ...CLAIMS, jti: 'z' });
    await expect(check(other, both)).rejects.toEqual(REVOKED);
    expect(await check(TOKEN, both)).toBeDefined();
    await expect(check(TOKEN, { ...both, passesWithout: false })).rejects.toEqual(
      refused('cannot_parse', 'revocation'),
    );
  });
});

test('shared memory names nobody', async () => {
  const { check, dict } = nginx('["secret-id", {"sub": "mallory"}]');
  await check();
  const all = dict
    ?.keys()
    .map((key) => `${key} ${dict.get(key)}`)
    .join('\n');
  expect(all).toContain('revocation request /_revoked');
  expect(all).not.toMatch(/secret-id|mallory/);
});

test('an empty list is kept like any other', async () => {
  const { check, lists } = nginx('[]');
  await check();
  await check();
  expect(lists()).toBe(1);
});

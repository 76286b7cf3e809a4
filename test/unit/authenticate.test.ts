import { createHmac } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { authenticate } from '../../src/authenticate.ts';
import type { JsonObject } from '../../src/json.ts';
import { type KeySet, parseJwks } from '../../src/keys/jwks.ts';
import type { Means } from '../../src/proof.ts';
import { refuse } from '../../src/refusal.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { keySetOf, NO_MEMORY, NO_SERVICES, ringOf } from '../support/fake-ring.ts';
import { explained, refused } from '../support/refusals.ts';
import {
  breakSignature,
  CLAIMS,
  createSigner,
  encodePart,
  forge,
  jwksOf,
  NOW,
} from '../support/tokens.ts';
import { settingsFor } from '../support/vectors.ts';

const signer = await createSigner('ES256', 'key-1');
const stranger = await createSigner('ES256', 'key-1');
const TOKEN = await signer.sign();
const EXPIRED = { ...CLAIMS, exp: NOW };
const KEY_SET = keySetOf([signer.jwk]);
const UNREACHABLE = refuse('keys_unavailable', 'auth_jwt_key_request', 'it is down');

interface Given {
  readonly settings?: Partial<Settings>;
  readonly keySet?: KeySet;
  readonly keys?: Means['keys'];
}

/** Whatever is thrown at once or rejected later is rejected. */
async function check(token: string, { settings, keySet, keys }: Given = {}) {
  return authenticate(
    { ...settingsFor(), ...settings },
    {
      request: { header: () => undefined, variable: () => token, warn: () => {} },
      keys: keys ?? ringOf(keySet ?? KEY_SET),
      known: NO_MEMORY,
      now: NOW,
      services: NO_SERVICES,
    },
  );
}

test('a good token comes back with its header and claims', async () => {
  expect(await check(TOKEN)).toMatchObject({
    token: { header: { alg: 'ES256', kid: 'key-1' }, claims: CLAIMS },
    cache: 'OFF',
  });
});

describe('each station may refuse', async () => {
  test.each([
    ['no token', '', 'empty_token', ''],
    ['no JWT', 'nonsense', 'invalid_jwt', 'parts'],
    ['an algorithm that is none', forge({ alg: 'none' }, CLAIMS, ''), 'bad_algorithm', 'alg'],
    ['no algorithm', forge({ kid: 'key-1' }), 'bad_algorithm', 'alg'],
    ['a key that is not known', await signer.sign(CLAIMS, { kid: 'x' }), 'unknown_key', 'kid'],
    ['a key of another type', forge({ alg: 'HS256', kid: 'key-1' }), 'unknown_key', 'kid'],
    ['a changed signature', breakSignature(TOKEN), 'bad_signature', 'signature'],
    ['the signature of a stranger', await stranger.sign(), 'bad_signature', 'signature'],
    ['no signature', TOKEN.replace(/[^.]*$/, ''), 'bad_signature', 'signature'],
    ['a time that has passed', await signer.sign(EXPIRED), 'not_active', 'expired'],
  ] as const)('%s', async (_what, token, reason, detail) => {
    await expect(check(token)).rejects.toEqual(refused(reason, detail));
  });

  test.each([
    [{ issuers: ['https://other/'] }, 'bad_issuer', 'iss'],
    [{ audiences: ['billing'] }, 'bad_audience', 'aud'],
    [{ types: ['at+jwt'] }, 'bad_claim', 'typ'],
    [{ maxAge: 30 }, 'not_active', 'too_old'],
    [{ algorithms: ['RS256'] }, 'bad_algorithm', 'alg'],
    [{ algorithms: [] }, 'bad_algorithm', 'alg'],
    [{ tokenFrom: [{ kind: 'protocol' }] }, 'empty_token', ''],
  ] as const)('by the policy %j', async (settings, reason, detail) => {
    await expect(check(TOKEN, { settings })).rejects.toEqual(refused(reason, detail));
  });
});

describe('order', () => {
  test('the signature comes before the claims', async () => {
    const token = breakSignature(await signer.sign(EXPIRED));
    await expect(check(token)).rejects.toEqual(refused('bad_signature', 'signature'));
  });

  test('the payload is not parsed before the signature has been verified', async () => {
    const secret = 'x'.repeat(32);
    const k = Buffer.from(secret).toString('base64url');
    const keySet = keySetOf([{ kty: 'oct', k }]);
    const parse = vi.spyOn(JSON, 'parse');
    for (const payload of ['{"sub":"a","exp":9999999999}', '[]', '{']) {
      const input = `${encodePart({ alg: 'HS256' })}.${encodePart(payload)}`;
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      const good = `${input}.${mac}`;
      await expect(check(breakSignature(good), { keySet })).rejects.toEqual(
        refused('bad_signature', 'signature'),
      );
      expect(parse).not.toHaveBeenCalledWith(payload);
      const verdict = check(good, { keySet });
      if (payload.includes('sub')) {
        expect((await verdict).token.claims).toMatchObject({ sub: 'a' });
      } else {
        await expect(verdict).rejects.toEqual(refused('invalid_jwt', 'payload'));
      }
      expect(parse.mock.calls.filter(([text]) => text === payload)).toHaveLength(1);
    }
    parse.mockRestore();
  });

  test.each([
    ['no token', ''],
    ['no JWT', 'a.b.c'],
    ['no algorithm of ours', forge({ alg: 'none' })],
  ])('no key is fetched for %s', async (_what, token) => {
    const keys = ringOf(KEY_SET);
    await expect(check(token, { keys })).rejects.toMatchObject({ kind: 'refusal' });
    expect(keys.takeRefresh).not.toHaveBeenCalled();
    expect(keys.atHand).not.toHaveBeenCalled();
    expect(keys.load).not.toHaveBeenCalled();
  });

  test('keys are fetched once', async () => {
    const keys = ringOf(KEY_SET);
    await check(TOKEN, { keys });
    expect(keys.load).toHaveBeenCalledTimes(1);
    expect(keys.reload).not.toHaveBeenCalled();
  });

  test('what is known to be wrong is thrown before anything is waited for', () => {
    const request = { header: () => undefined, variable: () => 'nonsense', warn: () => {} };
    const means = {
      request,
      keys: ringOf(KEY_SET),
      known: NO_MEMORY,
      now: NOW,
      services: NO_SERVICES,
    };
    expect(() => authenticate(settingsFor(), means)).toThrow(refused('invalid_jwt', 'parts'));
  });
});

describe('the key decides, not the token', async () => {
  const rsa = await createSigner('RS256', 'key-1');
  const { alg: _alg, ...nameless } = rsa.jwk;
  const n = Buffer.from(String(rsa.jwk.n), 'base64url');
  const secret = { kty: 'oct', kid: 'key-1', k: n.toString('base64url') } as JsonObject;

  test('a public key is no secret', async () => {
    const token = await forgeHmac(n);
    await expect(check(token, { keySet: keySetOf([nameless as JsonObject]) })).rejects.toEqual(
      refused('unknown_key', 'kid'),
    );
    expect(await check(token, { keySet: keySetOf([secret]) })).toBeDefined();
  });

  test.each(['jwk', 'jku', 'x5u', 'x5c'])('%s of the token is not looked at', async (name) => {
    const value = name === 'jwk' ? stranger.jwk : 'https://evil.example/';
    const token = await stranger.sign(CLAIMS, { [name]: value });
    await expect(check(token)).rejects.toEqual(refused('bad_signature', 'signature'));
    expect(await check(await signer.sign(CLAIMS, { [name]: value }))).toBeDefined();
  });

  /** HS256 over the claims, with the bytes of something that everybody knows. */
  async function forgeHmac(bytes: Buffer): Promise<string> {
    const usage = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', bytes, usage, false, ['sign']);
    const input = forge({ alg: 'HS256', kid: 'key-1' }).replace(/\.[^.]*$/, '');
    const mac = await crypto.subtle.sign('HMAC', key, Buffer.from(input));
    return `${input}.${Buffer.from(mac).toString('base64url')}`;
  }
});

describe('where a source of keys has failed', () => {
  test('the keys of the others may suffice', async () => {
    const keySet = keySetOf([signer.jwk], { failure: UNREACHABLE });
    expect(await check(TOKEN, { keySet })).toBeDefined();
  });

  test.each([
    ['no key is at hand', []],
    ['the key at hand is another’s', [stranger.jwk]],
    ['the key at hand cannot be used', [{ ...signer.jwk, x: '' }]],
  ])('and %s, the fault is not the token’s', async (_what, keys) => {
    await expect(check(TOKEN, { keySet: keySetOf(keys, { failure: UNREACHABLE }) })).rejects.toBe(
      UNREACHABLE,
    );
  });
});

describe('keys that cannot be used', () => {
  test('are told to the operator', async () => {
    const keySet = keySetOf([{ ...signer.jwk, x: 'AA' }]);
    await expect(check(TOKEN, { keySet })).rejects.toEqual(
      explained(
        'unknown_key',
        'unusable',
        expect.stringContaining('malformed, private or too weak'),
      ),
    );
  });

  test('are passed over where another fits', async () => {
    const keySet = keySetOf([{ ...signer.jwk, x: 'AA' }, signer.jwk]);
    expect(await check(TOKEN, { keySet })).toBeDefined();
  });
});

test.each(['load', 'reload'])('what the ring throws is thrown: %s', async (method) => {
  const failure = new TypeError('unforeseen');
  const keys = ringOf(keySetOf([]), { [method]: () => Promise.reject(failure) });
  await expect(check(TOKEN, { keys })).rejects.toBe(failure);
});

describe('keys are asked for anew', async () => {
  const ofAnother = await signer.sign(CLAIMS, { kid: 'key-2' });
  const nameless = await signer.sign(CLAIMS, { kid: undefined });
  const renamed = { ...signer.jwk, kid: 'key-2' };

  test.each([
    ['no key has the name', ofAnother, [signer.jwk]],
    ['there is no key at all', TOKEN, []],
    ['the token names no key, and none fits', nameless, [stranger.jwk]],
  ])('where %s', async (_what, token, old) => {
    const newer = keySetOf([...old, signer.jwk, renamed]);
    const keys = ringOf(keySetOf(old), { reload: async () => newer });
    expect(await check(token, { keys })).toMatchObject({ token: { claims: CLAIMS } });
    expect(keys.reload).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['the key that is named has not signed', breakSignature(TOKEN), [signer.jwk]],
    ['the key that is named is another’s', TOKEN, [stranger.jwk]],
    ['the key that is named cannot be used', TOKEN, [{ ...signer.jwk, x: 'AA' }]],
  ])('and not where %s', async (_what, token, old) => {
    const keys = ringOf(keySetOf(old));
    await expect(check(token, { keys })).rejects.toMatchObject({ kind: 'refusal' });
    expect(keys.reload).not.toHaveBeenCalled();
  });

  test('where one source has failed, for another may have the key', async () => {
    const old = keySetOf([], { failure: UNREACHABLE });
    await expect(check(TOKEN, { keys: ringOf(old) })).rejects.toBe(UNREACHABLE);
    const newer = keySetOf([signer.jwk], { failure: UNREACHABLE });
    const keys = ringOf(old, { reload: async () => newer });
    expect(await check(TOKEN, { keys })).toMatchObject({ token: { claims: CLAIMS } });
  });

  test('once, and what they cannot do is refused', async () => {
    const keys = ringOf(keySetOf([]), { reload: async () => keySetOf([renamed]) });
    await expect(check(TOKEN, { keys })).rejects.toEqual(refused('unknown_key', 'kid'));
    expect(keys.reload).toHaveBeenCalledTimes(1);
  });

  test('and a key that is new has to sign as any other', async () => {
    const keys = ringOf(keySetOf([]), { reload: async () => keySetOf([stranger.jwk]) });
    await expect(check(TOKEN, { keys })).rejects.toEqual(refused('bad_signature', 'signature'));
  });

  test('and a key that is gone counts no more', async () => {
    const keys = ringOf(keySetOf([stranger.jwk]), { reload: async () => keySetOf([renamed]) });
    await expect(check(nameless, { keys })).resolves.toBeDefined();
    const left = ringOf(keySetOf([stranger.jwk]), { reload: async () => keySetOf([]) });
    await expect(check(nameless, { keys: left })).rejects.toEqual(refused('unknown_key', 'kid'));
  });
});

test('an algorithm that this nginx cannot do is told to the operator', async () => {
  const ed25519 = await createSigner('EdDSA');
  const token = await ed25519.sign();
  const keySet = keySetOf(parseJwks(jwksOf(ed25519), 'the source'));
  vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new TypeError('unknown algorithm name'));
  await expect(check(token, { keySet })).rejects.toEqual(
    explained('bad_algorithm', 'unavailable', 'this nginx was built without EdDSA'),
  );
});

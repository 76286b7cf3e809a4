import { describe, expect, test, vi } from 'vitest';
import { authenticate } from '../../src/authenticate.ts';
import type { JsonObject } from '../../src/json.ts';
import { type KeySet, parseJwks } from '../../src/keys/jwks.ts';
import { refuse } from '../../src/refusal.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { explained, refused } from '../support/refusals.ts';
import { breakSignature, CLAIMS, createSigner, forge, jwksOf, NOW } from '../support/tokens.ts';
import { settingsFor } from '../support/vectors.ts';

const signer = await createSigner('ES256', 'key-1');
const stranger = await createSigner('ES256', 'key-1');
const TOKEN = await signer.sign();
const EXPIRED = { ...CLAIMS, exp: NOW };
const UNREACHABLE = refuse('keys_unavailable', 'auth_jwt_key_request', 'it is down');

interface Given {
  readonly settings?: Partial<Settings>;
  readonly keySet?: KeySet;
  readonly loadKeys?: () => Promise<KeySet>;
}

function check(token: string, { settings, keySet, loadKeys }: Given = {}) {
  const known = keySet ?? { keys: [signer.jwk] };
  return authenticate(
    { header: () => undefined, variable: () => token },
    { ...settingsFor(), ...settings },
    loadKeys ?? (async () => known),
    NOW,
  );
}

test('a good token comes back with its header and claims', async () => {
  expect(await check(TOKEN)).toMatchObject({
    header: { alg: 'ES256', kid: 'key-1' },
    claims: CLAIMS,
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

  test.each([
    ['no token', ''],
    ['no JWT', 'a.b.c'],
    ['no algorithm of ours', forge({ alg: 'none' })],
  ])('no key is fetched for %s', async (_what, token) => {
    const loadKeys = vi.fn(async () => ({ keys: [] }));
    await expect(check(token, { loadKeys })).rejects.toMatchObject({ kind: 'refusal' });
    expect(loadKeys).not.toHaveBeenCalled();
  });

  test('keys are fetched once', async () => {
    const loadKeys = vi.fn(async () => ({ keys: [signer.jwk] }));
    await check(TOKEN, { loadKeys });
    expect(loadKeys).toHaveBeenCalledTimes(1);
  });
});

describe('the key decides, not the token', async () => {
  const rsa = await createSigner('RS256', 'key-1');
  const { alg: _alg, ...nameless } = rsa.jwk;
  const n = Buffer.from(String(rsa.jwk.n), 'base64url');
  const secret = { kty: 'oct', kid: 'key-1', k: n.toString('base64url') } as JsonObject;

  test('a public key is no secret', async () => {
    const token = await forgeHmac(n);
    await expect(check(token, { keySet: { keys: [nameless] } })).rejects.toEqual(
      refused('unknown_key', 'kid'),
    );
    expect(await check(token, { keySet: { keys: [secret] } })).toBeDefined();
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
    const keySet = { keys: [signer.jwk], failure: UNREACHABLE };
    expect(await check(TOKEN, { keySet })).toBeDefined();
  });

  test.each([
    ['no key is at hand', []],
    ['the key at hand is another’s', [stranger.jwk]],
    ['the key at hand cannot be used', [{ ...signer.jwk, x: '' }]],
  ])('and %s, the fault is not the token’s', async (_what, keys) => {
    await expect(check(TOKEN, { keySet: { keys, failure: UNREACHABLE } })).rejects.toBe(
      UNREACHABLE,
    );
  });
});

describe('keys that cannot be used', () => {
  test('are told to the operator', async () => {
    const keySet = { keys: [{ ...signer.jwk, x: 'AA' }] };
    await expect(check(TOKEN, { keySet })).rejects.toEqual(
      explained(
        'unknown_key',
        'unusable',
        expect.stringContaining('malformed, private or too weak'),
      ),
    );
  });

  test('are passed over where another fits', async () => {
    const keySet = { keys: [{ ...signer.jwk, x: 'AA' }, signer.jwk] };
    expect(await check(TOKEN, { keySet })).toBeDefined();
  });
});

test('what a loader throws is thrown', async () => {
  const failure = new TypeError('unforeseen');
  await expect(check(TOKEN, { loadKeys: () => Promise.reject(failure) })).rejects.toBe(failure);
  const loadKeys = async () => ({ keys: parseJwks('<html>', 'the source') });
  await expect(check(TOKEN, { loadKeys })).rejects.toEqual(refused('cannot_parse', 'jwks'));
});

test('an algorithm that this nginx cannot do is told to the operator', async () => {
  const ed25519 = await createSigner('EdDSA');
  const token = await ed25519.sign();
  const keySet = { keys: parseJwks(jwksOf(ed25519), 'the source') };
  vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new TypeError('unknown algorithm name'));
  await expect(check(token, { keySet })).rejects.toEqual(
    explained('bad_algorithm', 'unavailable', 'this nginx was built without EdDSA'),
  );
});

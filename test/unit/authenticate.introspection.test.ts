// Which tokens are introspected, and what is checked before.

import { describe, expect, test, vi } from 'vitest';
import { authenticate } from '../../src/authenticate.ts';
import { parseConsumers } from '../../src/consumers/parse.ts';
import type { IntrospectionPolicy } from '../../src/introspection/introspect.ts';
import type { JsonObject } from '../../src/json.ts';
import type { Means } from '../../src/proof.ts';
import { parseRevocations } from '../../src/revocation/parse.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { keySetOf, NO_MEMORY, NO_SERVICES, ringOf } from '../support/fake-ring.ts';
import { SOURCE } from '../support/key-world.ts';
import { refused } from '../support/refusals.ts';
import { breakSignature, CLAIMS, createSigner, NOW, signHmac } from '../support/tokens.ts';
import { settingsFor } from '../support/vectors.ts';

const signer = await createSigner('ES256', 'key-1');
const TOKEN = await signer.sign();
const OPAQUE: IntrospectionPolicy = {
  endpoint: '/_introspect',
  server: '',
  isForAll: false,
  cache: 60,
};
/** Somebody whom no JWT here names, but the endpoint. */
const REVOKED = keySetOf([parseRevocations('[{"sub": "said"}]', 'the source')]);
const REVOCATION = {
  sources: [],
  keyCache: 60,
  keyStale: 600,
  keyCooldown: 0,
  passesWithout: false,
};
const ALL = { ...OPAQUE, isForAll: true };

function nginx(
  answer: object = { active: true, ...CLAIMS, sub: 'said' },
  entries: readonly JsonObject[] = [signer.jwk],
) {
  const introspect = vi.fn(async (_endpoint: string, _token: string) => JSON.stringify(answer));
  const keys = ringOf(keySetOf(entries));
  const means = (token: string): Means => ({
    request: { header: () => undefined, variable: () => token, warn: () => {} },
    keys,
    known: NO_MEMORY,
    now: NOW,
    services: { ...NO_SERVICES, introspect, revocations: () => ringOf(REVOKED) },
  });
  return {
    introspect,
    keys,
    /** Whatever is thrown at once or rejected later is rejected. */
    check: async (token: string, settings: Partial<Settings>) =>
      authenticate({ ...settingsFor(), sources: [SOURCE], ...settings }, means(token)),
  };
}

describe('with keys', () => {
  test.each(['opaque', 'a.b', 'a.b.c.d', 'a.b.c.d.e'])(
    '%s is no JWT, and introspected',
    async (token) => {
      for (const introspection of [OPAQUE, ALL]) {
        const { check, introspect, keys } = nginx();
        expect((await check(token, { introspection })).token.claims.sub).toBe('said');
        expect(introspect.mock.calls).toEqual([['/_introspect', '', token]]);
        expect(keys.load).not.toHaveBeenCalled();
      }
    },
  );

  test('a JWT is verified', async () => {
    const { check, introspect } = nginx();
    expect((await check(TOKEN, { introspection: OPAQUE })).token.claims).toEqual(CLAIMS);
    await expect(check('a.b.c', { introspection: OPAQUE })).rejects.toEqual(
      refused('invalid_jwt', 'base64url'),
    );
    expect(introspect).not.toHaveBeenCalled();
  });

  test('or verified and introspected as well, and has the claims that are said of it', async () => {
    const { check, introspect } = nginx();
    const { token } = await check(TOKEN, { introspection: ALL });
    expect(token).toMatchObject({
      header: { alg: 'ES256' },
      kid: 'key-1',
      claims: { sub: 'said' },
    });
    expect(introspect).toHaveBeenCalledTimes(1);
    const inactive = nginx({ active: false });
    await expect(inactive.check(TOKEN, { introspection: ALL })).rejects.toEqual(
      refused('not_active', 'inactive'),
    );
  });

  test('nobody is asked of a JWT that is not good', async () => {
    const { check, introspect } = nginx();
    const cases = [
      [breakSignature(TOKEN), 'bad_signature', 'signature'],
      [await signer.sign({ ...CLAIMS, exp: NOW }), 'not_active', 'expired'],
      [await signer.sign(CLAIMS, { kid: 'other' }), 'unknown_key', 'kid'],
    ] as const;
    for (const [token, reason, detail] of cases) {
      await expect(check(token, { introspection: ALL })).rejects.toEqual(refused(reason, detail));
    }
    expect(introspect).not.toHaveBeenCalled();
  });
});

test('without keys every token is introspected', async () => {
  const { check, introspect, keys } = nginx();
  for (const token of ['opaque', TOKEN]) {
    const { token: verified } = await check(token, { sources: [], introspection: ALL });
    expect(verified).toMatchObject({ claims: { sub: 'said' }, header: {} });
  }
  expect(introspect).toHaveBeenCalledTimes(2);
  expect(keys.generation).not.toHaveBeenCalled();
});

test('who is said to be somebody that is revoked is refused, whatever the JWT says', async () => {
  const { check, introspect } = nginx();
  const settings = { revocation: REVOCATION, introspection: ALL };
  for (const token of ['opaque', TOKEN]) {
    await expect(check(token, settings)).rejects.toEqual(refused('revoked', 'sub'));
  }
  expect(introspect).toHaveBeenCalledTimes(2);
  expect(await check(TOKEN, { ...settings, introspection: OPAQUE })).toBeDefined();
});

test('without a token nobody is asked', async () => {
  const { check, introspect } = nginx();
  await expect(check('', { introspection: ALL })).rejects.toEqual(refused('empty_token'));
  expect(introspect).not.toHaveBeenCalled();
});

test('whose a token is stays known, whatever is said of it', async () => {
  const secret = 'a secret of thirty-two bytes, or more';
  const text = JSON.stringify({
    consumers: [{ username: 'shop', jwt_secrets: [{ key: CLAIMS.iss, secret }] }],
  });
  const credentials = parseConsumers(text, 'the source', false);
  const { check } = nginx({ active: true, ...CLAIMS, iss: 'another' }, credentials);
  const settings = { introspection: ALL, consumers: { claim: 'iss' } };
  const { token, consumer } = await check(signHmac(secret, CLAIMS), settings);
  expect(token.claims.iss).toBe('another');
  expect(consumer).toMatchObject({ username: 'shop', credential: CLAIMS.iss });
});

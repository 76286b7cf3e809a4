import { describe, expect, test, vi } from 'vitest';
import { IntrospectionAnswers } from '../../../src/introspection/answers.ts';
import { type IntrospectionPolicy, introspect } from '../../../src/introspection/introspect.ts';
import type { Settings } from '../../../src/settings/settings.ts';
import { MAX_TOKEN_LENGTH, type Token } from '../../../src/token/decode.ts';
import { fakeDict, zoneOf } from '../../support/fake-zone.ts';
import { explained, refused } from '../../support/refusals.ts';
import { CLAIMS, NOW } from '../../support/tokens.ts';
import { settingsFor } from '../../support/vectors.ts';

const POLICY: IntrospectionPolicy = {
  endpoint: '/_introspect',
  server: '',
  isForAll: false,
  cache: 60,
};
const ACTIVE = { active: true, ...CLAIMS };

/** One nginx whose endpoint gives this answer. */
function nginx(answer: unknown, hasZone = true) {
  const dict = fakeDict();
  const zone = hasZone ? zoneOf(dict) : undefined;
  const answers = new IntrospectionAnswers(zone, zone);
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const ask = vi.fn(async (_endpoint: string, _token: string) => text);
  const check = (
    token: string,
    policy: Partial<IntrospectionPolicy> = {},
    settings: Partial<Settings> = {},
    jwt?: Token,
  ) =>
    introspect(
      token,
      { ...POLICY, ...policy },
      { ...settingsFor(), requireExp: true, ...settings },
      {
        request: { variable: () => undefined, warn: () => {} },
        services: { answers, introspect: ask },
        now: NOW,
      },
      jwt,
    );
  return { dict, ask, check };
}

test('a token that is active has the claims of the answer, and no header', async () => {
  const { check, ask } = nginx(ACTIVE);
  const { token, cache } = await check('opaque');
  expect(ask.mock.calls).toEqual([['/_introspect', '', 'opaque']]);
  expect(token).toMatchObject({ claims: ACTIVE, header: {}, alg: '', hasPlainClaims: false });
  expect(token.kid).toBeUndefined();
  const [header = '', claims = ''] = token.signingInput.split('.');
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect([decode(header), decode(claims)]).toEqual([{}, ACTIVE]);
  expect(cache).toBe('MISS');
});

test('an answer is parsed once, new or remembered', async () => {
  const answer = JSON.stringify({ active: true, ...CLAIMS });
  const { check } = nginx(answer);
  const parse = vi.spyOn(JSON, 'parse');
  for (const times of [1, 2]) {
    await check('parsed-once');
    expect(parse.mock.calls.filter(([text]) => text === answer)).toHaveLength(times);
  }
  parse.mockRestore();
});

test('a JWT keeps its header', async () => {
  const jwt = {
    ...{ header: { alg: 'ES256', kid: 'a', typ: 'at+jwt' }, alg: 'ES256', kid: 'a' },
    ...{ hasPlainHeader: false, claims: { sub: 'old' }, hasPlainClaims: true },
    signingInput: 'aGVhZGVy.Y2xhaW1z',
  };
  const { token } = await nginx(ACTIVE).check('a.b.c', {}, { types: ['at+jwt'] }, jwt);
  expect(token).toMatchObject({ header: jwt.header, alg: 'ES256', kid: 'a', claims: ACTIVE });
  expect(token.hasPlainHeader).toBe(false);
  expect(token.hasPlainClaims).toBe(false);
  expect(token.signingInput).toMatch(/^aGVhZGVy\.(?!Y2xhaW1z)/);
});

test('a token that is no JWT has no type', async () => {
  await expect(nginx(ACTIVE).check('opaque', {}, { types: ['at+jwt'] })).rejects.toEqual(
    refused('bad_claim', 'typ'),
  );
});

describe('what is remembered', () => {
  const timeLeft = ({ dict }: ReturnType<typeof nginx>) =>
    dict.keys().map((key) => Math.ceil((dict.timeLeft(key) ?? 0) / 1000));

  test('is not asked for again', async () => {
    const { check, ask } = nginx(ACTIVE);
    const [one, two] = [await check('opaque'), await check('opaque')];
    expect([one.cache, two.cache]).toEqual(['MISS', 'HIT']);
    expect(two.token).toEqual(one.token);
    await check('other');
    await check('opaque', { endpoint: '/_other' });
    await check('opaque', { server: 'b.example' });
    expect(ask).toHaveBeenCalledTimes(4);
  });

  test.each([
    [{ exp: NOW + 600 }, 60, 60],
    [{ exp: NOW + 20 }, 60, 20],
    [{ exp: NOW + 600 }, 0, undefined],
    [{ exp: NOW + 600 }, 3600, 600],
  ])('%j counts with a cache of %d s for %s s', async (claims, cache, want) => {
    const one = nginx({ ...ACTIVE, ...claims });
    await one.check('opaque', { cache });
    expect(timeLeft(one)).toEqual(want === undefined ? [] : [want]);
  });

  test.each([0, 5])('a policy with a cache of %d s does not go by one with more', async (cache) => {
    const { check, ask } = nginx(ACTIVE);
    await check('opaque', { cache: 3600 });
    expect((await check('opaque', { cache })).cache).toBe('MISS');
    expect((await check('opaque', { cache: 3600 })).cache).toBe('HIT');
    expect((await check('opaque', { cache })).cache).toBe(cache === 0 ? 'MISS' : 'HIT');
    expect(ask).toHaveBeenCalledTimes(cache === 0 ? 3 : 2);
  });

  test('has no end without exp but the time of the cache', async () => {
    const one = nginx({ active: true });
    await one.check('opaque', {}, { requireExp: false });
    expect(timeLeft(one)).toEqual([60]);
  });

  test.each([
    [60, 10],
    [5, 5],
  ])('a token that is not active: with a cache of %d s for %d s', async (cache, want) => {
    const one = nginx({ active: false });
    for (let count = 0; count < 3; count += 1) {
      await expect(one.check('opaque', { cache })).rejects.toEqual(
        refused('not_active', 'inactive'),
      );
    }
    expect(timeLeft(one)).toEqual([want]);
    expect(one.ask).toHaveBeenCalledTimes(1);
  });

  test('is held to account each time', async () => {
    const { check } = nginx(ACTIVE);
    await check('opaque');
    await expect(check('opaque', {}, { issuers: ['https://other/'] })).rejects.toEqual(
      refused('bad_issuer', 'iss'),
    );
    await expect(check('opaque', {}, { maxAge: 30 })).rejects.toEqual(
      refused('not_active', 'too_old'),
    );
  });

  test('is nothing without the zone', async () => {
    const { check, ask } = nginx(ACTIVE, false);
    expect([(await check('opaque')).cache, (await check('opaque')).cache]).toEqual(['OFF', 'OFF']);
    expect(ask).toHaveBeenCalledTimes(2);
  });
});

test.each([
  [{ ...ACTIVE, exp: NOW }, 'not_active', 'expired'],
  [{ ...ACTIVE, exp: 'never' }, 'invalid_jwt', 'exp'],
  [{ active: true }, 'bad_claim', 'exp'],
  [{ ...ACTIVE, nbf: NOW + 1 }, 'not_active', 'not_yet_valid'],
] as const)('the claims of %j are refused', async (answer, reason, detail) => {
  const { check, ask } = nginx(answer);
  await expect(check('opaque')).rejects.toEqual(refused(reason, detail));
  await expect(check('opaque')).rejects.toEqual(refused(reason, detail));
  expect(ask.mock.calls.length).toBeLessThanOrEqual(2);
});

test.each([
  ...['', 'null', '[]', '[{"active":true}]', 'true', '"active"', '{}', '{"active":true'],
  ...['{"active":"true"}', '{"active":1}', '{"active":null}', '{"__proto__":{"active":true}}'],
  `{"active":true,"a":${'['.repeat(30)}${']'.repeat(30)}}`,
])('%j is no answer, and is not remembered', async (answer) => {
  const { check, dict } = nginx(answer);
  await expect(check('opaque')).rejects.toEqual(
    explained('cannot_parse', 'introspection', expect.stringContaining('"active"')),
  );
  expect(dict.keys()).toEqual([]);
});

test('what the endpoint fails with is thrown, and nothing is remembered', async () => {
  const { check, ask, dict } = nginx(ACTIVE);
  const failure = new TypeError('down');
  ask.mockRejectedValueOnce(failure);
  await expect(check('opaque')).rejects.toBe(failure);
  expect(dict.keys()).toEqual([]);
  expect((await check('opaque')).cache).toBe('MISS');
});

describe('nobody is asked of what is no token', () => {
  test.each(['', ' ', 'a b', 'a"', 'a&b', 'a%41', 'a=b', '=', 'a\n', 'a\nb', 'é', 'a,b', '{}'])(
    '%j',
    async (text) => {
      const { check, ask } = nginx(ACTIVE);
      await expect(check(text)).rejects.toEqual(refused('invalid_jwt', 'opaque'));
      expect(ask).not.toHaveBeenCalled();
    },
  );

  test('nor of what is too long for one', async () => {
    const { check, ask } = nginx(ACTIVE);
    await check('x'.repeat(MAX_TOKEN_LENGTH));
    await expect(check('x'.repeat(MAX_TOKEN_LENGTH + 1))).rejects.toEqual(
      refused('invalid_jwt', 'size'),
    );
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test('and what is one may have every character of b64token', async () => {
    await nginx(ACTIVE).check('aZ09-._~+/==');
  });
});

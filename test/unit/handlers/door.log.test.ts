import { describe, expect, test, vi } from 'vitest';
import { type FakeOptions, type FakeReply, reply } from '../../support/fake-request.ts';
import { atFixedTime, bearer, pass, request, signer } from '../../support/guarded.ts';
import { breakSignature, CLAIMS, NOW } from '../../support/tokens.ts';

const EXPIRED = await signer.sign({ ...CLAIMS, exp: NOW });

atFixedTime();

describe('the log', () => {
  const read = async (options: FakeOptions) => {
    const r = request(options);
    await pass(r);
    return r.logged;
  };

  test.each([
    ['info', 'a bad token', { headers: bearer(EXPIRED) }, 'not_active: expired'],
    ['info', 'no token', { headers: {} }, 'empty_token: '],
    ['info', 'a claim', { variables: { auth_jwt_audience: 'x' } }, 'bad_audience: aud'],
    [
      'error',
      'a setting',
      { variables: { auth_jwt_leeway: 'x' } },
      'bad_configuration: $auth_jwt_leeway is "x"',
    ],
  ] as const)('has at %s: %s', async (level, _what, options, text) => {
    expect(await read(options)).toEqual([
      { level, text: expect.stringMatching(startOf(`auth_jwt: ${text}`)) },
    ]);
  });

  test('has at warn an unusable key, once, for a client can ask as often as it likes', async () => {
    const told = [];
    for (let count = 0; count < 3; count += 1) {
      told.push(await read({ subrequest: unusableKey }));
    }
    const text = expect.stringMatching(startOf('auth_jwt: unknown_key: the key set names'));
    expect(told.flat().filter(({ level }) => level === 'warn')).toEqual([{ level: 'warn', text }]);
    expect(told.flat().filter(({ level }) => level === 'info')).toHaveLength(3);
  });

  test.each([
    [
      reply('', 502),
      'keys_unavailable: $auth_jwt_key_request "/_jwks" answered with status 502',
      'keys_unavailable: auth_jwt_key_request',
    ],
    [
      reply('<html>'),
      'cannot_parse: the key set of $auth_jwt_key_request "/_jwks" is not a JSON object',
      'cannot_parse: jwks',
    ],
  ])('has a source that fails at error, and the request at info', async (answer, why, what) => {
    expect(await read({ subrequest: async () => answer })).toEqual([
      { level: 'error', text: `auth_jwt: ${why}` },
      { level: 'info', text: `auth_jwt: ${what}` },
    ]);
  });

  test('has a source that fails once, and not for each request', async () => {
    const failing = { subrequest: async () => reply('', 502) };
    const levels = [];
    for (let request = 0; request < 5; request += 1) {
      levels.push(...(await read(failing)).map(({ level }) => level));
    }
    expect(levels).toEqual(['error', 'info', 'info', 'info', 'info', 'info']);
  });

  test('has nothing of a source that fails while its older set serves but why', async () => {
    await read({});
    vi.advanceTimersByTime(540_000);
    expect(await read({ subrequest: async () => reply('', 502) })).toEqual([
      { level: 'error', text: expect.stringMatching(/502; the key set at hand still serves$/) },
    ]);
  });

  test('has one line of printable characters, and not a long one', async () => {
    const value = `a\r\n[alert] ü\0\x1b${'x'.repeat(1000)}`;
    const [entry] = await read({ variables: { auth_jwt_leeway: value } });
    expect(entry?.text).toMatch(/^[\x20-\x7e]{100,500}$/);
  });

  describe('has nothing of a token', async () => {
    const sign = (claims: object, header: object = {}) =>
      signer.sign({ ...CLAIMS, ...claims }, { typ: 'JWT', ...header });

    test.each([
      ['iss', await sign({ iss: 'SECRET' })],
      ['aud', await sign({ aud: 'SECRET' })],
      ['sub', await sign({ sub: 'SECRET', exp: 1 })],
      ['exp', await sign({ exp: 'SECRET' })],
      ['kid', await sign({}, { kid: 'SECRET' })],
      ['typ', await sign({}, { typ: 'SECRET' })],
      ['its signature', breakSignature(await sign({}))],
      ['a fourth part', `${await sign({})}.SECRET`],
      ['its header', `SECRET${await sign({})}`],
    ])('that is refused for %s', async (_what, token) => {
      const logged = await read({ headers: bearer(token), variables: { auth_jwt_typ: 'jwt' } });
      expect(logged).toHaveLength(1);
      const secrets = ['SECRET', CLAIMS.sub, CLAIMS.iss, ...token.split('.')];
      expect(secrets.filter((secret) => logged[0]?.text.includes(secret))).toEqual([]);
    });
  });
});

async function unusableKey(): Promise<FakeReply> {
  return reply(JSON.stringify({ keys: [{ ...signer.jwk, x: 'AA' }] }));
}

function startOf(text: string): RegExp {
  return new RegExp(`^${text.replace(/[$?.]/g, '\\$&')}`);
}

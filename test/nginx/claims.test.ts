// Whatever a token says, variables say the same in every engine: the claim, or nothing.

import fc from 'fast-check';
import { CompactSign } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { send, verdictOf } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { carried, exactly, exactNumber, VALUE_TEXT } from '../support/exact-json.ts';
import {
  type IntrospectionServer,
  startIntrospectionServer,
} from '../support/introspection-server.ts';
import { ISSUER, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';

/** Blanks at both ends are no part of a value (RFC 9110, section 5.5). */
const inHttp = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '');

const SECRET = 'x'.repeat(32);
const LONG = '9007199254740993';
const ROUNDED = '9007199254740992';

const COMMON = { '': 'a', key_file: '/keys.json', issuer: ISSUER };

/** Settings by location. */
const POLICIES: Record<string, Record<string, string>> = {
  forward: { claim_set: 'item=a.0 exact=json:a' },
  eq: { require_claims: 'a eq variable:http_x_value' },
  ne: { require_claims: 'a ne variable:http_x_value' },
  any: { require_claims: 'a any variable:http_x_value' },
  nany: { require_claims: 'a !any variable:http_x_value' },
  ge: { require_claims: 'a ge variable:http_x_value' },
  match: { require_claims: 'a match *' },
  text: { require_claims: 'a eq "\ufffd"' },
  'not-text': { require_claims: 'a ne "\ufffd"' },
  double: { require_claims: 'a ge 9007199254740991' },
  bad: { require_claims: `a eq ${LONG}` },
  'bad-list': { require_claims: `a in 1 ${LONG}` },
  'bad-json': { require_claims: 'a eq {"b":[0.1000000000000000055]}' },
  'bad-half': { require_claims: 'a eq "\\ud800"' },
  revoked: { revocation_file: '/revoked.json' },
  'revoked-half': { revocation_file: '/revoked-half.json' },
  required: { require: 'jwt_claim_a' },
  opaque: { key_file: '', introspection_request: '/_introspect', claim_set: 'exact=json:a' },
  type: { typ: 'application/jwt application/b/c' },
  consumers: { key_file: '', issuer: 'any', consumers_file: '/consumers.json' },
};

describe.each(RUNTIMES)('$name', (runtime) => {
  let echo: EchoServer;
  let endpoint: IntrospectionServer;
  let nginx: Nginx;

  beforeAll(async () => {
    [echo, endpoint] = await Promise.all([startEcho(), startIntrospectionServer()]);
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}/`,
          settings: { ...COMMON, ...settings },
          inside: `
          proxy_set_header X-Claim $jwt_claim_a;
          proxy_set_header X-Item $item;
          proxy_set_header X-Exact $exact;
          proxy_set_header X-Claims $jwt_claims;
          proxy_set_header X-Name $auth_jwt_consumer_username;
          proxy_pass ${echo.url};`,
        }),
      ),
    );
    const http = `js_var $jwt_claim_a; js_var $item; js_var $exact;
      server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        location = /_introspect {
          include /etc/nginx/auth_jwt/auth_jwt_introspection.conf; proxy_pass ${endpoint.url};
        }
        ${locations.join('\n')} }`;
    const consumers = ['admin ', 'admin\u00a0', 'admin'].map((username, index) => ({
      username,
      jwt_secrets: [{ key: `k${index}`, secret: SECRET }],
    }));
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify({
        keys: [{ kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), alg: 'HS256' }],
      }),
      '/revoked.json': JSON.stringify([LONG, '\ufffd', { sub: LONG }, { sub: '\ufffd' }]),
      '/revoked-half.json': '["\\ud800"]',
      '/consumers.json': JSON.stringify({ consumers }),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await Promise.all([echo?.[Symbol.asyncDispose](), endpoint?.[Symbol.asyncDispose]()]);
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  let serial = 0;

  /** A token whose claims are these, as text, and good ones. */
  async function tokenOf(claims: string, header: object = {}): Promise<string> {
    serial += 1;
    const text = `{"iss":"${ISSUER}","exp":${now() + 600},"serial":${serial},${claims}}`;
    return new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'HS256', ...header })
      .sign(Buffer.from(SECRET));
  }

  async function ask(path: string, token: string, value?: string) {
    const headers = { Authorization: `Bearer ${token}`, ...(value && { 'X-Value': value }) };
    return await send(nginx, { path, headers });
  }

  /** The headers that the upstream sees, as text; the second time the token is known. */
  async function forwarded(path: string, token: string): Promise<(name: string) => string> {
    const [first, second] = [await ask(path, token), await ask(path, token)];
    expect(first.status, first.body).toBe(200);
    const [one, other] = [first, second].map(({ body }) => (JSON.parse(body) as Echo).headers);
    expect(other).toEqual(one);
    return (name) => Buffer.from(one?.[name] ?? '', 'latin1').toString();
  }

  /** What becomes of a token whose claim `a` is this text. */
  async function verdict(door: Door, policy: string, a: string, value?: string): Promise<string> {
    return verdictOf(await ask(`/${door}/${policy}/`, await tokenOf(`"a":${a}`), value));
  }

  /** An HTTP parser gives back the claim, or nothing. */
  function expectClaim(header: string, text: string): void {
    expect(header).toBe(inHttp(header));
    if (text.startsWith('"')) {
      expect(header).toBe(carried(JSON.parse(text)));
    } else if (/^[-0-9]/.test(text)) {
      expect(exactNumber(header)).toBe(exactNumber(text));
    } else if (text.startsWith('{')) {
      expect(exactly(header)).toBe(exactly(text));
    }
  }

  describe.each(runtime.doors)('%s', (door) => {
    test('variables hold the claim or nothing, whatever it is', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(VALUE_TEXT, async (text) => {
          const header = await forwarded(`/${door}/forward/`, await tokenOf(`"a":${text}`));
          expectClaim(header('x-claim'), text);
          expect(exactly(header('x-exact'))).toBe(exactly(text));
          expect(exactly(header('x-claims'))).toContain(`"a":${exactly(text)}}`);
          expect(header('x-claims') + header('x-exact')).toMatch(/^[\x20-\x7e]+$/);
        }),
        { numRuns: Number(process.env.PROPERTY_RUNS || 200) },
      );
    });

    test('an answer of introspection is forwarded as it was written', {
      timeout: 60_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(VALUE_TEXT, async (text) => {
          serial += 1;
          const token = `opaque-${serial}`;
          const body = `{"active":true,"iss":"${ISSUER}","exp":${now() + 600},"a":${text}}`;
          endpoint.tokens[token] = { body: Buffer.from(body).toString('latin1') };
          const header = await forwarded(`/${door}/opaque/`, token);
          expectClaim(header('x-claim'), text);
          expect(exactly(header('x-exact'))).toBe(exactly(text));
        }),
        { numRuns: Number(process.env.PROPERTY_RUNS || 50) },
      );
    });

    test.each([
      ...[LONG, ROUNDED, '12345678901234567890', '0.1000000000000000055', '1e400', '1e-400'],
      ...[
        '-9007199254740993',
        '1000000000000000000000',
        '0.4312',
        '1.5',
        '0',
        '1700000000.1234567',
      ],
    ])('the number %s is forwarded digit by digit', async (text) => {
      const header = await forwarded(`/${door}/forward/`, await tokenOf(`"a":${text}`));
      expect([header('x-claim'), header('x-exact')]).toEqual([text, text]);
      const listed = await forwarded(`/${door}/forward/`, await tokenOf(`"a":[${text},1]`));
      expect([listed('x-claim'), listed('x-item')]).toEqual([`${text},1`, text]);
    });

    test.each([
      '"admin "',
      '" admin"',
      '" "',
      '"admin\\u00a0"',
      '["admin "]',
      '"\\ud800"',
      '"\ufffd\\udfff"',
    ])('%s does not reach the upstream as another name', async (text) => {
      const header = await forwarded(`/${door}/forward/`, await tokenOf(`"a":${text}`));
      expect([header('x-claim'), exactly(header('x-exact'))]).toEqual(['', exactly(text)]);
      expect(await verdict(door, 'required', text)).toBe('401 bad_claim');
    });

    test('["user,admin"] and ["user","admin"] can be told apart as JSON', async () => {
      for (const text of ['["user,admin"]', '["user","admin"]', '"user,admin"']) {
        const header = await forwarded(`/${door}/forward/`, await tokenOf(`"a":${text}`));
        expect([header('x-claim'), header('x-exact')]).toEqual(['user,admin', text]);
      }
    });

    test(`a rule that wants ${LONG} does not let ${ROUNDED} in`, async () => {
      expect(await verdict(door, 'eq', LONG, LONG)).toBe('passes');
      expect(await verdict(door, 'eq', ROUNDED, LONG)).toBe('401 bad_claim');
      expect(await verdict(door, 'ne', LONG, LONG)).toBe('401 bad_claim');
      expect(await verdict(door, 'ne', ROUNDED, LONG)).toBe('passes');
      expect(await verdict(door, 'any', `[1,${LONG}]`, `x ${LONG}`)).toBe('passes');
      expect(await verdict(door, 'any', `[1,${ROUNDED}]`, `x ${LONG}`)).toBe('401 bad_claim');
      expect(await verdict(door, 'any', `[1,${ROUNDED}]`, `[${LONG}]`)).toBe('401 bad_claim');
      expect(await verdict(door, 'nany', `[1,${LONG}]`, `[${LONG}]`)).toBe('401 bad_claim');
      expect(await verdict(door, 'ge', ROUNDED, LONG)).toBe('401 bad_claim');
      expect(await verdict(door, 'ge', LONG, LONG)).toBe('passes');
      expect(await verdict(door, 'double', '9007199254740990.9999999')).toBe('401 bad_claim');
      expect(await verdict(door, 'double', LONG)).toBe('passes');
    });

    test('a number is not taken for a text that a pattern matches', async () => {
      expect(await verdict(door, 'match', LONG)).toBe('401 bad_claim');
      expect(await verdict(door, 'match', '"x"')).toBe('passes');
    });

    test('half a character is not taken for U+FFFD', async () => {
      expect(await verdict(door, 'text', '"\ufffd"')).toBe('passes');
      expect(await verdict(door, 'text', '"\\ud800"')).toBe('401 bad_claim');
      expect(await verdict(door, 'not-text', '"\ufffd"')).toBe('401 bad_claim');
      expect(
        await verdict(door, 'any', '["\\ud800"]', Buffer.from('\ufffd').toString('latin1')),
      ).toBe('401 bad_claim');
      expect(await verdict(door, 'any', '["\\ud800"]', '["\\ud800"]')).toBe('401 bad_claim');
    });

    test.each(['bad', 'bad-list', 'bad-json', 'bad-half'])(
      'a value that cannot be exact is a fault of the configuration: %s',
      async (policy) => {
        expect(await verdict(door, policy, '1')).toBe('500 bad_configuration');
      },
    );

    test(`a list that revokes ${LONG} does not revoke ${ROUNDED}`, async () => {
      const of = async (claims: string, policy = 'revoked') =>
        verdictOf(await ask(`/${door}/${policy}/`, await tokenOf(claims)));
      for (const name of ['jti', 'sub']) {
        expect(await of(`"${name}":${LONG}`)).toBe('401 revoked');
        expect(await of(`"${name}":${LONG}.0`)).toBe('401 revoked');
        expect(await of(`"${name}":${ROUNDED}`)).toBe('passes');
        expect(await of(`"${name}":"\\ud800"`)).toBe('401 bad_claim');
        expect(await of(`"${name}":"\ufffd"`)).toBe('401 revoked');
      }
      expect(await of('"jti":"a"', 'revoked-half')).toBe('500 cannot_parse');
    });

    test('times with many digits count as the moment that they mean', async () => {
      const of = async (claims: string) =>
        verdictOf(await ask(`/${door}/forward/`, await tokenOf(claims)));
      expect(await of(`"exp":${now() + 600}.123456789012345`)).toBe('passes');
      expect(await of(`"nbf":${now() - 1}.999999999999999999`)).toBe('passes');
      expect(await of(`"exp":${now() - 1}.123456789012345`)).toBe('401 not_active');
      expect(await of('"exp":1e400')).toBe('401 invalid_jwt');
    });

    test('application/a/b is not a/b', async () => {
      const of = async (typ: string) =>
        verdictOf(await ask(`/${door}/type/`, await tokenOf('"a":1', { typ })));
      expect(await of('jwt')).toBe('passes');
      expect(await of('application/JWT')).toBe('passes');
      expect(await of('application/b/c')).toBe('passes');
      expect(await of('b/c')).toBe('401 bad_claim');
    });

    test('the name of a consumer does not reach the upstream as that of another', async () => {
      const nameOf = async (key: string) => {
        const text = `{"iss":"${key}","exp":${now() + 600}}`;
        const token = await new CompactSign(Buffer.from(text))
          .setProtectedHeader({ alg: 'HS256' })
          .sign(Buffer.from(SECRET));
        return (await forwarded(`/${door}/consumers/`, token))('x-name');
      };
      expect([await nameOf('k0'), await nameOf('k1'), await nameOf('k2')]).toEqual([
        '',
        '',
        'admin',
      ]);
    });
  });
});

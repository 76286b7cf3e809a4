import { CompactSign, importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { ALGORITHMS, AUDIENCE, createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';

const DOOR_PATHS: Record<Door, string> = { validateJwt: '/validate/', enforceJwt: '/enforce/' };

/** Ed25519 is not compiled into every nginx; whether it is here is asked once for each runtime. */
async function hasEd25519(nginx: Nginx, issuer: Issuer): Promise<boolean> {
  const token = await issuer.sign('EdDSA');
  const { status, body } = await send(nginx, { path: '/validate/', headers: bearer(token) });
  if (status === 401) {
    expect(JSON.parse(body).reason).toBe('bad_algorithm');
    await nginx.waitForLog(/\[warn\].* this nginx was built without EdDSA/);
  }
  return status === 200;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let stranger: Issuer;
  let nginx: Nginx;
  let withEd25519 = false;

  beforeAll(async () => {
    [issuer, stranger] = await Promise.all([createIssuer(), createIssuer()]);
    const settings = {
      '': 'orders',
      key_file: '/keys.json',
      issuer: ISSUER,
      audience: AUDIENCE,
    };
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: DOOR_PATHS[door],
        settings,
        inside: 'default_type text/plain; alias /srv/;',
      }),
    );
    const http = `server { listen 8080;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/srv/index.html': 'PROTECTED',
    });
    withEd25519 = await hasEd25519(nginx, issuer);
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    const path = DOOR_PATHS[door];

    async function verdictOf(token: string | undefined) {
      const headers = token === undefined ? {} : bearer(token);
      const { status, body, headers: answered } = await send(nginx, { path, headers });
      const reason = status === 200 ? '' : (JSON.parse(body) as { reason: string }).reason;
      if (status !== 200) {
        expect(body).not.toContain('PROTECTED');
      }
      return { status, reason, challenge: answered['www-authenticate'] };
    }

    async function expectRefusal(token: string | undefined, reason: string) {
      const { status, reason: found, challenge } = await verdictOf(token);
      expect([status, found]).toEqual([401, reason]);
      expect(challenge).toMatch(/^Bearer realm="orders"/);
      if (token !== undefined) {
        expect(challenge).toContain('error="invalid_token"');
      }
    }

    describe.each(ALGORITHMS)('%s', (alg) => {
      /** The reason for a fault that is found after the algorithm was accepted. */
      const unless = (reason: string) =>
        alg === 'EdDSA' && !withEd25519 ? 'bad_algorithm' : reason;

      test('a good token passes', async () => {
        const { status, reason } = await verdictOf(await issuer.sign(alg));
        expect([status, reason]).toEqual(
          alg === 'EdDSA' && !withEd25519 ? [401, 'bad_algorithm'] : [200, ''],
        );
      });

      test('a tampered signature is refused', async () => {
        const [header, payload, signature = ''] = (await issuer.sign(alg)).split('.');
        const bytes = Buffer.from(signature, 'base64url');
        bytes.writeUInt8(bytes.readUInt8(7) ^ 0x10, 7);
        const token = `${header}.${payload}.${bytes.toString('base64url')}`;
        await expectRefusal(token, unless('bad_signature'));
      });

      test('tampered claims are refused', async () => {
        const [header, payload = '', signature] = (await issuer.sign(alg)).split('.');
        const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
        const token = `${header}.${encode({ ...claims, sub: 'root' })}.${signature}`;
        await expectRefusal(token, unless('bad_signature'));
      });

      test('the signature of another key is refused', async () => {
        await expectRefusal(await stranger.sign(alg), unless('bad_signature'));
      });

      test('a kid that no key has is refused', async () => {
        const token = await issuer.sign(alg, {}, { kid: 'nobody' });
        await expectRefusal(token, unless('unknown_key'));
      });

      test('an expired token is refused', async () => {
        await expectRefusal(await issuer.sign(alg, { exp: now() - 1 }), unless('not_active'));
      });

      test('a token that is not valid yet is refused', async () => {
        await expectRefusal(await issuer.sign(alg, { nbf: now() + 60 }), unless('not_active'));
      });

      test.each([
        ['wrong', 'https://evil.example.com/'],
        ['missing', undefined],
        ['an array', [ISSUER]],
      ])('an issuer that is %s is refused', async (_, iss) => {
        const token = await issuer.sign(alg, { iss: iss as string });
        await expectRefusal(token, unless('bad_issuer'));
      });

      test.each([
        ['wrong', 'billing'],
        ['missing', undefined],
        ['a list of others', ['billing', 'orders2']],
      ])('an audience that is %s is refused', async (_, aud) => {
        await expectRefusal(await issuer.sign(alg, { aud }), unless('bad_audience'));
      });
    });

    test('a request without a token is refused, without naming an error', async () => {
      await expectRefusal(undefined, 'empty_token');
      const { challenge } = await verdictOf(undefined);
      expect(challenge).toBe('Bearer realm="orders"');
    });

    test('one audience of several suffices', async () => {
      const token = await issuer.sign('RS256', { aud: ['billing', AUDIENCE] });
      expect((await verdictOf(token)).status).toBe(200);
    });

    test('a token without exp is refused', async () => {
      await expectRefusal(await issuer.sign('RS256', { exp: undefined }), 'bad_claim');
    });

    test.each(['none', 'None', 'NONE', 'nOnE', ' none', '', 'null'])(
      'alg "%s" is refused, with any signature',
      async (alg) => {
        const [, payload, signature] = (await issuer.sign('RS256')).split('.');
        for (const last of ['', signature]) {
          const token = `${encode({ alg, kid: 'RS256' })}.${payload}.${last}`;
          await expectRefusal(token, 'bad_algorithm');
        }
      },
    );

    test('a header without alg is refused', async () => {
      const [, payload, signature] = (await issuer.sign('RS256')).split('.');
      const token = `${encode({ kid: 'RS256' })}.${payload}.${signature}`;
      await expectRefusal(token, 'bad_algorithm');
    });

    test.each(['HS256', 'HS384', 'HS512'])(
      '%s made with a public key as the secret is refused',
      async (alg) => {
        for (const jwk of issuer.jwks.keys.filter(({ kty }) => kty !== 'oct')) {
          for (const secret of publicKeyAsSecret(jwk)) {
            for (const kid of [jwk.kid, undefined]) {
              const header = { alg, ...(kid === undefined ? {} : { kid }) };
              const token = await new CompactSign(Buffer.from(JSON.stringify(claims())))
                .setProtectedHeader(header)
                .sign(secret);
              const { status } = await verdictOf(token);
              expect(status).toBe(401);
            }
          }
        }
      },
    );

    test.each([
      ['one part', 'abc'],
      ['two parts', 'abc.def'],
      ['four parts', 'GOOD.x'],
      ['five parts', 'a.b.c.d.e'],
      ['padding', 'GOOD='],
      ['a foreign character in the signature', 'GOOD!'],
      ['a space in the middle', 'GOOD GOOD'],
      ['a comma', 'GOOD,GOOD'],
    ])('%s: not a compact JWS', async (_, shape) => {
      const good = await issuer.sign('RS256');
      await expectRefusal(shape.replace(/GOOD/g, good), 'invalid_jwt');
    });

    test('base64url with stray bits is refused', async () => {
      const good = await issuer.sign('HS256');
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = alphabet.charAt(alphabet.indexOf(good.slice(-1)) + 1);
      await expectRefusal(good.slice(0, -1) + last, 'invalid_jwt');
    });

    test.each(['[]', '"x"', '1', 'null', 'true', '{', '', '{"exp":04102444800}', '{"exp":1.}'])(
      'the signed payload %j is no claims set',
      async (payload) => {
        const key = await importJWK(issuer.jwksOf('HS256').keys[0] as JWK);
        const token = await new CompactSign(Buffer.from(payload))
          .setProtectedHeader({ alg: 'HS256', kid: 'HS256' })
          .sign(key);
        await expectRefusal(token, 'invalid_jwt');
      },
    );

    test.each(['[]', '"x"', 'null', '{', '{"alg":"RS256",}'])(
      'the header %j is no JOSE header',
      async (header) => {
        const [, payload, signature] = (await issuer.sign('RS256')).split('.');
        const part = Buffer.from(header).toString('base64url');
        await expectRefusal(`${part}.${payload}.${signature}`, 'invalid_jwt');
      },
    );

    test.each([
      ['crit', { crit: ['exp'] }],
      ['an unencoded payload', { crit: ['b64'], b64: false }],
    ])('%s is refused', async (_, header) => {
      const [, payload, signature] = (await issuer.sign('RS256')).split('.');
      const part = encode({ alg: 'RS256', kid: 'RS256', ...header });
      await expectRefusal(`${part}.${payload}.${signature}`, 'invalid_jwt');
    });

    test('a token over the size limit is refused', async () => {
      const { status } = await send(nginx, { path, headers: bearer('a'.repeat(7000)) });
      expect(status).toBe(401);
    });
  });
});

function claims() {
  return { iss: ISSUER, aud: AUDIENCE, sub: 'mallory', exp: now() + 600 };
}

/** What an attacker may take for the bytes of the secret: all that is public. */
function publicKeyAsSecret(jwk: JWK): Buffer[] {
  const material = [jwk.n, jwk.x, jwk.y].filter((part) => part !== undefined);
  return [
    Buffer.from(JSON.stringify(jwk)),
    ...material.map((part) => Buffer.from(part)),
    ...material.map((part) => Buffer.from(part, 'base64url')),
  ];
}

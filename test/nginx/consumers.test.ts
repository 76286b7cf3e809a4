// Consumers with credentials of their own, as Kong has them: who has come is told by the credential alone.

import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { now } from '../support/issuer.ts';
import { FORGED } from '../support/kong.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const HEADERS = `
  proxy_set_header X-Consumer-ID $auth_jwt_consumer_id;
  proxy_set_header X-Consumer-Username $auth_jwt_consumer_username;
  proxy_set_header X-Consumer-Custom-ID $auth_jwt_consumer_custom_id;
  proxy_set_header X-Credential-Identifier $auth_jwt_credential_identifier;
  proxy_set_header X-Anonymous-Consumer $auth_jwt_anonymous;`;

const POLICIES: Readonly<Record<string, PolicySettings>> = {
  iss: {},
  kid: { key_claim_name: 'kid' },
  sub: { key_claim_name: 'sub' },
  base64: { consumers_file: '/base64.json', secret_is_base64: 'on' },
  short: { maximum_expiration: '1h' },
  anonymous: { optional: 'failed', anonymous_consumer: 'guest' },
  'anonymous-missing': { optional: 'missing', anonymous_consumer: 'id-guest' },
  'anonymous-nobody': { optional: 'failed', anonymous_consumer: 'nobody' },
  keys: { key_file: '/consumers.json' },
  garbage: { consumers_file: '/garbage.json' },
  twice: { consumers_file: '/twice.json' },
  gone: { consumers_file: '/no-such-file' },
  changing: { consumers_file: '/changing.json', key_cache: '1s', key_cooldown: '1s' },
};

const ALICE = randomBytes(24).toString('hex');
const BOB = randomBytes(24).toString('hex');

const hs256 = (secret: string | Buffer, claims: JWTPayload, header: object = {}) =>
  new SignJWT({ exp: now() + 600, ...claims })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(Buffer.from(secret as string));

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;
  let echo: EchoServer;
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;

  const alice = {
    id: 'id-alice',
    username: 'alice',
    custom_id: 'A-1',
    jwt_secrets: [{ key: 'alice-key', secret: ALICE }],
  };
  const bob = { username: 'bob', jwt_secrets: [{ key: 'bob-key', secret: BOB }] };
  const consumersOf = (...consumers: readonly object[]) => JSON.stringify({ consumers });

  beforeAll(async () => {
    pair = await generateKeyPair('ES256');
    const carol = {
      id: 'id-carol',
      jwt_secrets: [
        { key: 'carol-key', algorithm: 'ES256', jwk: await exportJWK(pair.publicKey) },
        { key: 'carol-weak', secret: 'short' },
      ],
    };
    const guest = { id: 'id-guest', username: 'guest', custom_id: 'G' };
    const base64 = { ...bob, jwt_secrets: [{ key: 'bob-key', secret: btoa(`${BOB}?>`) }] };
    echo = await startEcho();
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: { consumers_file: '/consumers.json', issuer: 'any', ...settings },
          inside: `${HEADERS} proxy_pass ${echo.url};`,
        }),
      ),
    );
    const http = `server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      ${locations.join('\n')}
      location = /zones { js_import zones from /zones.js; js_content zones.dump; } }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/consumers.json': consumersOf(alice, bob, carol, guest),
      '/base64.json': consumersOf(base64),
      '/changing.json': consumersOf(alice),
      '/garbage.json': '{"consumers":[{"username":"x","jwt_secrets":[{"key":"k"}]}]}',
      '/twice.json': consumersOf(alice, { ...bob, jwt_secrets: alice.jwt_secrets }),
      '/zones.js': `export default { dump: function (r) {
        var names = ['auth_jwt_keys', 'auth_jwt_verified'];
        r.return(200, JSON.stringify(names.map(function (name) { return ngx.shared[name].items(); }))); } };`,
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await echo?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    /** Who the upstream takes the client for, or why it is refused. */
    async function visit(policy: string, token?: string) {
      const headers = { ...FORGED, ...(token === undefined ? {} : bearer(token)) };
      const { status, body } = await send(nginx, { path: `/${door}/${policy}`, headers });
      if (status !== 200) {
        const { reason } = JSON.parse(body) as { reason: string };
        return `${status} ${reason}`;
      }
      const told = (JSON.parse(body) as Echo).headers;
      expect(JSON.stringify(told)).not.toContain('forged');
      return Object.keys(FORGED)
        .map((name) => told[name.toLowerCase()] ?? '-')
        .join(' ');
    }

    const ALICE_TOLD = 'id-alice alice A-1 alice-key -';

    test('the credential that the token names says who has come, again and again', async () => {
      const token = await hs256(ALICE, { iss: 'alice-key' });
      for (let round = 0; round < 4; round += 1) {
        expect(await visit('iss', token)).toBe(ALICE_TOLD);
      }
      expect(await visit('iss', await hs256(BOB, { iss: 'bob-key' }))).toBe('- bob - bob-key -');
      const es256 = await new SignJWT({ iss: 'carol-key', exp: now() + 600 })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(pair.privateKey);
      expect(await visit('iss', es256)).toBe('id-carol - - carol-key -');
    });

    test('the claims are asked first, then the header', async () => {
      expect(await visit('kid', await hs256(ALICE, {}, { kid: 'alice-key' }))).toBe(ALICE_TOLD);
      expect(await visit('kid', await hs256(ALICE, { kid: 'alice-key' }, { kid: 'bob-key' }))).toBe(
        ALICE_TOLD,
      );
      expect(await visit('kid', await hs256(BOB, { kid: 'alice-key' }, { kid: 'bob-key' }))).toBe(
        '401 bad_signature',
      );
      expect(await visit('iss', await hs256(ALICE, { iss: 'alice-key' }, { kid: 'else' }))).toBe(
        ALICE_TOLD,
      );
    });

    test('nobody signs for another', async () => {
      expect(await visit('iss', await hs256(BOB, { iss: 'alice-key' }))).toBe('401 bad_signature');
      // The same token names one consumer here and another one there.
      const token = await hs256(ALICE, { iss: 'alice-key', sub: 'bob-key' });
      for (let round = 0; round < 3; round += 1) {
        expect(await visit('iss', token)).toBe(ALICE_TOLD);
        expect(await visit('sub', token)).toBe('401 bad_signature');
      }
    });

    test.each<readonly [string, () => Promise<string> | undefined, string]>([
      ['no token', () => undefined, '401 empty_token'],
      ['a key that nobody has', () => hs256(ALICE, { iss: 'x' }), '401 unknown_key'],
      ['a name of Object', () => hs256(ALICE, { iss: '__proto__' }), '401 unknown_key'],
      ['no key', () => hs256(ALICE, {}), '401 unknown_key'],
      ['a key that is no text', () => hs256(ALICE, { iss: 5 as never }), '401 unknown_key'],
      ['an empty key', () => hs256(ALICE, { iss: '' }), '401 unknown_key'],
      ['another algorithm', () => hs256(ALICE, { iss: 'carol-key' }), '401 bad_algorithm'],
      ['a weak secret', () => hs256('short', { iss: 'carol-weak' }), '401 unknown_key'],
      ['an expired one', () => hs256(ALICE, { iss: 'alice-key', exp: now() }), '401 not_active'],
      [
        'no exp',
        () => hs256(ALICE, { iss: 'alice-key', exp: undefined as never }),
        '401 bad_claim',
      ],
    ])('%s is refused', async (_what, make, expected) => {
      expect(await visit('iss', await make())).toBe(expected);
    });

    test('a secret may be base64', async () => {
      const claims = { iss: 'bob-key' };
      expect(await visit('base64', await hs256(`${BOB}?>`, claims))).toBe('- bob - bob-key -');
      expect(await visit('base64', await hs256(btoa(`${BOB}?>`), claims))).toBe(
        '401 bad_signature',
      );
    });

    test('a token may not be good for longer than is allowed', async () => {
      const token = (exp: number) => hs256(ALICE, { iss: 'alice-key', exp: now() + exp });
      expect(await visit('short', await token(3590))).toBe(ALICE_TOLD);
      expect(await visit('short', await token(3700))).toBe('401 bad_claim');
    });

    test('those who pass unknown are the anonymous consumer', async () => {
      const guest = 'id-guest guest G - 1';
      const token = await hs256(ALICE, { iss: 'alice-key' });
      const forged = await hs256(BOB, { iss: 'alice-key' });
      expect(await visit('anonymous')).toBe(guest);
      expect(await visit('anonymous', forged)).toBe(guest);
      expect(await visit('anonymous', token)).toBe(ALICE_TOLD);
      expect(await visit('anonymous-missing')).toBe(guest);
      expect(await visit('anonymous-missing', forged)).toBe('401 bad_signature');
      expect(await visit('anonymous-nobody')).toBe('500 bad_configuration');
      expect(await visit('anonymous-nobody', token)).toBe(ALICE_TOLD);
    });

    test('a file that cannot be used lets nobody pass', async () => {
      const token = await hs256(ALICE, { iss: 'alice-key' });
      expect(await visit('keys', token)).toBe('500 bad_configuration');
      expect(await visit('garbage', token)).toBe('500 cannot_parse');
      expect(await visit('twice', token)).toBe('500 cannot_parse');
      expect(await visit('gone', token)).toBe('500 keys_unavailable');
      await nginx.waitForLog(/cannot_parse: .*consumers\[0\]\.jwt_secrets\[0\] has no secret/);
      await nginx.waitForLog(/cannot_parse: .*consumers\[1\]\.jwt_secrets\[0\] has a key that ano/);
    });
  });

  test('a consumer that is added is found, and one that has gone is not', async () => {
    const [door = ''] = runtime.doors;
    const visit = async (token: string) =>
      (await send(nginx, { path: `/${door}/changing`, headers: bearer(token) })).status;
    const [a, b] = [await hs256(ALICE, { iss: 'alice-key' }), await hs256(BOB, { iss: 'bob-key' })];
    expect([await visit(a), await visit(b)]).toEqual([200, 401]);
    await nginx.write('/changing.json', consumersOf(bob));
    await expect.poll(() => visit(b), { timeout: 10_000, interval: 200 }).toBe(200);
    expect(await visit(a)).toBe(401);
  });

  test('no secret stands in shared memory or in the log', async () => {
    const { status, body } = await send(nginx, { path: '/zones' });
    expect(status).toBe(200);
    for (const text of [body, nginx.log()]) {
      for (const secret of [ALICE, BOB]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('base64url').slice(0, 20));
      }
    }
    expect(nginx.log()).not.toMatch(/\[alert\]|exited on signal|unhandled|generic_error/);
  });
});

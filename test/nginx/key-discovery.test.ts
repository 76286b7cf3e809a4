// $auth_jwt_key_discovery: from the issuer to its metadata, and from there to its keys.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { createIssuer, type Issuer } from '../support/issuer.ts';
import { type KeyHost, startKeyHost } from '../support/key-host.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const OPENID = '/.well-known/openid-configuration';
const RFC8414 = '/.well-known/oauth-authorization-server';

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let host: KeyHost;
  let plain: KeyServer;
  let nginx: Nginx;
  let count = 0;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    const nothing = { kind: 'answer', status: 404, body: '' } as const;
    host = await startKeyHost(runtime, nothing);
    plain = await startKeyServer(nothing);
    const insecure = `http://${host.address}:${plain.port}/$http_x_case`;
    const two = `${host.origin}/$http_x_case ${host.origin}/$http_x_case-b`;
    const keyUrl = `${host.origin}/keys/$http_x_case`;
    const policies = {
      discover: { issuer: `${host.origin}/$http_x_case` },
      'insecure-http': { issuer: insecure, insecure_http: 'on' },
      http: { issuer: insecure },
      'any-issuer': { issuer: 'any' },
      two: { issuer: two },
      pool: { issuer: two, key_discovery: 'off', key_url: `${keyUrl} ${keyUrl}-b` },
    };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(policies).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: { '': name, key_discovery: 'on', ...settings },
          inside: 'default_type text/plain; alias /srv/index.html;',
        }),
      ),
    );
    const http = `server { listen 8080; ${host.resolver} ${host.trust}
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      ...host.files,
      '/srv/index.html': 'PROTECTED',
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    await plain?.[Symbol.asyncDispose]();
  });
  // Each test has an issuer of its own: nothing is known of it.
  beforeEach(() => {
    showLogOnFailure(() => nginx);
    count += 1;
  });

  describe.each(runtime.doors)('%s', (door) => {
    const name = () => `${host.origin}/${count}`;

    const ask = async (iss = name(), policy = 'discover', signer = issuer) => {
      const headers = { ...bearer(await signer.sign('ES256', { iss })), 'X-Case': String(count) };
      const { status, body } = await send(nginx, { path: `/${door}/${policy}`, headers });
      return status === 200 ? status : `${status} ${JSON.parse(body).reason}`;
    };

    const serve = (path: string, content: object | string, server = host.keys) => {
      const body = typeof content === 'string' ? content : JSON.stringify(content);
      server.pages[path] = { kind: 'answer', body };
    };

    /** What has been asked for in this test, in turn. */
    const asked = () =>
      [...host.keys.requests, ...plain.requests]
        .map(({ path }) => path)
        .filter((path) => path.split('/').includes(String(count)));

    const metadata = (more: object = {}) => ({
      issuer: name(),
      jwks_uri: `${host.origin}/keys/${count}`,
      ...more,
    });

    test('by openid-configuration', async () => {
      serve(`/${count}${OPENID}`, metadata());
      serve(`/keys/${count}`, issuer.jwks);
      expect([await ask(), await ask()]).toEqual([200, 200]);
      expect(await ask('https://other.test')).toBe('401 bad_issuer');
      expect(asked()).toEqual([`/${count}${OPENID}`, `/keys/${count}`]);
    });

    test('by RFC 8414, which puts the path of the issuer at the end', async () => {
      serve(`${RFC8414}/${count}`, metadata());
      serve(`/keys/${count}`, issuer.jwks);
      expect(await ask()).toBe(200);
      expect(asked()).toEqual([`/${count}${OPENID}`, `${RFC8414}/${count}`, `/keys/${count}`]);
    });

    test('metadata of another issuer are refused, and their keys not asked for', async () => {
      serve(`/${count}${OPENID}`, metadata({ issuer: `${host.origin}/another` }));
      serve(`/keys/${count}`, issuer.jwks);
      expect(await ask()).toBe('500 cannot_parse');
      expect(asked()).toEqual([`/${count}${OPENID}`]);
      await nginx.waitForLog(new RegExp(`the metadata of ".*/${count}" do not name it`));
    });

    test.each([
      ['no JSON', '<html>'],
      ['no key set', { jwks_uri: undefined }],
      ['a key set by http', { jwks_uri: 'http://idp.test/keys' }],
    ])('metadata with %s are refused', async (_, content) => {
      serve(
        `/${count}${OPENID}`,
        typeof content === 'string' ? content : { ...metadata(), ...content },
      );
      expect(await ask()).toBe('500 cannot_parse');
      expect(asked()).toEqual([`/${count}${OPENID}`]);
    });

    test('a redirect in the place of metadata is not followed', async () => {
      serve(`/elsewhere/${count}`, metadata());
      serve(`/keys/${count}`, issuer.jwks);
      for (const path of [`/${count}${OPENID}`, `${RFC8414}/${count}`]) {
        const headers = { Location: `${host.origin}/elsewhere/${count}` };
        host.keys.pages[path] = { kind: 'answer', status: 302, body: '', headers };
      }
      expect(await ask()).toBe('500 keys_unavailable');
      expect(asked()).toEqual([`/${count}${OPENID}`, `${RFC8414}/${count}`]);
    });

    test('an issuer without metadata is refused, and the log names the URL', async () => {
      expect(await ask()).toBe('500 keys_unavailable');
      await nginx.waitForLog(
        new RegExp(`\\$auth_jwt_key_discovery: ".*${RFC8414}/${count}" answered with 404`),
      );
    });

    test('http only where it is allowed aloud', async () => {
      const iss = `http://${host.address}:${plain.port}/${count}`;
      const jwks_uri = `http://${host.address}:${plain.port}/keys/${count}`;
      serve(`/${count}${OPENID}`, { issuer: iss, jwks_uri }, plain);
      serve(`/keys/${count}`, issuer.jwks, plain);
      expect(await ask(iss, 'http')).toBe('500 bad_configuration');
      expect(asked()).toEqual([]);
      expect(await ask(iss, 'insecure-http')).toBe(200);
    });

    describe('of two issuers, each with keys of the same name', () => {
      let other: Issuer;

      beforeEach(async () => {
        other = await createIssuer(['ES256']);
        for (const [suffix, { jwks }] of [['', issuer] as const, ['-b', other] as const]) {
          const jwks_uri = `${host.origin}/keys/${count}${suffix}`;
          serve(`/${count}${suffix}${OPENID}`, { issuer: name() + suffix, jwks_uri });
          serve(`/keys/${count}${suffix}`, jwks);
        }
      });

      /** Twice: a token that is known goes another way. */
      const askTwice = async (...what: Parameters<typeof ask>) => {
        const first = await ask(...what);
        expect(await ask(...what)).toBe(first);
        return first;
      };

      test('a key signs for its own issuer, and for no other', async () => {
        expect(await askTwice(name(), 'two')).toBe(200);
        expect(await askTwice(`${name()}-b`, 'two', other)).toBe(200);
        expect(await askTwice(name(), 'two', other)).toBe('401 unknown_key');
        expect(await askTwice(`${name()}-b`, 'two')).toBe('401 unknown_key');
      });

      test('not even where a policy with the same keys in one pool has let the token pass', async () => {
        const headers = {
          ...bearer(await other.sign('ES256', { iss: name() })),
          'X-Case': String(count),
        };
        const statusOf = async (policy: string) =>
          (await send(nginx, { path: `/${door}/${policy}`, headers })).status;
        expect([await statusOf('pool'), await statusOf('pool')]).toEqual([200, 200]);
        expect([await statusOf('two'), await statusOf('two')]).toEqual([401, 401]);
        await nginx.waitForLog(/\[warn\].*\$auth_jwt_issuer names several issuers/);
      });

      test('a key that both of them publish signs for both', async () => {
        serve(`/keys/${count}-b`, issuer.jwks);
        expect(await askTwice(name(), 'two')).toBe(200);
        expect(await askTwice(`${name()}-b`, 'two')).toBe(200);
      });
    });

    test('any issuer cannot be discovered', async () => {
      expect(await ask(name(), 'any-issuer')).toBe('500 bad_configuration');
      expect(asked()).toEqual([]);
    });
  });

  test('no worker has died, and nothing unforeseen happened', () => {
    expect(nginx.log()).not.toMatch(
      /\[alert\]|exited on signal|js unhandled rejection|generic_error|unforeseen/,
    );
  });
});

import http from 'node:http';
import { CompactSign, importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const HEADERS = `
  proxy_set_header X-JWT-Sub $jwt_claim_sub;
  proxy_set_header X-JWT-Roles $jwt_claim_roles;
  proxy_set_header X-JWT-Level $jwt_claim_level;
  proxy_set_header X-JWT-Admin $jwt_claim_admin;
  proxy_set_header X-JWT-Address $jwt_claim_address;
  proxy_set_header X-JWT-Kid $jwt_header_kid;
  proxy_set_header X-JWT-Claims $jwt_claims;
  add_header X-Seen-Sub $jwt_claim_sub always;`;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let keys: KeyServer;
  let echo: EchoServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256', 'HS256']);
    keys = await startKeyServer({ kind: 'answer', body: JSON.stringify(issuer.jwks), delay: 100 });
    echo = await startEcho();
    const settings = { '': 'orders', key_request: '/_jwks', issuer: ISSUER };
    const locations = runtime.doors.map((door) => {
      const inside = `client_max_body_size 10m; ${HEADERS} proxy_pass ${echo.url};`;
      const again = `${HEADERS} root /nowhere; try_files /no-such-file @second-${door};`;
      const second = protect(door, {
        path: `@second-${door}`,
        settings: { ...settings, issuer: 'https://other.example.com/' },
        inside: 'root /nowhere;',
      }).replace('@auth_jwt_error', '@leak');
      return [
        protect(door, { path: `/${door}/`, settings, inside }),
        protect(door, { path: `/again/${door}/`, settings, inside: again }),
        protect(door, { path: `/off/${door}/`, settings: { '': 'off' }, inside }),
        second,
      ].join('\n');
    });
    const http = `
      js_var $jwt_claim_level; js_var $jwt_claim_admin; js_var $jwt_claim_address;
      server { listen 8080;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        location @leak { ${HEADERS} proxy_pass ${echo.url}; }
        location = /_jwks {
          include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
          proxy_pass ${keys.url};
        }
        ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http));
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
    await echo?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    const path = `/${door}/`;

    async function echoed(
      token: string,
      { headers = {}, ...rest }: Partial<Parameters<typeof send>[1]> = {},
    ): Promise<Echo & { seen: http.IncomingHttpHeaders }> {
      const answer = await send(nginx, {
        path,
        headers: { ...bearer(token), ...(headers as http.OutgoingHttpHeaders) },
        ...rest,
      });
      expect(answer.status, answer.body).toBe(200);
      return { ...(JSON.parse(answer.body) as Echo), seen: answer.headers };
    }

    test.each([
      ['100 bytes', 100],
      ['300 kB, spooled to a file', 300_000],
      ['3 MB, over the default limit of other locations', 3_000_000],
    ])(
      'a POST of %s reaches the upstream unharmed, and the connection serves on',
      async (_, size) => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const body = Buffer.alloc(size, 'abcdefghij');
        const token = await issuer.sign('ES256');
        for (const round of [1, 2]) {
          const echo = await echoed(token, { method: 'POST', body, agent });
          expect(echo.method).toBe('POST');
          expect(echo.body.length).toBe(size);
          expect(echo.body === body.toString('latin1'), `round ${round}`).toBe(true);
          expect(await echoed(token, { agent })).toMatchObject({ method: 'GET', body: '' });
        }
        expect(Object.values(agent.sockets).flat().length).toBeLessThanOrEqual(1);
        agent.destroy();
      },
    );

    test('a refused POST is answered, and the connection serves on', async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const body = 'x'.repeat(50_000);
      const answer = await send(nginx, { path, method: 'POST', body, agent });
      expect(answer.status).toBe(401);
      await echoed(await issuer.sign('ES256'), { agent });
      agent.destroy();
    });

    test('HEAD and OPTIONS are checked as well', async () => {
      for (const method of ['HEAD', 'OPTIONS', 'DELETE']) {
        expect((await send(nginx, { path, method })).status).toBe(401);
      }
    });

    test('claims and header parameters go upstream', async () => {
      const { headers, seen } = await echoed(
        await issuer.sign('ES256', {
          roles: ['reader', 'writer'],
          level: 7,
          admin: false,
          address: { city: 'Zürich' },
        }),
      );
      expect(headers).toMatchObject({
        'x-jwt-sub': 'alice',
        'x-jwt-roles': 'reader,writer',
        'x-jwt-level': '7',
        'x-jwt-admin': 'false',
        'x-jwt-address': '{"city":"Z\\u00fcrich"}',
        'x-jwt-kid': 'ES256',
      });
      expect(JSON.parse(headers['x-jwt-claims'] ?? '')).toMatchObject({
        sub: 'alice',
        roles: ['reader', 'writer'],
        address: { city: 'Zürich' },
      });
      expect(seen['x-seen-sub']).toBe('alice');
    });

    test('text beyond ASCII goes upstream as UTF-8', async () => {
      const { headers } = await echoed(await issuer.sign('ES256', { sub: 'Zoë' }));
      expect(Buffer.from(headers['x-jwt-sub'] ?? '', 'latin1').toString()).toBe('Zoë');
    });

    test.each([
      ['one beyond the first 65536 characters', '😀'],
      ['many of them', '😀é日'.repeat(20)],
      ['one far behind', `${'x'.repeat(500)}é`],
      ['the first and the last', '\u{10000}\u{10ffff}'],
      ['those at the edges', '\u0080\ud7ff\ue000\uffff ~'],
      ['what JSON escapes', '"\\/\b\f\n\r\t\u0001'],
    ])('JSON that goes upstream is ASCII and says what the token says: %s', async (_, text) => {
      const claims = { address: { [text]: text }, roles: [{ [text]: [text] }, null] };
      const { headers } = await echoed(await issuer.sign('ES256', claims));
      const all = headers['x-jwt-claims'] ?? '';
      expect(all).toMatch(/^[\x20-\x7e]+$/);
      expect(JSON.parse(all)).toMatchObject(claims);
      expect(JSON.parse(headers['x-jwt-address'] ?? '')).toEqual(claims.address);
      expect(JSON.parse((headers['x-jwt-roles'] ?? '').replace(/,$/, ''))).toEqual(claims.roles[0]);
    });

    test.each([
      [[1, -2.5, true], '1,-2.5,true'],
      [[{}, [1, 'é'], 2, false], '{},[1,"\\u00e9"],2,false'],
      [['a', {}, null, 'b'], 'a,{},,b'],
      [[], undefined],
    ])('of an array the items go upstream: %j', async (roles, header) => {
      const { headers } = await echoed(await issuer.sign('ES256', { roles }));
      expect(headers['x-jwt-roles']).toBe(header);
    });

    test("a client's own header never reaches the upstream", async () => {
      const headers = { 'X-JWT-Sub': 'root', 'x-jwt-roles': 'admin', 'X-JWT-Claims': '{}' };
      const named = await echoed(await issuer.sign('ES256'), { headers });
      expect(named.headers['x-jwt-sub']).toBe('alice');
      expect(named.headers['x-jwt-roles']).toBeUndefined();
      const anonymous = await echoed(await issuer.sign('ES256', { sub: undefined }), { headers });
      expect(anonymous.headers['x-jwt-sub']).toBeUndefined();
      expect(anonymous.rawHeaders.join('\n')).not.toMatch(/root|admin/);
    });

    test("a client's own header does not pass a location that is switched off", async () => {
      const answer = await send(nginx, {
        path: `/off/${door}/`,
        headers: { 'X-JWT-Sub': 'root' },
      });
      expect(answer.status).toBe(200);
      expect((JSON.parse(answer.body) as Echo).headers['x-jwt-sub']).toBeUndefined();
    });

    test.each([
      ['CR LF', 'a\r\nX-Injected: yes'],
      ['LF', 'a\nX-Injected: yes'],
      ['CR', 'a\rX-Injected: yes'],
      ['NUL', 'a\u0000b'],
      ['ESC', 'a\u001b[31m'],
      ['DEL', 'a\u007fb'],
    ])('%s in a claim reaches neither upstream nor client as such', async (_, sub) => {
      const token = await issuer.sign('ES256', {
        sub,
        roles: ['reader', sub],
        address: { a: sub },
      });
      const { headers, rawHeaders, seen } = await echoed(token, {
        headers: { 'X-JWT-Sub': 'root' },
      });
      expect(headers['x-injected']).toBeUndefined();
      expect(seen['x-injected']).toBeUndefined();
      expect(seen['x-seen-sub']).toBeUndefined();
      expect(headers['x-jwt-sub']).toBeUndefined();
      expect(headers['x-jwt-roles']).toBeUndefined();
      expect(JSON.parse(headers['x-jwt-address'] ?? '')).toEqual({ a: sub });
      expect(JSON.parse(headers['x-jwt-claims'] ?? '').sub).toBe(sub);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(rawHeaders.join('')).not.toMatch(/[\x00-\x1f\x7f]/);
    });

    test('a name that differs in case only does not fill the variable', async () => {
      const { headers } = await echoed(await issuer.sign('ES256', { SUB: 'root', Sub: 'root' }));
      expect(headers['x-jwt-sub']).toBe('alice');
    });

    test('names of Object.prototype are claims like others', async () => {
      const payload = `{"iss":"${ISSUER}","exp":${now() + 60},"__proto__":{"sub":"root"},"toString":1}`;
      const secret = await importJWK(issuer.jwksOf('HS256').keys[0] as JWK);
      const token = await new CompactSign(Buffer.from(payload))
        .setProtectedHeader({ alg: 'HS256', kid: 'HS256' })
        .sign(secret);
      expect((await echoed(token)).headers['x-jwt-sub']).toBeUndefined();
    });

    test('after an internal redirect a refusal leaves no claim of the first check behind', async () => {
      const answer = await send(nginx, {
        path: `/again/${door}/`,
        headers: bearer(await issuer.sign('ES256')),
      });
      const { headers } = JSON.parse(answer.body) as Echo;
      expect(headers['x-jwt-sub']).toBeUndefined();
      expect(headers['x-jwt-claims']).toBeUndefined();
      expect(headers['x-jwt-kid']).toBeUndefined();
    });
  });
});

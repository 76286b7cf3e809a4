// Tokens that only the holder of a key may use (RFC 7800): none passes as a plain bearer token.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import {
  type IntrospectionServer,
  startIntrospectionServer,
} from '../support/introspection-server.ts';
import { AUDIENCE, createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const KEYS = { key_file: '/keys.json' };
const ASKED = { introspection_request: '/_introspect' };

const POLICIES: Record<string, Record<string, string>> = {
  refuse: KEYS,
  said: { ...KEYS, binding: 'refuse' },
  ignore: { ...KEYS, binding: 'ignore' },
  asked: ASKED,
  'asked-ignore': { ...ASKED, binding: 'ignore' },
  both: { ...KEYS, ...ASKED, introspection: 'all' },
  misspelt: { ...KEYS, binding: 'off' },
};

/** DPoP and mTLS, and what stands for nothing. */
const CONFIRMATIONS = [{ jkt: 'x' }, { 'x5t#S256': 'x' }, {}, null, false, '', 0];

const BOUND = '401 bad_binding';
const WARNING = /\[warn\].*\$auth_jwt_binding "ignore"/g;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let endpoint: IntrospectionServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    endpoint = await startIntrospectionServer();
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: { '': 'bound', issuer: ISSUER, audience: AUDIENCE, ...settings },
          inside: 'default_type text/plain; alias /srv/index.html;',
        }),
      ),
    );
    const http = `server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      add_header X-Detail $no_auth_detail always; add_header X-Cache $auth_jwt_cache always;
      location = /_introspect {
        include /etc/nginx/auth_jwt/auth_jwt_introspection.conf; proxy_pass ${endpoint.url};
      }
      ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/srv/index.html': 'PROTECTED',
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await endpoint?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  const ask = (path: string, token: string) => send(nginx, { path, headers: bearer(token) });
  const judge = async (path: string, token: string) => verdictOf(await ask(path, token));

  /** A token of which the endpoint says this. */
  function opaque(name: string, more: object): string {
    const body = { active: true, iss: ISSUER, aud: AUDIENCE, exp: now() + 60, ...more };
    endpoint.tokens[name] = { body };
    return name;
  }

  describe.each(runtime.doors)('%s', (door) => {
    test.each(CONFIRMATIONS)(
      'a bound token does not pass as a bearer token: cnf %j',
      async (cnf) => {
        const token = await issuer.sign('ES256', { cnf, sub: `${door} ${JSON.stringify(cnf)}` });
        for (const _time of ['new', 'known', 'kept', 'agreed with']) {
          const answer = await ask(`/${door}/refuse`, token);
          expect([verdictOf(answer), answer.headers['x-detail']]).toEqual([BOUND, 'cnf']);
          expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
        }
        expect(await judge(`/${door}/said`, token)).toBe(BOUND);
      },
    );

    test('a bound token that another policy lets pass, and knows, passes no other', async () => {
      const token = await issuer.sign('ES256', { cnf: { jkt: 'x' }, sub: door });
      const statuses: string[] = [];
      for (const _time of ['new', 'known', 'kept', 'agreed with']) {
        const answer = await ask(`/${door}/ignore`, token);
        statuses.push(`${verdictOf(answer)} ${answer.headers['x-cache']}`);
        expect(await judge(`/${door}/refuse`, token)).toBe(BOUND);
      }
      expect(statuses).toEqual(['passes MISS', 'passes HIT', 'passes HIT', 'passes HIT']);
    });

    test.each(CONFIRMATIONS)('nor does an introspected one: cnf %j', async (cnf) => {
      const token = opaque(`${door}-${CONFIRMATIONS.indexOf(cnf)}`, { cnf });
      for (const _time of ['new', 'known']) {
        expect(await judge(`/${door}/asked`, token)).toBe(BOUND);
      }
      for (const _time of ['known', 'known']) {
        expect(await judge(`/${door}/asked-ignore`, token)).toBe('passes');
        expect(await judge(`/${door}/asked`, token)).toBe(BOUND);
      }
    });

    test('a JWT that is introspected too is bound where either says so', async () => {
      const plain = await issuer.sign('ES256', { sub: `${door} plain` });
      const bound = await issuer.sign('ES256', { sub: `${door} bound`, cnf: { jkt: 'x' } });
      const said = await issuer.sign('ES256', { sub: `${door} said` });
      opaque(plain, {});
      opaque(bound, {});
      opaque(said, { cnf: { jkt: 'x' } });
      for (const _time of ['new', 'known', 'kept']) {
        expect(await judge(`/${door}/both`, plain)).toBe('passes');
        expect(await judge(`/${door}/both`, bound)).toBe(BOUND);
        expect(await judge(`/${door}/both`, said)).toBe(BOUND);
      }
    });

    test('a setting that is misspelt lets no token pass', async () => {
      const token = await issuer.sign('ES256');
      expect(await judge(`/${door}/misspelt`, token)).toBe('500 bad_configuration');
    });
  });

  test('the log says once that bindings are ignored', async () => {
    for (const door of runtime.doors) {
      const token = await issuer.sign('ES256', { cnf: { jkt: 'x' }, sub: `${door} logged` });
      expect(await judge(`/${door}/ignore`, token)).toBe('passes');
      expect(await judge(`/${door}/ignore`, token)).toBe('passes');
    }
    await nginx.waitForLog(WARNING);
    expect(nginx.log().match(WARNING)).toHaveLength(1);
  });
});

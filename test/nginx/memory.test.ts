import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES, type Runtime } from '../support/runtimes.ts';

const AUTH_JWT_CONF = readFileSync(`${ROOT}nginx/auth_jwt.conf`, 'utf8');
const ZONES = /^js_shared_dict_zone .*$/gm;

/** What stands in the place of the two zones. */
const MEMORIES = {
  'as it ships': undefined,
  'no zones': '',
  'zones too small for one entry': `js_shared_dict_zone zone=auth_jwt_keys:32k timeout=1d;
    js_shared_dict_zone zone=auth_jwt_verified:32k timeout=1h;`,
  'zones soon full': `js_shared_dict_zone zone=auth_jwt_keys:64k timeout=1d;
    js_shared_dict_zone zone=auth_jwt_verified:32k timeout=1h evict;`,
} as const;

const POLICIES = {
  orders: {},
  'other-issuer': { issuer: 'https://other.example.com/' },
  'other-audience': { audience: 'billing' },
  'other-algorithm': { algorithms: 'RS256' },
  'other-keys': { key_file: '/other.json' },
  // Of one location, and so of one context of QuickJS.
  'whatever-audience': { audience: '$http_x_audience' },
} as const;

async function start(runtime: Runtime, issuer: Issuer, memory: string | undefined) {
  const other = await createIssuer(['ES256']);
  const locations = runtime.doors.flatMap((door) =>
    Object.entries(POLICIES).map(([name, settings]) =>
      protect(door, {
        path: `/${door}/${name}`,
        settings: { '': name, key_file: '/keys.json', issuer: ISSUER, ...settings },
        inside: 'alias /srv/index.html; add_header X-Cache $auth_jwt_cache;',
      }),
    ),
  );
  const http = `server { listen 8080;
    include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
  // A key set that fits no small zone.
  const filler = Array.from({ length: 60 }, (_, index) => ({
    kty: 'foo',
    kid: `${index}`,
    x: 'x'.repeat(1000),
  }));
  const files: Record<string, string> = {
    '/keys.json': JSON.stringify({ keys: [...issuer.jwks.keys, ...filler] }),
    '/other.json': JSON.stringify(other.jwks),
    '/srv/index.html': 'PROTECTED',
  };
  if (memory !== undefined) {
    files['/etc/nginx/own.conf'] = AUTH_JWT_CONF.replace(ZONES, '') + memory;
  }
  const conf = configure(runtime, http);
  return startNginx(
    runtime,
    memory === undefined ? conf : conf.replace('/auth_jwt/auth_jwt.conf', '/own.conf'),
    files,
  );
}

describe.each(RUNTIMES)('$name', (runtime) => {
  describe.each(Object.entries(MEMORIES))('%s', (_name, memory) => {
    let issuer: Issuer;
    let nginx: Nginx;

    beforeAll(async () => {
      issuer = await createIssuer(['ES256']);
      nginx = await start(runtime, issuer, memory);
    });
    afterAll(() => nginx?.[Symbol.asyncDispose]());
    beforeEach(() => showLogOnFailure(() => nginx));

    describe.each(runtime.doors)('%s', (door) => {
      const ask = async (policy: keyof typeof POLICIES, token: string, audience = '') => {
        const path = `/${door}/${policy}`;
        const sent = { ...bearer(token), 'X-Audience': audience };
        const { status, headers } = await send(nginx, { path, headers: sent });
        return { status, cache: headers['x-cache'] };
      };

      test('a token passes again and again, and a forged one never', async () => {
        const good = await issuer.sign('ES256');
        const [header, payload, signature = ''] = good.split('.');
        const forged = `${header}.${payload}.${signature.split('').reverse().join('')}`;
        const caches = [];
        for (let count = 0; count < 3; count += 1) {
          const { status, cache } = await ask('orders', good);
          expect(status).toBe(200);
          caches.push(cache);
          expect((await ask('orders', forged)).status).toBe(401);
        }
        if (memory === undefined) {
          expect(caches).toEqual(['MISS', 'HIT', 'HIT']);
        } else if (memory === '') {
          expect(caches).toEqual(['OFF', 'OFF', 'OFF']);
        }
      });

      test('a known token is refused in the second in which it expires', async () => {
        const exp = now() + 3;
        const token = await issuer.sign('ES256', { exp });
        expect((await ask('orders', token)).status).toBe(200);
        expect((await ask('orders', token)).status).toBe(200);
        await new Promise((resolve) => setTimeout(resolve, exp * 1000 - Date.now() + 20));
        expect((await ask('orders', token)).status).toBe(401);
      });

      test.each(['other-issuer', 'other-audience', 'other-algorithm', 'other-keys'] as const)(
        'a known token is refused where it does not belong: %s',
        async (policy) => {
          const token = await issuer.sign('ES256', { sub: policy });
          expect((await ask('orders', token)).status).toBe(200);
          expect((await ask(policy, token)).status).toBe(401);
          expect((await ask('orders', token)).status).toBe(200);
        },
      );

      test('a token known to one policy is refused by another of the same location', async () => {
        const token = await issuer.sign('ES256', { aud: ['orders'], sub: 'often' });
        for (let round = 0; round < 5; round += 1) {
          expect((await ask('whatever-audience', token, 'orders')).status).toBe(200);
          expect((await ask('whatever-audience', token, 'billing')).status).toBe(401);
        }
      });

      test('300 tokens, twice, are more than a small zone holds', async () => {
        const tokens = await Promise.all(
          Array.from({ length: 300 }, (_, index) => issuer.sign('ES256', { sub: `${index}` })),
        );
        for (const token of [...tokens, ...tokens]) {
          expect((await ask('orders', token)).status).toBe(200);
        }
      });
    });

    test('warns once, if at all', () => {
      const warnings = nginx.log().match(/\[warn\].*js_shared_dict_zone.*/g) ?? [];
      if (memory === undefined) {
        expect(warnings).toEqual([]);
      } else if (memory === '' && runtime.engine === 'njs') {
        // Fresh at each request and without a zone, this engine cannot know that it has warned.
        expect(warnings).toEqual([]);
        expect(nginx.log()).toMatch(/\[info\].*no js_shared_dict_zone/);
      } else {
        // Without a zone each location of QuickJS has a memory of its own.
        expect(new Set(warnings.map((line) => line.replace(/^.*auth_jwt: /, ''))).size).toBe(1);
      }
      expect(nginx.log()).not.toMatch(/signal|unhandled|generic_error/);
    });
  });
});

// Zones that evict, filled to the brim. Before njs 0.9.7 a write over an entry of a full zone frees it twice, and nginx
// answers nothing more until it is restarted.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import {
  type IntrospectionServer,
  startIntrospectionServer,
} from '../support/introspection-server.ts';
import { AUDIENCE, createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

/** Evicting makes room for 16 entries, so this many rounds meet a zone without any room at least twice. */
const ROUNDS = 40;

/** As long a name as takes a page of shared memory: there the fault cannot go unnoticed. */
const KID = 'k'.repeat(3000);

const CONF = readFileSync(`${ROOT}nginx/auth_jwt.conf`, 'utf8')
  .replace(/zone=auth_jwt_verified:\w+/, 'zone=auth_jwt_verified:64k')
  .replace(/zone=auth_jwt_introspected:\w+/, 'zone=auth_jwt_introspected:512k');

const POLICIES = {
  long: { introspection_cache: '60s' },
  short: { introspection_cache: '100ms' },
  medium: { introspection_cache: '9s' },
};

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let endpoint: IntrospectionServer;
  let nginx: Nginx;
  const agent = new http.Agent({ keepAlive: true });

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    endpoint = await startIntrospectionServer();
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: {
            ...{ issuer: ISSUER, key_file: '/keys.json', introspection_request: '/_introspect' },
            ...settings,
          },
          inside: 'alias /srv/index.html; add_header X-Cache $auth_jwt_cache;',
        }),
      ),
    );
    const server = `server { listen 8080; keepalive_requests 100000;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location = /_introspect { include /etc/nginx/auth_jwt/auth_jwt_introspection.conf;
        proxy_pass ${endpoint.url}/introspect; }
      ${locations.join('\n')} }`;
    nginx = await startNginx(
      runtime,
      configure(runtime, server).replace('/auth_jwt/auth_jwt.conf', '/small.conf'),
      {
        ...{
          '/keys.json': JSON.stringify({
            keys: issuer.jwks.keys.map((key) => ({ ...key, kid: KID })),
          }),
          '/srv/index.html': 'PROTECTED',
        },
        '/etc/nginx/small.conf': CONF,
      },
    );
  });
  afterAll(async () => {
    agent.destroy();
    await nginx?.[Symbol.asyncDispose]();
    await endpoint?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    let count = 0;

    const ask = async (policy: keyof typeof POLICIES, token: string) => {
      const { status, headers } = await send(nginx, {
        ...{ path: `/${door}/${policy}`, headers: bearer(token), agent, timeout: 5000 },
      });
      return `${status} ${headers['x-cache'] ?? ''}`.trim();
    };

    const sign = (claims: object) => issuer.sign('ES256', { ...claims }, { kid: undefined });

    function opaque(claims: object = {}): string {
      count += 1;
      const token = `opaque-${door}-${count}`;
      endpoint.tokens[token] = {
        body: {
          ...{ active: true, iss: ISSUER, aud: AUDIENCE, exp: now() + 600, text: 'x'.repeat(3000) },
          ...claims,
        },
      };
      return token;
    }

    test('renewing an answer of the endpoint in a full zone does not end nginx', async () => {
      for (let index = 0; index < 150; index += 1) {
        expect(await ask('long', opaque())).toBe('200 MISS');
      }
      const renewed = opaque();
      for (let round = 0; round < ROUNDS; round += 1) {
        expect(await ask('short', renewed)).toBe('200 MISS');
        expect(await ask('long', opaque())).toBe('200 MISS');
        await sleep(110);
      }
      expect(await ask('long', opaque())).toBe('200 MISS');
    });

    test('renewing a signature in a full zone does not end nginx', async () => {
      for (let index = 0; index < 50; index += 1) {
        expect(await ask('long', await sign({ jti: `${index}` }))).toBe('200 MISS');
      }
      for (let round = 0; round < ROUNDS; ) {
        // Remembered for a tenth of a second each time, until the second is over in which it ends.
        await sleep(1000 - (Date.now() % 1000));
        const ends = Math.floor(Date.now() / 1000);
        const renewed = await sign({ exp: ends + 0.1, jti: `renewed ${round}` });
        while (Date.now() < ends * 1000 + 800) {
          expect(await ask('long', renewed)).toBe('200 MISS');
          const other = await sign({ jti: `other ${round}` });
          expect(await ask('long', other)).toBe('200 MISS');
          await sleep(110);
          round += 1;
        }
      }
    });

    test('invented tokens displace no answer about a good one, and log nothing', async () => {
      const errors = () => nginx.log().match(/\[(error|crit|alert)\]/g)?.length ?? 0;
      const good = opaque({ text: '' });
      expect(await ask('medium', good)).toBe('200 MISS');
      const before = errors();
      for (let round = 0; round < 32; round += 1) {
        // As many as may wait for the endpoint.
        const invented = Array.from({ length: 25 }, (_, index) => `${door}-${round}-${index}`);
        const answers = await Promise.all(invented.map((token) => ask('medium', token)));
        expect(new Set(answers)).toEqual(new Set(['401']));
      }
      expect(await ask('medium', good)).toBe('200 HIT');
      expect(endpoint.asked(good)).toBe(1);
      expect(errors()).toBe(before);
    });

    test('an invented token is remembered as one, and writes nothing over a good one', async () => {
      const [first = '', second = ''] = ['a', 'b'].map((name) => `${door}-bad-${name}`);
      for (const token of [first, second, first, second]) {
        expect(await ask('long', token)).toBe('401');
      }
      expect([first, second].map((token) => endpoint.asked(token))).toEqual([1, 1]);
    });
  });

  test('no worker has died', () => {
    expect(nginx.log()).not.toMatch(/\[alert\]|exited on|already free/);
  });
});

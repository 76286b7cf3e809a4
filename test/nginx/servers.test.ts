// Several server {} in one nginx, with locations of the same URI: shared memory is one for all of them, and what stands
// in it is not.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import {
  type IntrospectionServer,
  startIntrospectionServer,
} from '../support/introspection-server.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

/** What each of the servers checks, by locations that all of them have. */
const POLICIES: Record<string, PolicySettings> = {
  keys: { key_request: '/_jwks' },
  revoked: { key_request: '/_jwks', revocation_request: '/_revoked' },
  opaque: { introspection_request: '/_introspect' },
};

const HERE = { name: 'a.example', address: '127.0.0.1', port: 8081, id: '' };
/** How another one can differ: by one of these alone. */
const OTHERS = {
  name: { ...HERE, name: 'b.example' },
  address: { ...HERE, address: '127.0.0.2' },
  port: { ...HERE, port: 8082 },
  $auth_jwt_server_id: { ...HERE, id: 'b' },
};

describe.each(RUNTIMES)('$name', (runtime) => {
  describe.each(Object.entries(OTHERS))('servers that differ by their %s', (_how, other) => {
    let issuers: Issuer[];
    let sources: KeyServer[];
    let endpoints: IntrospectionServer[];
    let nginx: Nginx;

    beforeAll(async () => {
      issuers = await Promise.all([createIssuer(['ES256']), createIssuer(['ES256'])]);
      sources = await Promise.all(
        issuers.map((issuer, index) => {
          const revoked = JSON.stringify([`revoked-by-${index}`]);
          return startKeyServer({ kind: 'answer', body: JSON.stringify(issuer.jwks) }).then(
            (server) => {
              server.pages['/_revoked'] = { kind: 'answer', body: revoked };
              return server;
            },
          );
        }),
      );
      endpoints = await Promise.all([startIntrospectionServer(), startIntrospectionServer()]);
      const servers = [HERE, other].map(({ name, address, port, id }, index) => {
        const locations = runtime.doors.flatMap((door) =>
          Object.entries(POLICIES).map(([name, settings]) =>
            protect(door, {
              path: `/${door}/${name}`,
              settings: { issuer: ISSUER, server_id: id, ...settings },
              inside: 'default_type text/plain; alias /srv/index.html;',
            }),
          ),
        );
        return `server { listen ${address}:${port}; server_name ${name} ${index}.example;
          include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
          location ~ ^/_(jwks|revoked)$ {
            include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
            proxy_pass ${sources[index]?.url};
          }
          location = /_introspect {
            include /etc/nginx/auth_jwt/auth_jwt_introspection.conf;
            proxy_pass ${endpoints[index]?.url};
          }
          ${locations.join('\n')} }`;
      });
      // The only server that can be reached from outside; it leads to the others.
      const front = [HERE, other].map(
        ({ address, port }, index) => `location /${index}/ {
          proxy_set_header Host ${index}.example; proxy_pass http://${address}:${port}/; }`,
      );
      const http = `${servers.join('\n')} server { listen 8080; ${front.join('\n')} }`;
      nginx = await startNginx(runtime, configure(runtime, http), {
        '/srv/index.html': 'PROTECTED',
      });
    });
    afterAll(async () => {
      await nginx?.[Symbol.asyncDispose]();
      for (const server of [...(sources ?? []), ...(endpoints ?? [])]) {
        await server[Symbol.asyncDispose]();
      }
    });
    beforeEach(() => showLogOnFailure(() => nginx));

    describe.each(runtime.doors)('%s', (door) => {
      /** What a server says of a token. */
      async function verdict(server: number, policy: string, token: string): Promise<string> {
        const path = `/${server}/${door}/${policy}`;
        return verdictOf(await send(nginx, { path, headers: bearer(token) }));
      }

      const sign = (index: number, claims = {}) =>
        (issuers[index] as Issuer).sign('ES256', { sub: door, ...claims });

      test('each goes by its own keys, whoever comes first', async () => {
        for (let round = 0; round < 2; round += 1) {
          expect(await verdict(0, 'keys', await sign(0))).toBe('passes');
          expect(await verdict(1, 'keys', await sign(0))).toBe('401 bad_signature');
          expect(await verdict(1, 'keys', await sign(1))).toBe('passes');
          expect(await verdict(0, 'keys', await sign(1))).toBe('401 bad_signature');
        }
      });

      test('and by its own revocation list', async () => {
        for (const [server, other] of [
          [0, 1],
          [1, 0],
        ] as const) {
          const jti = `revoked-by-${server}`;
          expect(await verdict(server, 'revoked', await sign(server, { jti }))).toBe('401 revoked');
          expect(await verdict(other, 'revoked', await sign(other, { jti }))).toBe('passes');
        }
      });

      test('and by what its own endpoint says', async () => {
        const token = `opaque-${door}`;
        (endpoints[0] as IntrospectionServer).tokens[token] = {
          body: { active: true, iss: ISSUER, exp: now() + 60 },
        };
        expect(await verdict(0, 'opaque', token)).toBe('passes');
        expect(await verdict(1, 'opaque', token)).toBe('401 not_active');
        expect(await verdict(0, 'opaque', token)).toBe('passes');
      });
    });
  });
});

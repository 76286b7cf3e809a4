// Several policies before one service: the path that it gets must be the one by which nginx has chosen the policy.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

/** What docs/composition.md says of `proxy_pass`: the locations, and what reaches the service of `/admin/..%2fopen/x`. */
const WAYS = {
  raw: ['/open/', (service: string) => `proxy_pass ${service};`, '/admin/..%2fopen/a%20b?c=d'],
  uri: ['/open/', (service: string) => `proxy_pass ${service}/open/;`, '/open/a%20b?c=d'],
  args: [
    '~ ^/open/',
    (service: string) => `set $args $args; proxy_pass ${service};`,
    '/open/a%20b?c=d',
  ],
} as const;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let service: EchoServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    service = await startEcho();
    const servers = runtime.doors.flatMap((door) =>
      Object.entries(WAYS).map(([way, [path, pass]]) => {
        const settings = { key_file: '/keys.json', issuer: ISSUER };
        const admin = { ...settings, roles: 'admin' };
        return `server { listen 8080; server_name ${way}.${door.toLowerCase()};
          include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
          ${protect(door, { path, settings, inside: pass(service.url) })}
          ${protect(door, { path: '/admin/', settings: admin, inside: `proxy_pass ${service.url};` })} }`;
      }),
    );
    nginx = await startNginx(runtime, configure(runtime, servers.join('\n')), {
      '/keys.json': JSON.stringify(issuer.jwks),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    test.each(Object.entries(WAYS))('proxy_pass %s hands on what it should', async (way, row) => {
      const [, , expected] = row;
      const headers = {
        ...bearer(await issuer.sign('ES256')),
        Host: `${way}.${door.toLowerCase()}`,
      };
      const { status, body } = await send(nginx, { path: '/admin/..%2fopen/a%20b?c=d', headers });
      expect([status, (JSON.parse(body) as Echo).url]).toEqual([200, expected]);
      expect(verdictOf(await send(nginx, { path: '/admin/x', headers }))).toBe('403 no_roles');
    });
  });
});

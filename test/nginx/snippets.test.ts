import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send } from '../support/client.ts';
import { EXAMPLES } from '../support/example.ts';
import { createIssuer, ISSUER } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

describe.each(RUNTIMES)('$name', (runtime) => {
  let keys: KeyServer;
  let nginx: Nginx;
  let token: string;

  beforeAll(async () => {
    const issuer = await createIssuer(['ES256']);
    token = await issuer.sign('ES256');
    keys = await startKeyServer({ kind: 'answer', body: JSON.stringify(issuer.jwks) });
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: `/${door}/`,
        settings: { '': 'orders', key_request: '/_jwks', issuer: ISSUER },
        inside: `proxy_set_header X-JWT-Sub $jwt_claim_sub; proxy_pass ${keys.url};`,
      }),
    );
    const http = `server { listen 8080;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location = /_jwks {
        include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
        proxy_pass ${keys.url};
      }
      location = /_jwks_https {
        include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
        proxy_pass https://127.0.0.1/jwks;
      }
      ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http));
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await keys?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  test('nginx -t with every shipped snippet has nothing to warn of', async () => {
    const output = await nginx.exec('nginx -t -c /etc/nginx/test.conf 2>&1');
    expect(output).toContain('test is successful');
    expect(output).not.toMatch(/\[(warn|error|alert|crit|emerg)\]/);
  });

  test.each(EXAMPLES)('nginx -t has nothing to warn of in the example %s', async (name) => {
    const output = await nginx.exec(`nginx -t -c /etc/nginx/examples/${name}/nginx.conf 2>&1`);
    expect(output).toContain('test is successful');
    expect(output).not.toMatch(/\[(warn|error|alert|crit|emerg)\]/);
  });

  test('every snippet says at its top where it goes', async () => {
    for (const name of readdirSync(`${ROOT}nginx`).filter((each) => each.endsWith('.conf'))) {
      const text = await nginx.exec(`cat /etc/nginx/auth_jwt/${name}`);
      expect(text).toMatch(/^# njs-auth-jwt: /);
      expect(text).toContain(`Goes to:  /etc/nginx/auth_jwt/${name}`);
      expect(text).toMatch(/# Include: /);
    }
  });

  test('requests that pass write nothing at warn or above', async () => {
    for (const door of runtime.doors) {
      for (let count = 0; count < 20; count += 1) {
        const { status } = await send(nginx, { path: `/${door}/`, headers: bearer(token) });
        expect(status).toBe(200);
      }
    }
    // A refusal is logged at info, after everything that came before it.
    await send(nginx, { path: '/validateJwt/' });
    await nginx.waitForLog(/auth_jwt: empty_token/);
    expect(nginx.log()).not.toMatch(/\[(warn|error|alert|crit|emerg)\]/);
  });
});

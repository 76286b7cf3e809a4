import https from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES512', 'HS256'];

const MAKE_CERTIFICATE =
  'openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout /tls.key -out /tls.crt';

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let stranger: Issuer;
  let nginx: Nginx;

  beforeAll(async () => {
    [issuer, stranger] = await Promise.all([createIssuer(ALGORITHMS), createIssuer(ALGORITHMS)]);
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: `/${door}/`,
        settings: { '': 'orders', key_file: '/keys.json', issuer: ISSUER },
        inside: 'default_type text/plain; alias /srv/;',
      }),
    );
    const http = `server { listen 8080 ssl;
      ssl_certificate /tls.crt; ssl_certificate_key /tls.key;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      ${locations.join('\n')} }`;
    nginx = await startNginx(
      runtime,
      configure(runtime, http),
      {
        '/keys.json': JSON.stringify({
          keys: [
            ...issuer.jwks.keys,
            { ...issuer.jwks.keys[2], kid: 'off-curve', y: 'A'.repeat(43) },
          ],
        }),
        '/srv/index.html': 'PROTECTED',
      },
      MAKE_CERTIFICATE,
    );
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    test('refusals leave nothing in the error queue for the next TLS connection', async () => {
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
      for (const alg of ALGORITHMS) {
        const good = await issuer.sign(alg);
        const forged = await stranger.sign(alg);
        for (let round = 0; round < 5; round += 1) {
          expect(await statusOverTls(nginx.port, `/${door}/`, forged, agent)).toBe(401);
          expect(await statusOverTls(nginx.port, `/${door}/`, good, agent)).toBe(200);
        }
      }
      const offCurve = await issuer.sign('ES256', {}, { kid: 'off-curve' });
      const unavailable = await issuer.sign('HS256', {}, { kid: 'nobody' });
      for (const token of [offCurve, unavailable, 'a.b.c', offCurve]) {
        expect(await statusOverTls(nginx.port, `/${door}/`, token, agent)).toBe(401);
      }
      agent.destroy();
      expect(nginx.log()).not.toMatch(/stale global SSL error|\[alert\]|\[crit\]/);
    });
  });
});

function statusOverTls(
  port: number,
  path: string,
  token: string,
  agent: https.Agent,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}` };
    https
      .get({ host: '127.0.0.1', port, path, headers, agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      })
      .on('error', reject);
  });
}

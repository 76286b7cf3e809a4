// Several issuers at one gateway: what a token says of itself chooses the policy, and no more than that.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { createIssuer, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const A = 'https://a.example/';
const B = 'https://b.example/';

/** Who is not B is held to what is wanted of A. */
const MAPS = `
  map $jwt_unverified_iss $auth_jwt_issuer { ${B} ${B}; default ${A}; }
  map $jwt_unverified_iss $auth_jwt_key_file { ${B} /b.json; default /a.json; }
  map $jwt_unverified_iss $auth_jwt_audience { ${B} billing; default orders; }
  map $jwt_unverified_iss $auth_jwt_algorithms { ${B} RS256; default ES256; }`;

describe.each(RUNTIMES)('$name', (runtime) => {
  let a: Issuer;
  let b: Issuer;
  let nginx: Nginx;

  beforeAll(async () => {
    // The same names for other keys, as two tenants of one product have them.
    a = await createIssuer(['ES256', 'RS256']);
    b = await createIssuer(['ES256', 'RS256']);
    const inside = `default_type text/plain; alias /srv/;
      add_header X-Unverified "$jwt_unverified_iss|$jwt_unverified_kid" always;`;
    const locations = runtime.doors.map((door) =>
      protect(door, { path: `/${door}/`, settings: {}, inside }),
    );
    const http = `${MAPS}
      server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/srv/index.html': 'PROTECTED',
      '/a.json': JSON.stringify(a.jwks),
      '/b.json': JSON.stringify(b.jwks),
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    async function verdict(token: string): Promise<string> {
      return verdictOf(await send(nginx, { path: `/${door}/index.html`, headers: bearer(token) }));
    }

    test('each issuer is held to its own keys, audience and algorithms', async () => {
      for (let round = 0; round < 2; round += 1) {
        expect(await verdict(await a.sign('ES256', { iss: A, aud: 'orders' }))).toBe('passes');
        expect(await verdict(await b.sign('RS256', { iss: B, aud: 'billing' }))).toBe('passes');
        expect(await verdict(await a.sign('RS256', { iss: A, aud: 'orders' }))).toBe(
          '401 bad_algorithm',
        );
        expect(await verdict(await a.sign('ES256', { iss: A, aud: 'billing' }))).toBe(
          '401 bad_audience',
        );
        expect(await verdict(await b.sign('RS256', { iss: B, aud: 'orders' }))).toBe(
          '401 bad_audience',
        );
      }
    });

    test('a token of one issuer that the other has signed is refused', async () => {
      expect(await verdict(await b.sign('ES256', { iss: A, aud: 'orders' }))).toBe(
        '401 bad_signature',
      );
      expect(await verdict(await a.sign('RS256', { iss: B, aud: 'billing' }))).toBe(
        '401 bad_signature',
      );
    });

    test.each([
      ['an issuer that nobody knows', { iss: 'https://c.example/' }],
      ['no issuer', { iss: undefined }],
      ['both', { iss: `${A} ${B}` }],
      ['a name with a line break', { iss: `${A}\n${B}` }],
    ])('%s is refused, whoever has signed', async (_what, claims) => {
      expect(await verdict(await a.sign('ES256', claims))).toBe('401 bad_issuer');
      expect(await verdict(await b.sign('ES256', claims))).toBe('401 bad_signature');
    });

    test('the names are at hand for logs, and empty without a token', async () => {
      const token = await a.sign('ES256', { iss: A, aud: 'orders' });
      const answer = await send(nginx, { path: `/${door}/index.html`, headers: bearer(token) });
      expect(answer.headers['x-unverified']).toBe(`${A}|ES256`);
      expect(await verdict('x')).toBe('401 invalid_jwt');
      const none = await send(nginx, { path: `/${door}/` });
      expect(verdictOf(none)).toBe('401 empty_token');
    });
  });
});

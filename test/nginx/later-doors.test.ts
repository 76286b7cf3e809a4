// Consumers, revocation, introspection and issuing: whatever their files and services hold, nobody is let in by
// it, no worker dies of it, and no secret gets into an answer or the log.

import http from 'node:http';
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, bearer, send } from '../support/client.ts';
import { AUDIENCE, createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import {
  CONSUMER_KEY,
  CONSUMER_SECRET,
  CONSUMERS,
  INTROSPECTIONS,
  LOGINS,
  MARK,
  REVOCABLE,
  REVOCATIONS,
  type Row,
  STATUSES,
} from '../support/malformed.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';
import { createPrivateJwk, secretsOf } from '../support/signing-keys.ts';

/** What a request names its row by. */
const TABLES: Readonly<Record<string, readonly Row[]>> = {
  consumers: CONSUMERS,
  revocations: REVOCATIONS,
  introspections: INTROSPECTIONS,
  logins: LOGINS,
};

const POLICIES: Readonly<Record<string, Record<string, string>>> = {
  consumers: { consumers_file: '/rows/consumers-$http_x_row', issuer: 'any' },
  revocations: { key_file: '/keys.json', revocation_file: '/rows/revocations-$http_x_row' },
  introspections: { introspection_request: '/_introspect' },
};

/** Files come in base64, for some of them are no text. */
const FILES = Object.entries(TABLES).flatMap(([table, rows]) =>
  rows.map(([, content], index): [string, string] => [
    `/rows/${table}-${index}.b64`,
    Buffer.from(content as string).toString('base64'),
  ]),
);

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is for the shell
const DECODE = 'for file in /rows/*.b64; do base64 -d "$file" >"${file%.b64}"; done';

/** The services: a row of their table with status 200, or another status with a body that would do. */
const SERVICES = `
import fs from 'fs';
function row(r) { r.return(200, fs.readFileSync('/rows' + r.uri)); }
function status(r) {
  r.headersOut['Content-Type'] = 'application/json';
  if (r.uri.length > 4) { r.headersOut['Location'] = '/elsewhere'; }
  r.status = Number(r.uri.slice(1, 4));
  r.sendHeader();
  r.send('{"active":true,"sub":"alice"}');
  r.finish();
}
export default { row, status };
`;

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;
  let secrets: string[] = [];
  let tokens: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    const signing = await createPrivateJwk('ES256');
    secrets = secretsOf(signing);
    tokens = {
      consumers: await new SignJWT({ iss: CONSUMER_KEY, exp: 4_102_444_800 })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(CONSUMER_SECRET)),
      revocations: await issuer.sign('ES256', REVOCABLE),
    };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([table, settings]) =>
        protect(door, {
          path: `/${door}/${table}`,
          settings: { issuer: ISSUER, audience: AUDIENCE, ...audienceOf(table), ...settings },
          inside: 'alias /srv/index.html;',
        }),
      ),
    );
    const conf = `
      js_import services from /services.js;
      map $http_x_status $service { default "127.0.0.1:8082"; "" "127.0.0.1:8081"; }
      server { listen 8081; location / { js_content services.row; } }
      server { listen 8082; location / { js_content services.status; } }
      server { listen 8080; keepalive_requests 100000;
        add_header X-Told "$no_auth_reason/$no_auth_detail" always;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        location = /_introspect {
          include /etc/nginx/auth_jwt/auth_jwt_introspection.conf;
          proxy_pass http://$service/\${http_x_status}\${http_x_row};
        }
        location = /_login {
          include /etc/nginx/auth_jwt/auth_jwt_login.conf;
          proxy_pass http://$service/\${http_x_status}\${http_x_row};
        }
        location = /logins {
          set $auth_jwt_login_request /_login;
          set $auth_jwt_signing_key_file /signing.json;
          set $auth_jwt_issuer ${ISSUER};
          js_content auth_jwt.issueJwt;
        }
        ${locations.join('\n')} }`;
    nginx = await startNginx(
      runtime,
      configure(runtime, conf),
      {
        ...Object.fromEntries(FILES),
        '/keys.json': JSON.stringify(issuer.jwks),
        '/signing.json': JSON.stringify(signing),
        '/services.js': SERVICES,
        '/srv/index.html': 'PROTECTED',
      },
      DECODE,
    );
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(({ onTestFailed }) => showLogOnFailure(() => nginx, onTestFailed));

  const numbered = (rows: readonly Row[]) =>
    rows.map(([name, , expected], index) => [name, expected, index] as const);

  function expectNothingTold({ body, headers }: Answer): void {
    expect(body + JSON.stringify(headers)).not.toContain(MARK);
  }

  describe.each(runtime.doors)('%s', (door) => {
    /** Status, reason and detail; the protected page only with 200. */
    async function visit(table: string, headers: http.OutgoingHttpHeaders): Promise<string> {
      const answer = await send(nginx, { path: `/${door}/${table}`, headers, agent });
      const { status, body, headers: answered } = answer;
      expect(body === 'PROTECTED').toBe(status === 200);
      expectNothingTold(answer);
      return `${status} ${answered['x-told']}`;
    }

    describe.each(['consumers', 'revocations'])('%s', (table) => {
      test.concurrent.each(numbered(TABLES[table] ?? []))(
        '%s: %s',
        async (_name, expected, row) => {
          const headers = { ...bearer(tokens[table] ?? ''), 'X-Row': row };
          // Again, with what is remembered of the first time.
          expect([await visit(table, headers), await visit(table, headers)]).toEqual([
            expected,
            expected,
          ]);
        },
      );
    });

    describe('introspections', () => {
      test.concurrent.each(numbered(INTROSPECTIONS))('%s: %s', async (_name, expected, row) => {
        const headers = { ...bearer(`${door}-${row}`), 'X-Row': `introspections-${row}` };
        expect([
          await visit('introspections', headers),
          await visit('introspections', headers),
        ]).toEqual([expected, expected]);
      });

      test.concurrent.each(STATUSES)('status %s vouches for nobody', async (status) => {
        const headers = { ...bearer(`${door}-status-${status}`), 'X-Status': status };
        expect(await visit('introspections', headers)).toBe(
          '500 bad_introspection/auth_jwt_introspection_request',
        );
      });

      test.concurrent.each([
        'a b',
        'a"b',
        '%61',
        'a,b',
        'a=b',
        '=',
        'a\\b',
        'a;b',
        '{}',
        'a&token=b',
      ])('of the token %s nobody is asked', async (token) => {
        const headers = { ...bearer(token), 'X-Row': 'introspections-0' };
        expect(await visit('introspections', headers)).toBe('401 invalid_jwt/opaque');
      });
    });
  });

  describe('logins', () => {
    const login = (headers: http.OutgoingHttpHeaders, body: string | Buffer = '') =>
      send(nginx, { path: '/logins', method: 'POST', headers, body, agent });

    test.concurrent.each(numbered(LOGINS))('%s: %s', async (_name, expected, row) => {
      const answer = await login({ 'X-Row': `logins-${row}` });
      expect(String(answer.status)).toBe(expected);
      expectNothingTold(answer);
      if (answer.status === 200) {
        const { iss, exp, sub = 'alice' } = decodeJwt(JSON.parse(answer.body).token);
        expect([iss, sub]).toEqual([ISSUER, 'alice']);
        expect(exp).toBeLessThan(Date.now() / 1000 + 3700);
      } else {
        expect(JSON.parse(answer.body)).toMatchObject({ status: 502 });
      }
    });

    test.concurrent.each(STATUSES)(
      'status %s is handed on, and nothing is signed',
      async (status) => {
        const { status: answered, body } = await login({ 'X-Status': status });
        expect(answered).toBe(status);
        expect(body).not.toContain('token');
      },
    );

    test.concurrent.each<readonly [string, string | Buffer, http.OutgoingHttpHeaders]>([
      ['nothing', '', {}],
      ['bytes', Buffer.from([0, 255, 254, 13, 10, 0]), {}],
      ['JSON that never ends', '{"user":"'.repeat(1000), { 'Content-Type': 'application/json' }],
      ['a lie of gzip', 'user=alice', { 'Content-Encoding': 'gzip' }],
      ['parts', 'user=alice', { 'Transfer-Encoding': 'chunked' }],
      ['a request', 'GET /logins HTTP/1.1\r\nHost: x\r\n\r\n', {}],
    ])('a body of %s is for the login service to judge', async (_what, body, headers) => {
      const { status } = await login({ 'X-Row': 'logins-0', ...headers }, body);
      expect(status).toBe(200);
    });
  });

  test('no worker has gone, nothing was unforeseen, and no secret is in the log', async () => {
    await nginx.waitForLog(/cannot_parse/);
    const log = nginx.log();
    expect(log).not.toMatch(/\[alert\]|\[emerg\]|exited on signal|unhandled|generic_error/);
    for (const secret of [MARK, ...secrets]) {
      expect(log).not.toContain(secret);
    }
  });
});

/** Tokens of consumers here have no `aud`. */
function audienceOf(table: string): Record<string, string> {
  return table === 'consumers' ? { audience: '' } : {};
}

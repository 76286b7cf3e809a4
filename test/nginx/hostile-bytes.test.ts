// What a client sends is never the gateway's fault: no bytes give a 500, and none write a line at level error.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sendRaw } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';
import { encodePart } from '../support/tokens.ts';

/** Headers that some handler reads, or a variable in a setting does. */
const HEADERS = [
  ...['Authorization', 'X-Token', 'Cookie', 'Sec-WebSocket-Protocol', 'Accept', 'X-List'],
  ...['Origin', 'Access-Control-Request-Method', 'X-Var', 'Host', 'Content-Type', 'X-Realm'],
];

/** One byte a character: invalid UTF-8 of each kind, controls, and what means something somewhere. */
const BYTES = [
  ...['\xff', '\x80', '\xc3', 'a\xc3\x28', '\xc0\xaf', '\xed\xa0\x80', '\xf8\x88\x80\x80\x80'],
  ...['\xf4\x90\x80\x80', '\xef\xbb\xbf', 'Z\xc3\xab', '\x01\x1b[0m', '\x7f', '\t', '', '"\\'],
  ...['%', '%ff', '%00', '%ed%a0%80', ',;=,;=', '{}', '[', '["\\ud800"]', '[1e400]', '-1e999'],
  ...['Bearer ', 'Bearer \xff', 'bearer\xff', 't=\xff', 't=%ff; t=\x80', 'bearer, \xff'],
  ...['base64url.bearer.authorization.k8s.io.\xff', 'text/html;q=\xff', 'OPTIONS', 'a.b.c'],
  ...['\xff'.repeat(3000), 'a'.repeat(7000), 't=x;'.repeat(1500), `Bearer ${'\xc3'.repeat(3000)}`],
  `Bearer ${encodePart('{"alg":"ES256","kid":"\\ud800","typ":"\\udfff"}')}.${encodePart('{"iss":"\\ud800","sub":12345678901234567890}')}.AA`,
  `Bearer ${encodePart('{"alg":"ES256"}')}.${Buffer.from('{"iss":"\xff"}', 'latin1').toString('base64url')}.AA`,
];

const FORBIDDEN = /\[(?:error|crit|alert|emerg)\][^\n]*/g;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;
  let paths: string[];

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    const all = {
      key_file: '/keys.json',
      issuer: ISSUER,
      token_from:
        'header:Authorization header:X-Token cookie:t query:t variable:http_x_var variable:arg_v variable:cookie_v protocol',
      require_claims:
        'sub in variable:http_x_list; a any variable:http_x_list; b gt variable:arg_n',
      require: 'http_x_var',
      login_url: '/login',
      preflight: 'allow',
    };
    const policies: Record<string, Record<string, string>> = {
      all,
      realm: { ...all, '': '$http_x_realm', login_url: '' },
      optional: { ...all, optional: 'failed' },
      report: { ...all, mode: 'report' },
      opaque: { ...all, introspection_request: '/_introspect', introspection: 'all' },
      consumers: { ...all, key_file: '', consumers_file: '/consumers.json', issuer: 'any' },
      revoked: { ...all, revocation_file: '/revoked.json' },
    };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(policies).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}/`,
          settings,
          inside:
            'add_header X-Claims $jwt_claims; default_type text/plain; root /srv; try_files /index.html =404;',
        }),
      ),
    );
    const handlers = `
      location = /_introspect { internal; return 200 '{"active":false}'; }
      location = /_login { internal; return 200 '{"sub":"a"}'; }
      location = /login { default_type text/plain; return 200 LOGIN; }
      location /issue { set $auth_jwt_login_request /_login; set $auth_jwt_signing_key_file /private.json;
        set $auth_jwt_issuer ${ISSUER}; js_content auth_jwt.issueJwt; }
      location /jwks { set $auth_jwt_signing_key_file /private.json; js_content auth_jwt.publishJwks; }
      location /answer { set $auth_jwt_login_url /login; js_content auth_jwt.answerError; }
      location /unverified { set $auth_jwt_token_from "${all.token_from}"; default_type text/plain;
        return 200 "$jwt_unverified_iss $jwt_unverified_kid $jwt_redacted_uri $jwt_claims"; }`;
    // The log evaluates what nothing else has.
    const http = `
      log_format all escape=json '$jwt_redacted_uri $jwt_unverified_iss $jwt_unverified_kid $jwt_claims $no_auth_detail';
      access_log /tmp/access.log all;
      server { listen 8080; absolute_redirect off;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${handlers} ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http).replace('access_log off;', ''), {
      '/srv/index.html': 'PROTECTED',
      '/keys.json': JSON.stringify(issuer.jwks),
      '/private.json': JSON.stringify(await privateJwks()),
      '/revoked.json': '[]',
      '/consumers.json': JSON.stringify({
        consumers: [{ id: 'a', jwt_secrets: [{ key: 'a', secret: 'x'.repeat(32) }] }],
      }),
    });
    paths = [
      ...runtime.doors.flatMap((door) => Object.keys(policies).map((name) => `/${door}/${name}/`)),
      ...['/issue', '/jwks', '/answer', '/unverified'],
    ];
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  /** Sends each request, some at a time; gives those that got 500, or no answer at all. */
  async function failures(requests: readonly (readonly string[])[]): Promise<string[]> {
    const failed: string[] = [];
    const waiting = requests.slice();
    const work = async () => {
      for (let lines = waiting.pop(); lines !== undefined; lines = waiting.pop()) {
        const { status } = await sendRaw(nginx, lines, 'latin1');
        if (status === 0 || (status >= 500 && !isConfigured(lines))) {
          failed.push(`${status}: ${JSON.stringify(lines).slice(0, 200)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    return failed;
  }

  /** Without a reason `answerError` says 500. */
  function isConfigured([line = '']: readonly string[]): boolean {
    return line.includes('/answer');
  }

  function linesAtError(): string[] {
    return nginx.log().match(FORBIDDEN) ?? [];
  }

  test('no header gives 500 or a line at level error, sent once, twice or thrice', {
    timeout: 240_000,
  }, async () => {
    const requests = paths.flatMap((path) =>
      HEADERS.flatMap((name) =>
        BYTES.flatMap((bytes, index) => {
          const all = [[bytes], [bytes, bytes], [bytes, BYTES[(index + 1) % 8] ?? '', bytes]];
          // One policy gets them all; for the others, what differs is what follows.
          const chosen = path.endsWith('/all/') ? all : [all[(index + name.length) % 3] ?? []];
          return chosen
            .filter((values) => values.join().length < 20_000)
            .map((values) => {
              const host = name === 'Host' ? [] : ['Host: a'];
              const method = name === 'Origin' ? 'OPTIONS' : 'GET';
              const headers = values.map((value) => `${name}: ${value}`);
              return [`${method} ${path} HTTP/1.1`, ...host, ...headers];
            });
        }),
      ),
    );
    expect(await failures(requests)).toEqual([]);
    expect(linesAtError()).toEqual([]);
  });

  test('no path or argument gives 500 or a line at level error', { timeout: 120_000 }, async () => {
    const requests = paths.flatMap((path) =>
      BYTES.filter((bytes) => !/[\s\p{Cc}]/u.test(bytes)).flatMap((bytes) =>
        [
          `?${bytes}`,
          `?t=${bytes}`,
          `?v=${bytes}&v=${bytes}&n=${bytes}`,
          `?t=${bytes}&t=x`,
          bytes,
        ].map((end) => [
          `GET ${path}${end} HTTP/1.1`,
          'Host: a',
          'Accept: text/html',
          `Cookie: v=${bytes}`,
        ]),
      ),
    );
    expect(await failures(requests)).toEqual([]);
    expect(linesAtError()).toEqual([]);
  });

  test.each(runtime.doors)(
    'a header sent twice with bytes that are not UTF-8 is invalid_jwt: %s',
    async (door) => {
      for (const value of ['\xff', 'Bearer \x80', 'a.\xc3.b']) {
        const lines = [`GET /${door}/realm/ HTTP/1.1`, 'Host: a', `X-Token: ${value}`];
        for (const more of [[], [`X-Token: ${value}`], [`X-Token: ${value}`, 'X-Token: x']]) {
          const { status, body } = await sendRaw(nginx, [...lines, ...more], 'latin1');
          expect([status, JSON.parse(body).reason]).toEqual([401, 'invalid_jwt']);
        }
      }
    },
  );

  /** A key set that signs. */
  async function privateJwks(): Promise<object> {
    const { privateKey } = await crypto.subtle.generateKey(
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['sign', 'verify'],
    );
    const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', privateKey);
    return { keys: [{ kty, crv, x, y, d, alg: 'ES256', kid: 'own' }] };
  }
});

// Refusals as auth_jwt_errors.conf sends them: the same as answerError, without reading the body of the request, and
// whatever server {} hands down to its locations.

import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reasons } from '../../src/reasons.ts';
import { send } from '../support/client.ts';
import { createIssuer, ISSUER } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

/** Bytes that a client announces. */
const LENGTH = 30_000_000;

const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8';

/** The error location of one's own in docs/reasons.md. */
const [, EXAMPLE = ''] =
  /^```nginx\n(location @my_error[\s\S]*?)^```$/m.exec(
    readFileSync(`${ROOT}docs/reasons.md`, 'utf8'),
  ) ?? [];

/** Whatever a server could have for all of its locations that must not touch an answer, or touch both alike. */
const INHERITED = {
  nothing: '',
  'error_page and recursive_error_pages': `recursive_error_pages on; error_page 401 403 500 =200 /page;
    error_page 302 =200 /page;`,
  'deny and satisfy': 'deny all; satisfy any;',
  auth_basic: 'auth_basic "closed"; auth_basic_user_file /passwords;',
  auth_request: 'auth_request /never;',
  'add_header and expires': 'add_header X-Server 1 always; expires 1h;',
  types: 'types { text/plain json; } default_type text/html;',
  'gzip and charset': `gzip on; gzip_types *; gzip_min_length 1; charset utf-8; charset_types *;
    gzip_proxied any;`,
};

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;

  beforeAll(async () => {
    const issuer = await createIssuer(['ES256']);
    const doors = runtime.doors.map((door) =>
      protect(door, {
        path: `/${door}/`,
        settings: { '': 'api', key_file: '/keys.json', issuer: ISSUER },
        inside: 'client_max_body_size 0; root /srv;',
      }),
    );
    // One location for each reason, and the same answered by answerError.
    const answers = Object.keys(reasons()).map(
      (reason) => `
      location = /snippet/${reason}.json { allow all; auth_basic off; auth_request off;
        set $no_auth_reason ${reason}; set $auth_jwt_challenge "Bearer realm=\\"${reason}\\"";
        error_page 401 = @auth_jwt_error; return 401; }
      location = /handler/${reason}.json { allow all; auth_basic off; auth_request off;
        set $no_auth_reason ${reason}; set $auth_jwt_challenge "Bearer realm=\\"${reason}\\"";
        error_page 401 = @handler; return 401; }`,
    );
    const servers = Object.values(INHERITED).map(
      (inherited, index) => `server { listen 8080; http2 on; server_name s${index};
        ${inherited}
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        location = /page { return 200 "NOT OURS"; }
        location = /never { internal; return 401; }
        location @handler { allow all; auth_basic off; auth_request off; error_page 599 /page;
          js_content auth_jwt.answerError; }
        location = /status-kept { error_page 401 @auth_jwt_error; return 401; }
        location /login/ { set $auth_jwt_login_url https://login.example.com/; set $no_auth_reason empty_token;
          error_page 401 = @auth_jwt_error; return 401; }
        location /login-handler/ { set $auth_jwt_login_url https://login.example.com/; set $no_auth_reason empty_token;
          error_page 401 = @handler; return 401; }
        ${answers.join('\n')} ${index === 0 ? doors.join('\n') : ''} }`,
    );
    const text = `${servers.join('\n')}
      server { listen 8080; server_name own; ${EXAMPLE} error_page 302 401 403 500 =200 /page;
        location = /page { return 200 "NOT OURS"; }
        location ~ ^/(.*)$ { set $no_auth_reason $1; error_page 401 = @my_error; return 401; } }
      server { listen 8080; server_name whole; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        auth_request /_auth; error_page 401 403 500 = @auth_jwt_error;
        location = /_auth { include /etc/nginx/auth_jwt/auth_jwt_policy.conf;
          set $auth_jwt whole; set $auth_jwt_key_file /keys.json; set $auth_jwt_issuer ${ISSUER}; }
        location / { root /srv; } }`;
    nginx = await startNginx(runtime, configure(runtime, text), {
      ...{ '/keys.json': JSON.stringify(issuer.jwks), '/passwords': '', '/srv/index.html': 'OK' },
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  /** Sends a text, and gives what comes until the answer is there; the connection stays open for so long. */
  function exchange(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(nginx.port, '127.0.0.1');
      let answer = '';
      const timer = setTimeout(() => socket.destroy(new Error(`no answer: "${answer}"`)), 5000);
      socket.setEncoding('latin1');
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        answer += chunk;
        if (/\r\n\r\n[\s\S]*\n$/.test(answer)) {
          clearTimeout(timer);
          socket.destroy();
          resolve(answer);
        }
      });
      socket.on('close', () => resolve(answer));
      socket.write(text);
    });
  }

  const head = (path: string, lines: readonly string[] = [], method = 'POST') =>
    [`${method} ${path} HTTP/1.1`, 'Host: s0', ...lines, '', ''].join('\r\n');

  describe.each(runtime.doors)('%s', (door) => {
    test.each([
      ['of 30 MB that is announced', [`Content-Length: ${LENGTH}`], 'x'.repeat(65_536)],
      ['without a length', ['Transfer-Encoding: chunked'], `10000\r\n${'x'.repeat(65_536)}\r\n`],
      ['that waits to be asked for', [`Content-Length: ${LENGTH}`, 'Expect: 100-continue'], ''],
    ])(
      'a request with a body %s is refused before the body has come',
      async (_what, lines, part) => {
        const answer = await exchange(
          head(`/${door}/`, ['Authorization: Bearer bad', ...lines]) + part,
        );
        const [, final = ''] = /(HTTP\/1\.1 [^1][\s\S]*)/.exec(answer) ?? [];
        expect(final).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
        expect(final).toMatch(/\r\nWWW-Authenticate: Bearer realm="api", error="invalid_token"/);
        expect(JSON.parse(final.split('\r\n\r\n')[1] ?? '').reason).toBe('invalid_jwt');
      },
    );

    test('a request over HTTP/2 is refused before its body has come', async () => {
      const session = http2.connect(`http://127.0.0.1:${nginx.port}`);
      try {
        const status = await new Promise((resolve, reject) => {
          session.on('error', reject);
          const stream = session.request({
            ...{ ':method': 'POST', ':path': `/${door}/`, ':authority': 's0' },
            ...{ authorization: 'Bearer bad', 'content-length': LENGTH },
          });
          stream.setTimeout(5000, () => reject(new Error('no answer')));
          stream.on('error', reject);
          stream.on('response', (headers) => resolve(headers[':status']));
          stream.write('x'.repeat(10_000));
        });
        expect(status).toBe(401);
      } finally {
        session.destroy();
      }
    });

    test('an upload of 30 MB with a bad token is refused and not written to disk', async () => {
      const answer = await send(nginx, {
        ...{ path: `/${door}/`, method: 'POST', body: Buffer.alloc(LENGTH) },
        headers: { Host: 's0', Authorization: 'Bearer bad' },
      }).catch(() => undefined);
      // nginx may close before the client has sent all, and a client that only sends does not see the answer.
      expect(answer?.status ?? 401).toBe(401);
      expect(nginx.log()).not.toMatch(/buffered to a temporary file/);
      expect((await send(nginx, { path: `/${door}/`, headers: { Host: 's0' } })).status).toBe(401);
    });

    test('a connection stays open after a refused body that is small', async () => {
      const one = `${head(`/${door}/`, ['Content-Length: 4'])}body`;
      const last = head(`/${door}/`, ['Connection: close'], 'GET');
      const text = await new Promise<string>((resolve, reject) => {
        const socket = net.connect(nginx.port, '127.0.0.1', () => socket.write(one + one + last));
        let got = '';
        socket.setEncoding('latin1');
        socket.on('data', (chunk) => {
          got += chunk;
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(got));
      });
      expect(text.match(/HTTP\/1\.1 401/g)).toHaveLength(3);
    });
  });

  describe.each(Object.keys(INHERITED))('beside %s of server {}', (name) => {
    const host = `s${Object.keys(INHERITED).indexOf(name)}`;

    /** The whole answer, but for the second in which it was sent. */
    async function bytesOf(path: string, accept: string, method: string, version: string) {
      const lines = [`${method} ${path} HTTP/${version}`, `Host: ${host}`, 'Connection: close'];
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = net.connect(nginx.port, '127.0.0.1', () =>
          socket.write(
            [...lines, `Accept: ${accept}`, 'Accept-Encoding: gzip', '', ''].join('\r\n'),
          ),
        );
        let got = '';
        socket.setEncoding('latin1');
        socket.on('data', (chunk) => {
          got += chunk;
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(got));
      });
      return answer.replace(/\r\n(Date|Expires): [^\r]*/g, '');
    }

    test.each([
      ['GET', '1.1', '*/*'],
      ['GET', '1.1', 'application/json'],
      ['HEAD', '1.1', '*/*'],
      ['GET', '1.0', BROWSER],
      ['DELETE', '1.1', 'application/json;q=0.1, application/problem+json'],
    ])('each reason is answered as by answerError: %s HTTP/%s, Accept: %s', async (...how) => {
      const [method, version, accept] = how;
      for (const [reason, { status, retryAfter }] of Object.entries(reasons())) {
        const answer = await bytesOf(`/snippet/${reason}.json`, accept, method, version);
        expect(answer).toBe(await bytesOf(`/handler/${reason}.json`, accept, method, version));
        expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
        expect(answer).toMatch(/\r\nContent-Type: application\/(problem\+)?json/);
        expect(answer).toMatch(/\r\nCache-Control: no-store\r\n/);
        expect(answer).toContain(`\r\nWWW-Authenticate: Bearer realm="${reason}"\r\n`);
        expect(/\r\nRetry-After: (\d+)/.exec(answer)?.[1]).toBe(retryAfter ? '1' : undefined);
      }
    });

    test('a browser is sent to log in as by answerError', async () => {
      const sorted = (text: string) => text.split('\r\n').sort();
      const answer = await bytesOf('/login/a.json?b=c', BROWSER, 'GET', '1.1');
      expect(answer).toMatch(/^HTTP\/1\.1 302 /);
      expect(answer).toMatch(/Location: https:\/\/login\.example\.com\/\?return_url=%2Flogin%2Fa/);
      const handler = await bytesOf('/login-handler/a.json?b=c', BROWSER, 'GET', '1.1');
      expect(sorted(answer)).toEqual(sorted(handler.replace('login-handler', 'login')));
    });

    test('error_page without "=" keeps the status that nginx had', async () => {
      const answer = await bytesOf('/status-kept', '*/*', 'GET', '1.1');
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
      expect(answer).toContain('"reason":"generic_error"');
    });
  });

  test('auth_request for a whole server: refusals keep their answer and their challenge', async () => {
    const { status, headers, body } = await send(nginx, { path: '/', headers: { Host: 'whole' } });
    expect([status, headers['content-type']]).toEqual([401, 'application/problem+json']);
    expect(headers['www-authenticate']).toBe('Bearer realm="whole"');
    expect(JSON.parse(body).reason).toBe('empty_token');
  });

  test('the error location of docs/reasons.md answers as it says', async () => {
    for (const [reason, { status }] of Object.entries(reasons())) {
      const { headers, ...answer } = await send(nginx, {
        ...{ path: `/${reason}`, headers: { Host: 'own' } },
      });
      expect([answer.status, JSON.parse(answer.body).reason]).toEqual([status, reason]);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(headers['x-request-id']).toMatch(/^\w{32}$/);
    }
  });

  test('nothing is unforeseen', () => {
    expect(nginx.log()).not.toMatch(/\[alert\]|\[crit\]|exited on|unhandled|js exception/);
  });
});

// Tokens that an endpoint vouches for: what it is sent, what its answers come to, and what its failures do.

import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { abortOverHttp2 } from '../support/abort.ts';
import { bearer, type Request, send, verdictOf } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import {
  type IntrospectionServer,
  type Reaction,
  startIntrospectionServer,
} from '../support/introspection-server.ts';
import { AUDIENCE, createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

const KEYS = { key_file: '/keys.json' };

const POLICIES: Record<string, Record<string, string>> = {
  opaque: KEYS,
  all: { ...KEYS, introspection: 'all' },
  typed: { ...KEYS, introspection: 'all', typ: 'at+jwt' },
  alone: {},
  scoped: { scopes: 'orders:read', require_claims: 'tenant eq acme' },
  brief: { introspection_cache: '1s' },
  never: { introspection_cache: '0' },
};

/** What nobody may find in a log or in shared memory. */
const SECRET = 'TopSecretClaim';

const active = (more: object = {}): Reaction => ({
  body: {
    ...{
      active: true,
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'alice',
      client_id: 'app',
      exp: now() + 60,
    },
    ...more,
  },
});

/** Answers that vouch for nobody, and the reason that each must give. */
const FAULTS: Record<string, readonly [Reaction, string]> = {
  drop: ['drop', 'bad_introspection'],
  hang: ['hang', 'bad_introspection'],
  stall: ['stall', 'bad_introspection'],
  drip: ['drip', 'bad_introspection'],
  // nginx 1.26 gives what came, 1.30 nothing.
  truncate: ['truncate', 'bad_introspection|cannot_parse'],
  'status 500': [{ body: { active: true }, status: 500 }, 'bad_introspection'],
  'status 401': [{ body: { error: 'invalid_client' }, status: 401 }, 'bad_introspection'],
  'status 201': [{ body: { active: true }, status: 201 }, 'bad_introspection'],
  'status 302': [{ body: { active: true }, status: 302 }, 'bad_introspection'],
  'no body': [{ body: '' }, 'bad_introspection'],
  slow: [{ ...(active() as { body: unknown }), delay: 6000 }, 'bad_introspection'],
  HTML: [{ body: '<html>login</html>' }, 'cannot_parse'],
  'half a JSON': [{ body: '{"active":true' }, 'cannot_parse'],
  null: [{ body: 'null' }, 'cannot_parse'],
  array: [{ body: [{ active: true }] }, 'cannot_parse'],
  'no active': [{ body: { sub: 'alice' } }, 'cannot_parse'],
  'active text': [{ body: { active: 'true' } }, 'cannot_parse'],
  'active number': [{ body: { active: 1 } }, 'cannot_parse'],
  deep: [{ body: `{"active":true,"a":${'['.repeat(5000)}${']'.repeat(5000)}}` }, 'cannot_parse'],
  'no UTF-8': [{ body: '{"active":true,"sub":"al\xffice"}' }, 'cannot_parse'],
  gzip: [{ ...(active() as { body: unknown }), isGzip: true }, 'cannot_parse'],
};

const DUMP = `export default { dump: function (r) {
  r.return(200, JSON.stringify(ngx.shared.auth_jwt_introspected.items()));
} };`;

const [, EXAMPLE = ''] =
  /^```nginx\n(# server \{\}\n[\s\S]*?)^```$/m.exec(
    readFileSync(`${ROOT}docs/introspection.md`, 'utf8'),
  ) ?? [];

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let endpoint: IntrospectionServer;
  let upstream: EchoServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    endpoint = await startIntrospectionServer();
    upstream = await startEcho();
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: {
            issuer: ISSUER,
            audience: AUDIENCE,
            introspection_request: '/_introspect',
            ...settings,
          },
          // More claims than any upstream would take in a header.
          inside: `${name === 'never' ? '' : 'proxy_set_header X-Claims $jwt_claims;'}
            proxy_set_header X-Sub $jwt_claim_sub; proxy_set_header X-Kid $jwt_header_kid;
            proxy_pass ${upstream.url};`,
        }),
      ),
    );
    const http = `js_import dump from /etc/nginx/js/dump.js;
      server { listen 8080; http2 on; client_max_body_size 0;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      add_header X-Detail $no_auth_detail always; add_header X-Cache $auth_jwt_cache always;
      location = /_introspect {
        include /etc/nginx/auth_jwt/auth_jwt_introspection.conf;
        proxy_set_header Authorization "Basic Z2F0ZXdheTpzZWNyZXQ=";
        proxy_pass ${endpoint.url}/introspect;
      }
      location = /dump { js_content dump.dump; }
      ${locations.join('\n')} }
      server { listen 8080; server_name docs.example;
        ${EXAMPLE.replace(
          'https://idp.example.com/introspect',
          `${endpoint.url}/introspect`,
        ).replace('http://127.0.0.1:3000', upstream.url)}
      }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/etc/nginx/js/dump.js': DUMP,
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await endpoint?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });
  beforeEach(({ onTestFailed }) => showLogOnFailure(() => nginx, onTestFailed));

  // All at once, for much of it is waiting. No two tests have a token in common.
  describe.concurrent.each(runtime.doors)('%s', (door) => {
    /** A token that no other test has, and what the endpoint says of it. */
    const opaque = (name: string, reaction?: Reaction) => {
      const token = `${name.replaceAll(' ', '-')}.${door}~+/=`;
      endpoint.tokens[token] = reaction;
      return token;
    };
    const ask = async (policy: string, token: string, more: Partial<Request> = {}) => {
      const request = { path: `/${door}/${policy}`, headers: bearer(token), ...more };
      const answer = await send(nginx, request);
      const { 'x-detail': detail = '', 'x-cache': cache = '' } = answer.headers;
      const verdict = `${verdictOf(answer)} ${detail}`.trim();
      return { verdict, cache, body: answer.body };
    };
    const verdict = async (policy: string, token: string) => (await ask(policy, token)).verdict;
    const echoOf = (body: string) => JSON.parse(body) as Echo;

    test('a token that is active passes with the claims of the answer', async () => {
      const more = { sub: 'Zoë\r\nX-Evil: 1', tenant: 'acme', realm_access: { roles: ['a'] } };
      const token = opaque('good', active(more));
      const { verdict: passed, body } = await ask('opaque', token);
      expect(passed).toBe('passes');
      const { headers } = echoOf(body);
      expect(headers['x-evil']).toBeUndefined();
      expect(headers['x-sub']).toBeUndefined();
      expect(JSON.parse(headers['x-claims'] ?? '')).toMatchObject({ active: true, ...more });
      const { body: plain } = await ask('alone', opaque('plain', active()));
      expect(echoOf(plain).headers['x-sub']).toBe('alice');
    });

    test('a token that is not active is refused, and leaves no claims', async () => {
      const said = { body: { active: false, sub: SECRET, iss: ISSUER, exp: now() + 60 } };
      const { verdict: refusal, body } = await ask('alone', opaque('inactive', said));
      expect(refusal).toBe('401 not_active inactive');
      expect(body).not.toContain(SECRET);
      expect(await verdict('opaque', opaque('unknown'))).toBe('401 not_active inactive');
    });

    test('claims of the answer are held to account as those of a JWT', async () => {
      const cases: Record<string, readonly [string, object, string]> = {
        issuer: ['opaque', { iss: 'https://evil.example/' }, '401 bad_issuer iss'],
        'no issuer': ['opaque', { iss: undefined }, '401 bad_issuer iss'],
        audience: ['opaque', { aud: ['billing'] }, '401 bad_audience aud'],
        expired: ['opaque', { exp: now() - 1 }, '401 not_active expired'],
        'no exp': ['opaque', { exp: undefined }, '401 bad_claim exp'],
        'exp text': ['opaque', { exp: 'never' }, '401 invalid_jwt exp'],
        early: ['opaque', { nbf: now() + 60 }, '401 not_active not_yet_valid'],
        scope: ['scoped', { tenant: 'acme', scope: 'orders:write' }, '403 no_roles scope'],
        rule: ['scoped', { tenant: 'evil', scope: 'orders:read' }, '401 bad_claim tenant'],
        both: ['scoped', { tenant: 'acme', scope: 'a orders:read' }, 'passes'],
        prototype: [
          'scoped',
          JSON.parse('{"__proto__":{"tenant":"acme"}}'),
          '401 bad_claim tenant',
        ],
      };
      const verdicts: Record<string, string[]> = {};
      for (const [name, [policy, more]] of Object.entries(cases)) {
        const token = opaque(name, active(more));
        // The second time it is remembered, where there is time left.
        verdicts[name] = [await verdict(policy, token), await verdict(policy, token)];
      }
      const wanted = Object.entries(cases).map(([name, [, , want]]) => [name, [want, want]]);
      expect(verdicts).toEqual(Object.fromEntries(wanted));
    });

    test('a JWT is verified here, and with "all" introspected as well', async () => {
      const [jwt, other] = [
        await issuer.sign('ES256'),
        await issuer.sign('ES256', { jti: 'other' }),
      ];
      const [header, payload] = jwt.split('.');
      const forged = `${header}.${payload}.${other.split('.')[2]}`;
      endpoint.tokens[forged] = active();
      expect(await verdict('opaque', jwt)).toBe('passes');
      expect(await verdict('opaque', forged)).toBe('401 bad_signature signature');
      expect(await verdict('all', forged)).toBe('401 bad_signature signature');
      expect(endpoint.asked(jwt) + endpoint.asked(forged)).toBe(0);
      expect(await verdict('all', other)).toBe('401 not_active inactive');
      endpoint.tokens[jwt] = active({ sub: 'alice now' });
      const { verdict: passed, body } = await ask('all', jwt);
      expect(passed).toBe('passes');
      expect(echoOf(body).headers).toMatchObject({ 'x-sub': 'alice now', 'x-kid': 'ES256' });
      expect(await verdict('alone', jwt)).toBe('passes');
      expect(await verdict('typed', jwt)).toBe('401 bad_claim typ');
      const typed = await issuer.sign('ES256', {}, { typ: 'at+jwt' });
      endpoint.tokens[typed] = active();
      expect(await verdict('typed', typed)).toBe('passes');
      expect(await verdict('typed', opaque('no-typ', active()))).toBe('401 bad_claim typ');
    });

    test('an answer is asked for once, and counts for its time', async () => {
      const [good, bad] = [opaque('often', active()), opaque('often-not')];
      const seen = [];
      for (let count = 0; count < 3; count += 1) {
        seen.push((await ask('alone', good)).cache, await verdict('opaque', bad));
      }
      const refusal = '401 not_active inactive';
      expect(seen).toEqual(['MISS', refusal, 'HIT', refusal, 'HIT', refusal]);
      expect([endpoint.asked(good), endpoint.asked(bad)]).toEqual([1, 1]);
      const [short, ending, off] = [
        opaque('short', active()),
        opaque('ending', active({ exp: now() + 2 })),
        opaque('off', active()),
      ];
      const unknown = opaque('short-unknown');
      for (const policy of ['brief', 'brief', 'never', 'never']) {
        const tokens = policy === 'brief' ? [short, unknown] : [off];
        for (const token of tokens) {
          await ask(policy, token);
        }
      }
      expect(await verdict('alone', ending)).toBe('passes');
      expect(endpoint.asked(off)).toBe(2);
      endpoint.tokens[short] = undefined;
      endpoint.tokens[unknown] = active();
      await new Promise((resolve) => setTimeout(resolve, 2100));
      expect(await verdict('brief', short)).toBe(refusal);
      expect(await verdict('brief', unknown)).toBe('passes');
      expect(await verdict('alone', ending)).toBe('401 not_active expired');
      expect([endpoint.asked(short), endpoint.asked(unknown)]).toEqual([2, 2]);
    });

    test('shared memory holds nothing of a token or its claims in the clear', async () => {
      const token = opaque('stored', active({ sub: SECRET }));
      expect(await verdict('alone', token)).toBe('passes');
      const { body } = await send(nginx, { path: '/dump' });
      expect((JSON.parse(body) as unknown[]).length).toBeGreaterThan(0);
      for (const secret of [token, 'stored', SECRET, 'alice', ISSUER, 'active']) {
        expect(body).not.toContain(secret);
        expect(body).not.toContain(Buffer.from(secret).toString('base64').slice(0, -4));
      }
    });

    test('the endpoint gets the body that is meant, its length, and nothing of the client', async () => {
      const big = 'x'.repeat(300_000);
      const chunked = { 'Transfer-Encoding': 'chunked' };
      const clients: Record<string, Partial<Request>> = {
        GET: {},
        HEAD: { method: 'HEAD' },
        DELETE: { method: 'DELETE' },
        POST: { method: 'POST', body: 'body' },
        'empty POST': { method: 'POST', headers: { 'Content-Length': '0' } },
        'big POST': { method: 'POST', body: big },
        chunks: { method: 'POST', body: 'body', headers: chunked },
        'big chunks': { method: 'PUT', body: big, headers: chunked },
        'a form': {
          method: 'POST',
          body: 'token=evil',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: 'a=b', TE: 'x' },
        },
      };
      const path = `/${door}/alone?token=evil`;
      const bodies: Record<string, string> = {};
      for (const [name, { headers, ...request }] of Object.entries(clients)) {
        const token = opaque(`raw ${name}`, active());
        const all = { ...headers, ...bearer(token) };
        const { status, body } = await send(nginx, { path, ...request, headers: all });
        expect([name, status]).toEqual([name, 200]);
        bodies[name] = request.method === 'HEAD' ? '' : echoOf(body).body;
        expectSent(token);
      }
      for (const [name, { body = '' }] of Object.entries(clients)) {
        expect(bodies[name] === body, name).toBe(true);
      }
      for (const body of ['', 'body', big]) {
        const token = opaque(`raw h2 ${body.length}`, active());
        const answer = await overHttp2(path, token, body);
        expect(echoOf(answer).body === body).toBe(true);
        expectSent(token);
      }
    });

    /** The whole request, byte by byte. */
    function expectSent(token: string): void {
      const body = `token=${encodeURIComponent(token)}&token_type_hint=access_token`;
      const texts = endpoint.raw.filter((text) => text.endsWith(`\r\n\r\n${body}`));
      expect(texts).toHaveLength(1);
      const [first = '', ...lines] = (texts[0]?.split('\r\n\r\n')[0] ?? '').split('\r\n');
      expect(first).toMatch(/^POST \/introspect HTTP\/1\.[01]$/);
      expect(lines.filter((line) => !/^(Host: .*|Connection: close)$/.test(line)).sort()).toEqual([
        'Accept: application/json',
        'Authorization: Basic Z2F0ZXdheTpzZWNyZXQ=',
        `Content-Length: ${body.length}`,
        'Content-Type: application/x-www-form-urlencoded',
      ]);
    }

    function overHttp2(path: string, token: string, body: string): Promise<string> {
      return new Promise((resolve, reject) => {
        const session = http2.connect(`http://127.0.0.1:${nginx.port}`);
        session.on('error', reject);
        const method = body === '' ? 'GET' : 'POST';
        const stream = session.request({
          ...{ ':path': path, ':method': method, authorization: `Bearer ${token}` },
        });
        let text = '';
        stream.on('data', (chunk) => {
          text += chunk;
        });
        stream.on('error', reject);
        stream.on('end', () => {
          session.close();
          resolve(text);
        });
        stream.end(body === '' ? undefined : body);
      });
    }

    test('what is no token is refused, and nobody is asked', async () => {
      const refusals = [];
      const bad = ['a"b', 'a&active=1', 'a%41', 'a=b', '=', 'a,b', 'a\tb', '{}', "a'b"];
      for (const token of bad) {
        refusals.push(await verdict('alone', token));
      }
      expect([...new Set(refusals)]).toEqual(['401 invalid_jwt opaque']);
      expect(bad.map((token) => endpoint.asked(token))).toEqual(bad.map(() => 0));
      expect(endpoint.asked('a') + endpoint.asked('')).toBe(0);
    });

    test('no failure of the endpoint lets anybody pass', async () => {
      const verdicts = await Promise.all(
        Object.entries(FAULTS).map(async ([name, [reaction, reason]]) => {
          const given = await verdict('alone', opaque(`fault ${name}`, reaction));
          return [name, given.replace(/^500 (\w+).*/, '$1'), reason];
        }),
      );
      expect(verdicts.filter(([, given = '', want]) => !want?.split('|').includes(given))).toEqual(
        [],
      );
      // And it is asked again.
      const back = opaque('fault status 500', active());
      expect(await verdict('alone', back)).toBe('passes');
    });

    test('an answer over the buffer: nginx closes the connection, and the next one passes', async () => {
      const long = opaque('long', active({ padding: 'x'.repeat(70_000) }));
      await expect(ask('alone', long)).rejects.toThrow();
      await nginx.waitForLog(/too big subrequest response/);
      const over = opaque('over', active({ padding: 'x'.repeat(17_000) }));
      expect(await verdict('never', over)).toBe('500 cannot_parse introspection');
      const near = opaque('near', active({ padding: 'x'.repeat(16_000) }));
      expect(await verdict('never', near)).toBe('passes');
    });

    test('many at once, and clients that go away, each get what is theirs', async () => {
      const lost = opaque('lost', { ...(active() as { body: unknown }), delay: 700 });
      await abortOverHttp2(nginx.port, `/${door}/alone`, { authorization: `Bearer ${lost}` });
      // The places of those that have gone are free again, and others wait at the same time: through the other door.
      await new Promise((resolve) => setTimeout(resolve, 2200));
      const asked = Array.from({ length: 12 }, (_, index) => {
        const isGood = index % 3 !== 0;
        const who = index % 6;
        const reaction = isGood ? active({ sub: `user-${who}` }) : undefined;
        return { isGood, who, token: opaque(`many ${who}`, reaction) };
      });
      const wrong = await Promise.all(
        asked.map(async ({ isGood, who, token }) => {
          const { verdict: given, body } = await ask('alone', token);
          const isRight = isGood
            ? given === 'passes' && echoOf(body).headers['x-sub'] === `user-${who}`
            : given === '401 not_active inactive';
          return isRight ? '' : `${who}: ${given}`;
        }),
      );
      expect(wrong.filter((text) => text !== '')).toEqual([]);
    });
  });

  test('the example of docs/introspection.md does what it says', async () => {
    endpoint.tokens.documented = active({ iss: 'https://idp.example.com/', aud: 'orders' });
    const verdicts = [];
    for (const token of ['documented', 'other']) {
      const headers = { ...bearer(token), Host: 'docs.example' };
      verdicts.push(verdictOf(await send(nginx, { path: '/orders/1', headers })));
    }
    expect(verdicts).toEqual(['passes', '401 not_active']);
    const [raw] = endpoint.raw.filter((text) => text.includes('token=documented&'));
    expect(raw).toContain('Authorization: Basic Z2F0ZXdheTpzZWNyZXQ=\r\n');
  });

  test('no worker has died, nothing is unforeseen, and the log tells nothing of tokens', async () => {
    const log = nginx.log();
    expect(log).not.toMatch(/\[alert\]|\[crit\]|exited on|unhandled|generic_error|unforeseen/);
    const loud = log.split('\n').filter((line) => /\[(warn|error)\]/.test(line));
    expect(loud.join('\n')).toMatch(/bad_introspection: \$auth_jwt_introspection_request/);
    const tokens = Object.keys(endpoint.tokens);
    const all = [SECRET, 'alice', ...tokens, ...tokens.map(encodeURIComponent)];
    expect(all.filter((secret) => loud.some((line) => line.includes(secret)))).toEqual([]);
  });
});

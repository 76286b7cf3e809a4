// Tokens that this gateway issues: who accepts them, what the login service may say, and what stays secret.

import http from 'node:http';
import { decodeJwt, type JWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, bearer, type Request, send, verdictOf } from '../support/client.ts';
import { type EchoServer, startEcho } from '../support/echo.ts';
import { DECLARED } from '../support/fake-request.ts';
import { ISSUER, now } from '../support/issuer.ts';
import { type Behaviour, type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';
import { createPrivateJwk, SIGNING_ALGORITHMS, secretsOf } from '../support/signing-keys.ts';

const ALICE = { sub: 'alice', roles: ['editor'], address: { city: 'Köln' } };

const TEXT = { 'Content-Type': 'text/plain' };

const json = (value: unknown, status = 200, headers = {}): Behaviour => ({
  kind: 'answer',
  body: JSON.stringify(value),
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
});

/** What the login service answers, by the last part of the path. */
const CASES: Record<string, Behaviour> = {
  good: json(ALICE),
  refused: json({ error: 'Invalid credentials' }, 401, {
    'WWW-Authenticate': 'Basic realm="login"',
    'Retry-After': '30',
    'Set-Cookie': 'session=1',
    'X-Internal': 'yes',
  }),
  'without-words': { kind: 'answer', body: '', status: 403, headers: TEXT },
  'no-content': { kind: 'answer', body: '', status: 204 },
  created: json({ id: 1 }, 201),
  redirect: {
    kind: 'answer',
    body: 'https://evil.example/',
    status: 302,
    headers: { ...TEXT, Location: '/' },
  },
  unavailable: { kind: 'answer', body: 'later', status: 503, headers: TEXT },
  garbage: { kind: 'answer', body: '<html>welcome</html>' },
  'no-body': { kind: 'answer', body: '' },
  array: json([ALICE]),
  text: json('alice'),
  'no-json-number': { kind: 'answer', body: '{"level": 01}' },
  deep: json({ sub: JSON.parse('['.repeat(30) + ']'.repeat(30)) }),
  long: json({ sub: 'x'.repeat(100_000) }),
  endless: json({ sub: 'x'.repeat(300_000) }),
  'long-token': json({ sub: 'x'.repeat(15_000) }),
  rounded: { kind: 'answer', body: '{"sub": "alice", "uid": 12345678901234567890}' },
  'sets-iss': json({ ...ALICE, iss: 'https://evil.example/' }),
  'sets-exp': json({ ...ALICE, exp: 4_102_444_800 }),
  'exp-no-number': json({ sub: 'alice', exp: 'never' }),
  prototype: { kind: 'answer', body: '{"sub":"alice","__proto__":{"admin":true}}' },
  compressed: { kind: 'gzip', body: JSON.stringify(ALICE) },
  truncated: { kind: 'truncate', body: JSON.stringify(ALICE) },
  hang: { kind: 'hang' },
  drop: { kind: 'drop' },
};

/** Settings of an issuing location that cannot work, and what the log says of them. */
const FAULTS: Record<string, readonly [Record<string, string>, RegExp]> = {
  'no-login': [{ login_request: '' }, /\$auth_jwt_login_request is "": not the URI/],
  'no-file': [{ signing_key_file: '/nope.json' }, /signing_key_file "\/nope.json".*ENOENT/],
  'no-path': [{ signing_key_file: 'keys.json' }, /signing_key_file is not set, or is not an abs/],
  'no-key-set': [{ signing_key_file: '/keys/broken.json' }, /broken.json" is not a JSON object/],
  'public-only': [{ signing_key_file: '/keys/public.json' }, /holds no private key that may sign/],
  weak: [{ signing_key_file: '/keys/weak.json' }, /key 1 of \$auth_jwt_signing_key_file cannot/],
  'odd-pair': [{ signing_key_file: '/keys/odd.json' }, /its own public half does not verify/],
  'off-curve': [{ signing_key_file: '/keys/off-curve.json' }, /its members do not belong toget/],
  'no-such-kid': [{ signing_kid: 'nobody' }, /\$auth_jwt_signing_kid is "nobody"/],
  'no-issuer': [{ issuer: '' }, /\$auth_jwt_issuer is "": not the one issuer/],
  'two-issuers': [{ issuer: 'https://a/ https://b/' }, /not the one issuer of the tokens/],
  'no-lifetime': [{ issue_lifetime: 'long' }, /\$auth_jwt_issue_lifetime is "long"/],
  'no-format': [{ issue_format: 'xml' }, /\$auth_jwt_issue_format is "xml"/],
};

const DUMP = `function zones(r) {
  var all = Object.keys(ngx.shared).map(function (name) { return [name, ngx.shared[name].items()]; });
  r.return(200, JSON.stringify(all));
}
export default { zones };
`;

const setsOf = (settings: Record<string, string>) =>
  Object.entries(settings)
    .map(([name, value]) => `set $auth_jwt_${name} "${value}";`)
    .join(' ');

describe.each(RUNTIMES)('$name', (runtime) => {
  const keys: Record<string, JWK> = {};
  const secrets: string[] = [];
  const answers: Answer[] = [];
  let service: KeyServer;
  let echo: EchoServer;
  let nginx: Nginx;

  const ask = async (request: Request) => {
    const answer = await send(nginx, request);
    answers.push(answer);
    return answer;
  };
  const login = (path: string, body = 'user=alice') => ask({ path, method: 'POST', body });
  const tokenOf = ({ status, body }: Answer): string => {
    expect(status, body).toBe(200);
    return JSON.parse(body).token;
  };

  beforeAll(async () => {
    for (const alg of SIGNING_ALGORITHMS) {
      keys[alg] = await createPrivateJwk(alg, { alg, kid: `key of ${alg}`, use: 'sig' });
    }
    const [one, two] = [await createPrivateJwk('ES256', {}), await createPrivateJwk('ES256', {})];
    const weak: JWK = { kty: 'oct', k: Buffer.from('0123456789abcdef-weak').toString('base64url') };
    const files = {
      ...keys,
      all: { keys: Object.values(keys) },
      nameless: one,
      broken: `{"kty":"EC","d":"${one.d}"`,
      public: { keys: [{ ...one, d: undefined }] },
      weak,
      odd: { ...one, d: two.d },
      'off-curve': { ...one, x: one.y, y: one.x },
    };
    secrets.push(...[...Object.values(keys), one, two, weak].flatMap(secretsOf));
    service = await startKeyServer(CASES.good as Behaviour);
    for (const [name, behaviour] of Object.entries(CASES)) {
      service.pages[`/_case/${name}`] = behaviour;
    }
    echo = await startEcho(ALICE);

    const usual = {
      login_request: '/_case/good',
      signing_key_file: '/keys/ES256.json',
      issuer: ISSUER,
      audience: 'orders',
    };
    const issue = (path: string, settings: Record<string, string>) =>
      `location ${path} { ${setsOf({ ...usual, ...settings })} js_content auth_jwt.issueJwt; }`;
    const http = `
      js_import dump from /dump.js;
      log_format all '${Object.keys(DECLARED)
        .map((name) => `$${name}`)
        .join(' ')}';
      server { listen 8080; access_log /tmp/variables.log all; client_max_body_size 1m;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        location /_case/ { include /etc/nginx/auth_jwt/auth_jwt_login.conf; proxy_pass ${service.url}; }
        location = /_case/hang { internal; proxy_read_timeout 1s; proxy_pass ${service.url}; }
        location = /_echo { include /etc/nginx/auth_jwt/auth_jwt_login.conf; proxy_pass ${echo.url}; }
        location = /zones { js_content dump.zones; }
        ${SIGNING_ALGORITHMS.map(
          (alg) => `
          ${issue(`= /login/${alg}`, { signing_key_file: `/keys/${alg}.json` })}
          location = /jwks/${alg} { set $auth_jwt_signing_key_file /keys/${alg}.json;
            js_content auth_jwt.publishJwks; }
          ${runtime.doors
            .map((door) =>
              protect(door, {
                path: `/${door}/${alg}`,
                settings: {
                  issuer: ISSUER,
                  audience: 'orders',
                  ...(alg.startsWith('HS')
                    ? { key_file: `/keys/${alg}.json` }
                    : { key_request: `/jwks/${alg}` }),
                },
                inside: 'alias /srv/index.html;',
              }),
            )
            .join('\n')}`,
        ).join('\n')}
        ${issue('~ ^/case/(?<case>[\\w-]+)$', { login_request: '/_case/$case' })}
        ${issue('= /echo', { login_request: '/_echo?from=$remote_addr' })}
        ${issue('= /missing', { login_request: '/_nowhere' })}
        ${issue('= /changing', { signing_key_file: '/keys/changing.json' })}
        ${issue('= /nameless', { signing_key_file: '/keys/nameless.json' })}
        ${issue('= /named', { signing_key_file: '/keys/all.json', signing_kid: 'key of PS384' })}
        ${issue('= /all-claims', {
          login_request: '/_case/sets-exp',
          issue_claims: 'sub roles address exp',
        })}
        ${issue('= /few-claims', { issue_claims: 'sub roles' })}
        ${issue('= /bad-exp', { login_request: '/_case/exp-no-number', issue_claims: 'sub exp' })}
        ${issue('= /text', { issue_format: 'text', issuer: 'any', audience: 'a b', issue_typ: 'at+jwt' })}
        ${issue('= /oauth', { issue_format: 'oauth', issue_lifetime: '90s' })}
        ${issue('= /bare', { issue_omit: 'iat exp jti', issue_format: 'oauth' })}
        ${Object.entries(FAULTS)
          .map(([name, [settings]]) => issue(`= /fault/${name}`, settings))
          .join('\n')}
        location = /jwks { set $auth_jwt_signing_key_file "/keys/all.json /keys/nameless.json /keys/public.json";
          set $auth_jwt_publish_cache 0; js_content auth_jwt.publishJwks; }
        location = /no-jwks { js_content auth_jwt.publishJwks; }
      }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/dump.js': DUMP,
      '/srv/index.html': 'PROTECTED',
      '/keys/changing.json': JSON.stringify(keys.ES256),
      ...Object.fromEntries(
        Object.entries(files).map(([name, content]) => [
          `/keys/${name}.json`,
          typeof content === 'string' ? content : JSON.stringify(content),
        ]),
      ),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
    await echo?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(SIGNING_ALGORITHMS)('%s', (alg) => {
    test('is accepted by jose and by this gateway', async () => {
      const answer = await login(`/login/${alg}`);
      const token = tokenOf(answer);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.headers['cache-control']).toBe('no-store');
      const jwk: JWK = alg.startsWith('HS')
        ? keys[alg]
        : JSON.parse((await ask({ path: `/jwks/${alg}` })).body).keys[0];
      const { payload, protectedHeader } = await jwtVerify(token, jwk, {
        issuer: ISSUER,
        audience: 'orders',
      });
      expect(protectedHeader).toEqual({ alg, typ: 'JWT', kid: `key of ${alg}` });
      expect(payload).toEqual({
        ...ALICE,
        iss: ISSUER,
        aud: 'orders',
        iat: expect.any(Number),
        exp: (payload.iat ?? 0) + 3600,
        jti: expect.stringMatching(/^[\w-]{22}$/),
      });
      expect(Math.abs((payload.iat ?? 0) - now())).toBeLessThan(5);
      for (const door of runtime.doors) {
        const seen = await ask({ path: `/${door}/${alg}`, headers: bearer(token) });
        expect(verdictOf(seen), door).toBe('passes');
        const other = alg === 'ES256' ? 'RS256' : 'ES256';
        const elsewhere = await ask({ path: `/${door}/${other}`, headers: bearer(token) });
        expect(elsewhere.status, door).toBe(401);
      }
    });
  });

  test('1,000 logins, 50 at a time, and no two tokens have the same name', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
    const found = await Promise.all(
      Array.from({ length: 1000 }, (_, count) =>
        send(nginx, { path: '/login/ES256', method: 'POST', body: `user=${count}`, agent }),
      ),
    );
    agent.destroy();
    expect(new Set(found.map((answer) => decodeJwt(tokenOf(answer)).jti)).size).toBe(1000);
  });

  describe('the login service', () => {
    const big = 'x'.repeat(300_000);

    test.each([
      ['a small body', { body: 'user=alice&password=p' }],
      ['300 kB', { body: big }],
      ['300 kB in chunks', { body: big, headers: { 'Transfer-Encoding': 'chunked' } }],
      ['a small body in chunks', { body: 'user=bob', headers: { 'Transfer-Encoding': 'chunked' } }],
      ['nothing', {}],
    ])('is told what the client says: %s', async (_what, request: Partial<Request>) => {
      const before = echo.seen.length;
      const answer = await ask({
        path: '/echo?password=in-the-url',
        method: 'POST',
        ...request,
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Accept-Encoding': 'gzip',
          Authorization: 'Basic YTpi',
          ...request.headers,
        },
      });
      expect(decodeJwt(tokenOf(answer))).toMatchObject(ALICE);
      const [seen, ...more] = echo.seen.slice(before);
      expect(more).toEqual([]);
      expect(seen?.method).toBe('POST');
      expect(seen?.url).toMatch(/^\/_echo\?from=[\d.]+$/);
      expect(seen?.body === (request.body ?? '')).toBe(true);
      expect(seen?.headers).toMatchObject({
        'content-type': 'application/x-www-form-urlencoded',
        authorization: 'Basic YTpi',
      });
      expect(seen?.headers['accept-encoding']).toBeUndefined();
    });

    test('cannot be reached from outside', async () => {
      expect((await ask({ path: '/_case/good', method: 'POST' })).status).toBe(404);
    });

    test.each([
      ['refused', 401, '{"error":"Invalid credentials"}', 'application/json'],
      ['without-words', 403, '', 'text/plain'],
      ['no-content', 204, '', undefined],
      ['created', 201, '{"id":1}', 'application/json'],
      ['redirect', 302, 'https://evil.example/', 'text/plain'],
      ['unavailable', 503, 'later', 'text/plain'],
      ['hang', 504, /504 Gateway Time-out/, 'text/html'],
      ['drop', 502, /502 Bad Gateway/, 'text/html'],
    ])('says no in its own words: %s', async (name, status, body, type) => {
      const answer = await login(`/case/${name}`);
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual(typeof body === 'string' ? body : expect.stringMatching(body));
      expect(answer.headers['content-type']).toBe(type);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers.location).toBeUndefined();
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.headers['x-internal']).toBeUndefined();
      if (name === 'refused') {
        expect(answer.headers['www-authenticate']).toBe('Basic realm="login"');
        expect(answer.headers['retry-after']).toBe('30');
      }
    });

    test('may be missing', async () => {
      expect((await login('/missing')).status).toBe(404);
    });

    test.each([
      ...['garbage', 'no-body', 'array', 'text', 'no-json-number', 'deep', 'long', 'long-token'],
      ...['rounded', 'sets-iss', 'sets-exp', 'compressed', 'truncated'],
    ])('gets nothing signed by an answer that is none: %s', async (name) => {
      const answer = await login(`/case/${name}`);
      expect(answer.status).toBe(502);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(JSON.parse(answer.body)).toMatchObject({ status: 502, reason: 'cannot_parse' });
      expect(answer.body).not.toContain('alice');
      await nginx.waitForLog(/cannot_parse: the answer of \$auth_jwt_login_request/);
    });

    test('that answers more than nginx takes costs the client its connection, and nobody else', async () => {
      await expect(login('/case/endless')).rejects.toThrow(/hang up|ECONNRESET/);
      await nginx.waitForLog(/too big subrequest response/);
      tokenOf(await login('/case/good'));
    });

    test('may be left waiting by clients that go away', async () => {
      const request = { path: '/case/hang', method: 'POST', body: 'x', timeout: 100 };
      const gone = Array.from({ length: 10 }, () => send(nginx, request));
      for (const outcome of await Promise.allSettled(gone)) {
        expect(outcome.status).toBe('rejected');
      }
      expect((await login('/case/hang')).status).toBe(504);
      tokenOf(await login('/case/good'));
    });

    test('may name a claim "__proto__", which is one like any other', async () => {
      const token = tokenOf(await login('/case/prototype'));
      const [, payload = ''] = token.split('.');
      expect(Buffer.from(payload, 'base64url').toString()).toMatch(
        /"sub":"alice","__proto__":\{"admin":true\}\}$/,
      );
    });

    test('may set what the allow-list names, and that wins', async () => {
      const claims = decodeJwt(tokenOf(await login('/all-claims')));
      expect(claims).toMatchObject({ ...ALICE, iss: ISSUER, exp: 4_102_444_800 });
      for (const path of ['/few-claims', '/bad-exp']) {
        expect((await login(path)).status, path).toBe(502);
      }
    });
  });

  describe('the answer', () => {
    test('is the bare token', async () => {
      const { status, headers, body } = await login('/text');
      expect([status, headers['content-type']]).toEqual([200, 'text/plain']);
      const { d: _private, ...publicHalf } = keys.ES256 as JWK;
      const { payload, protectedHeader } = await jwtVerify(body, publicHalf);
      expect(protectedHeader.typ).toBe('at+jwt');
      expect(payload.iss).toBeUndefined();
      expect(payload.aud).toEqual(['a', 'b']);
    });

    test('is that of RFC 6749', async () => {
      const answer = JSON.parse((await login('/oauth')).body);
      expect(answer).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 90,
      });
      const bare = JSON.parse((await login('/bare')).body);
      expect(Object.keys(bare)).toEqual(['access_token', 'token_type']);
      expect(decodeJwt(bare.access_token)).toEqual({ ...ALICE, iss: ISSUER, aud: 'orders' });
    });
  });

  describe('keys', () => {
    test('sign by their names, and at once when they are new', async () => {
      const header = async (path: string) => {
        const [part = ''] = tokenOf(await login(path)).split('.');
        return JSON.parse(Buffer.from(part, 'base64url').toString());
      };
      expect(await header('/named')).toEqual({ alg: 'PS384', typ: 'JWT', kid: 'key of PS384' });
      expect(await header('/nameless')).toEqual({ alg: 'ES256', typ: 'JWT' });
      expect(await header('/changing')).toMatchObject({ kid: 'key of ES256' });
      await nginx.write('/keys/changing.json', JSON.stringify(keys.RS512));
      expect(await header('/changing')).toMatchObject({ alg: 'RS512', kid: 'key of RS512' });
    });

    test('are published without their private halves, and secrets not at all', async () => {
      const answer = await ask({ path: '/jwks' });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/jwk-set+json');
      expect(answer.headers['cache-control']).toBe('no-store');
      const published: JWK[] = JSON.parse(answer.body).keys;
      expect(published.map(({ alg }) => alg)).toEqual([
        ...SIGNING_ALGORITHMS.filter((alg) => !alg.startsWith('HS')),
        'ES256',
        'ES256',
      ]);
      for (const jwk of published) {
        const members = jwk.kty === 'RSA' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', 'y'];
        expect(Object.keys(jwk).sort()).toEqual([...members, 'alg', 'kid', 'use'].sort());
      }
      const one = await ask({ path: '/jwks/ES256' });
      expect(one.headers['cache-control']).toBe('public, max-age=300');
    });

    test('are published to who reads', async () => {
      const head = await ask({ path: '/jwks', method: 'HEAD' });
      expect([head.status, head.body]).toEqual([200, '']);
      const post = await ask({ path: '/jwks', method: 'POST', body: 'x' });
      expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
      for (const path of ['/no-jwks', '/jwks/HS256']) {
        const none = await ask({ path });
        expect([none.status, JSON.parse(none.body).reason]).toEqual([500, 'bad_configuration']);
      }
    });
  });

  test.each(Object.entries(FAULTS))('a fault of configuration: %s', async (name, [, line]) => {
    const before = service.requests.length;
    const answer = await login(`/fault/${name}`);
    expect(answer.status).toBe(500);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 500, reason: 'bad_configuration' });
    expect(answer.body).not.toMatch(/signing|keys\//);
    await nginx.waitForLog(new RegExp(`\\[error\\].*bad_configuration: .*${line.source}`));
    // Only what comes out by signing is seen after the login.
    expect(service.requests.length - before).toBe(/^o(dd|ff)/.test(name) ? 1 : 0);
  });

  test('no private key is seen anywhere', async () => {
    const zones = await ask({ path: '/zones' });
    const variables = await nginx.exec('cat /tmp/variables.log');
    expect(JSON.parse(zones.body).flat(2).length).toBeGreaterThan(2);
    expect(variables.split('\n').length).toBeGreaterThan(1000);
    expect(variables).toContain('/keys/ES256.json');
    const seen = [
      nginx.log(),
      variables,
      JSON.stringify(answers),
      JSON.stringify(service.requests),
    ];
    expect(secrets.length).toBeGreaterThan(60);
    expect(secrets.filter((secret) => seen.some((text) => text.includes(secret)))).toEqual([]);
    expect(nginx.log()).not.toMatch(/\[(alert|crit|emerg)\]|signal|unhandled|generic_error/);
  });
});

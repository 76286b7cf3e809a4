// What "from-kong" makes of a kong.yml, in nginx: the file of "How JWT Authentication Works for Microservices",
// and one with ten consumers and every algorithm of theirs. What is refused is refused in Kong's words.

import { createHmac, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Router } from '../../build/from-kong/order.mjs';
import { type Answer, bearer, send } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { now } from '../support/issuer.ts';
import { convertKong, DOCUMENT_KEY, FORGED, MADE_UP_ID } from '../support/kong.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type Door, ROOT, RUNTIMES } from '../support/runtimes.ts';

const DOCUMENT = readFileSync(`${ROOT}nginx/examples/kong/kong.yml`, 'utf8');
const DOCUMENT_SECRET = Buffer.from('secret-hash-brown-bear-market-rate-limit');

type Key = KeyObject | Uint8Array;

interface Member {
  readonly name: string;
  readonly alg: string;
  readonly key: Key;
  /** As kong.yml has it. */
  readonly credential: object;
}

function withSecret(name: string, alg: string): Member {
  const secret = randomBytes(48).toString('base64');
  return { name, alg, key: Buffer.from(secret), credential: { secret } };
}

function withPair(name: string, alg: string, publicKey: KeyObject, key: KeyObject): Member {
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  return { name, alg, key, credential: { rsa_public_key: pem } };
}

function rsa(name: string, alg: string): Member {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return withPair(name, alg, publicKey, privateKey);
}

function ec(name: string, alg: string, namedCurve: string): Member {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return withPair(name, alg, publicKey, privateKey);
}

const MEMBERS = [
  withSecret('ann', 'HS256'),
  withSecret('ben', 'HS384'),
  withSecret('cat', 'HS512'),
  rsa('dan', 'RS256'),
  rsa('eve', 'RS512'),
  rsa('fay', 'PS256'),
  ec('gus', 'ES256', 'P-256'),
  ec('hal', 'ES384', 'P-384'),
  ec('ian', 'ES512', 'P-521'),
  withSecret('joe', 'HS256'),
];

const memberOf = (name: string) => MEMBERS.find((member) => member.name === name) as Member;

const TEN = JSON.stringify({
  _format_version: '3.0',
  services: [
    { name: 'api', url: 'http://localhost:3000/v1' },
    { name: 'root', url: 'http://localhost:3000/' },
  ],
  routes: [
    {
      name: 'plain',
      service: 'api',
      paths: ['/plain'],
      plugins: [{ name: 'jwt', config: { cookie_names: ['session'], realm: 'ten' } }],
    },
    {
      name: 'strict',
      service: 'api',
      paths: ['/strict'],
      strip_path: false,
      plugins: [
        { name: 'jwt', config: { claims_to_verify: ['exp', 'nbf'], maximum_expiration: 3600 } },
      ],
    },
    {
      name: 'base64',
      service: 'api',
      paths: ['/base64'],
      plugins: [{ name: 'jwt', config: { secret_is_base64: true } }],
    },
    {
      name: 'guests',
      service: 'api',
      paths: ['/guests'],
      plugins: [{ name: 'jwt', config: { anonymous: 'guest' } }],
    },
    {
      name: 'preflight',
      service: 'api',
      paths: ['~/pre/(\\d+)$'],
      plugins: [{ name: 'jwt', config: { run_on_preflight: false } }],
    },
    {
      name: 'reading',
      service: 'api',
      paths: ['/reading'],
      methods: ['GET'],
      plugins: [{ name: 'jwt' }],
    },
    { name: 'open', service: 'api', paths: ['/open', '/deep'] },
    {
      name: 'deep',
      service: 'api',
      paths: ['~/deep/.*/admin$|/shallow'],
      regex_priority: 1,
      plugins: [{ name: 'jwt' }],
    },
    { name: 'whole', service: 'root', paths: ['/whole'], strip_path: false },
    {
      name: 'locked',
      service: 'api',
      paths: ['/locked'],
      plugins: [{ name: 'jwt' }, { name: 'key-auth' }],
    },
  ],
  consumers: [
    ...MEMBERS.map(({ name, alg, credential }) => ({
      id: `id-of-${name}`,
      username: name,
      jwt_secrets: [{ key: `key-of-${name}`, algorithm: alg, ...credential }],
    })),
    { id: 'id-of-guest', username: 'guest', custom_id: 'nobody' },
    {
      id: 'id-of-kim',
      username: 'kim',
      jwt_secrets: [{ key: 'key-of-kim', secret: 'dG9vIHNob3J0' }],
    },
  ],
});

/** Each of these was open where Kong's default router protects it. Hosts of one door, for both run in one nginx. */
const opened = (door: Door) =>
  JSON.stringify({
    _format_version: '3.0',
    services: [{ name: 'api', url: 'http://localhost:3000' }],
    routes: [
      { name: 'longer', hosts: [`${door}.names`, `*.${door}.else`], paths: ['/a/b'] },
      { hosts: [`${door}.names`], paths: ['/a'], plugins: [{ name: 'jwt' }] },
      { name: 'prefix', hosts: [`${door}.pattern`], paths: ['/a'] },
      { hosts: [`${door}.pattern`], paths: ['~/a/.*/admin'], plugins: [{ name: 'jwt' }] },
      { name: 'elsewhere', paths: ['~/b/.*'] },
      { name: 'star', hosts: [`*.${door}.star`] },
      { paths: ['/admin'], plugins: [{ name: 'jwt' }] },
      { paths: ['/lambda'], plugins: [{ name: 'aws-lambda' }] },
      { paths: ['/gone'], plugins: [{ name: 'request-termination', config: GONE }] },
      { paths: ['/moved'], plugins: [{ name: 'redirect', config: { location: MOVED } }] },
    ].map((route) => ({ service: 'api', ...route })),
    consumers: MEMBERS.slice(0, 1).map(({ name, alg, credential }) => ({
      id: `id-of-${name}`,
      username: name,
      jwt_secrets: [{ key: `key-of-${name}`, algorithm: alg, ...credential }],
    })),
  });

const GONE = { status_code: 410, message: 'It is gone' };
const MOVED = 'https://moved.example/x?y=z';

/** What else the converter can write: hosts, patterns, words that want quotes, TLS. */
const ODDITIES = JSON.stringify({
  _format_version: '3.0',
  services: [
    {
      name: 'tls',
      url: 'https://127.0.0.1:8443/a/b/',
      tls_verify: true,
      tls_verify_depth: 2,
      connect_timeout: 500,
    },
  ],
  routes: [
    { hosts: ['a.example'], paths: ['/h'], plugins: [{ name: 'jwt', config: { realm: "it's" } }] },
    { hosts: ['*.example'], preserve_host: true },
    { paths: ['~/y/[a-z]{2,3}(/|$)', '~/z/(?<name>[^/]+)"', '/q"\'{};#x', '/h/below', '/(a)+'] },
    { paths: ['/unbuffered'], request_buffering: false, response_buffering: false },
  ].map((route) => ({ service: 'tls', ...route })),
  consumers: [{ username: 'x' }],
});

const DEFAULT_ROUTER = 'traditional_compatible';
/** In one of the patterns of TEN, all alternatives stand at the beginning: so says this router. */
const TEN_ROUTER = 'traditional';

/** One server for each door and file, told apart by the host that is asked for. */
function serversOf(
  text: string,
  name: string,
  doors: readonly Door[],
  upstream: string,
  router: Router = DEFAULT_ROUTER,
): string {
  return doors
    .map((door) => {
      const consumersPath = `/etc/nginx/kong/${name}.json`;
      const { conf } = convertKong(text, { door, consumersPath, router });
      return conf
        .slice(conf.indexOf('\nserver {'))
        .replace('8080 default_server;', `8080; server_name ${name}-${door.toLowerCase()};`)
        .replaceAll('http://localhost:3000', upstream);
    })
    .join('');
}

/** What the upstream has been told of who calls. */
function toldBy({ status, body }: Answer): Record<string, string | undefined> {
  expect(status, body).toBe(200);
  const { headers } = JSON.parse(body) as Echo;
  const names = Object.keys(headers).filter((name) => /^x-(consumer|cred|anon)/.test(name));
  return Object.fromEntries(names.map((name) => [name, headers[name]]));
}

const sign = (alg: string, key: Key, claims: object, header: object = {}) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: 'JWT', ...header }).sign(key);

const encode = (part: string) => Buffer.from(part).toString('base64url');

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;
  let echo: EchoServer;

  beforeAll(async () => {
    echo = await startEcho();
    const { conf } = convertKong(DOCUMENT);
    const maps = conf.slice(0, conf.indexOf('\nserver {'));
    const servers = [
      serversOf(DOCUMENT, 'document', runtime.doors, echo.url),
      serversOf(TEN, 'ten', runtime.doors, echo.url, TEN_ROUTER),
      ...runtime.doors.map((door) => serversOf(opened(door), 'opened', [door], echo.url)),
    ];
    // What the servers inherit must not let a token stand for a plugin that has no counterpart.
    const http = `satisfy any;\n${maps}${servers.join('')}`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/etc/nginx/kong/document.json': convertKong(DOCUMENT).consumers,
      '/etc/nginx/kong/opened.json': convertKong(opened('validateJwt'), { router: DEFAULT_ROUTER })
        .consumers,
      '/etc/nginx/kong/ten.json': convertKong(TEN, { router: TEN_ROUTER }).consumers,
      ...Object.fromEntries(
        runtime.doors.map((door) => {
          const { conf: odd } = convertKong(ODDITIES, { door });
          return [`/odd/${door}.conf`, configure(runtime, odd)];
        }),
      ),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await echo?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  test('nginx has nothing to warn of', async () => {
    const files = ['/etc/nginx/test.conf', ...runtime.doors.map((door) => `/odd/${door}.conf`)];
    for (const file of files) {
      const output = await nginx.exec(`nginx -t -c ${file} 2>&1`);
      expect(output).toContain('test is successful');
      expect(output).not.toMatch(/\[(warn|error|alert|crit|emerg)\]/);
    }
  });

  describe.each(runtime.doors)('%s', (door) => {
    const ask = (file: string, path: string, headers: object = {}, method = 'GET') =>
      send(nginx, {
        path,
        method,
        headers: { Host: `${file}-${door.toLowerCase()}`, ...FORGED, ...headers },
      });

    /** Status, body and challenge of a refusal. */
    async function refusal(file: string, path: string, headers: object = {}, method = 'GET') {
      const { status, body, headers: sent } = await ask(file, path, headers, method);
      expect(sent['content-type']).toBe('application/json');
      return [status, JSON.parse(body), sent['www-authenticate']];
    }

    describe('the document', () => {
      const claims = { kid: DOCUMENT_KEY, name: 'Alice', exp: now() + 600 };
      const INVALID = 'Bearer error="invalid_token"';
      const told = {
        'x-consumer-id': MADE_UP_ID,
        'x-consumer-username': 'login_server_issuer',
        'x-credential-identifier': DOCUMENT_KEY,
      };

      test('without a token: 401 Unauthorized', async () => {
        const expected = [401, { message: 'Unauthorized' }, 'Bearer'];
        expect(await refusal('document', '/api')).toEqual(expected);
        expect(await refusal('document', '/api', { Authorization: 'Basic eA==' })).toEqual(
          expected,
        );
      });

      test('a good token passes, its kid in the claims', async () => {
        const token = await sign('HS256', DOCUMENT_SECRET, claims);
        const answer = await ask('document', '/api', bearer(token));
        expect(toldBy(answer)).toEqual(told);
        expect(JSON.parse(answer.body)).toMatchObject({ method: 'GET', url: '/' });
      });

      test('or in the header; the claims go first', async () => {
        const { kid, ...others } = claims;
        const inHeader = await sign('HS256', DOCUMENT_SECRET, others, { kid });
        expect(toldBy(await ask('document', '/api/', bearer(inHeader)))).toEqual(told);
        const inBoth = await sign('HS256', DOCUMENT_SECRET, claims, { kid: 'other' });
        expect(toldBy(await ask('document', '/api/', bearer(inBoth)))).toEqual(told);
        const other = await sign('HS256', DOCUMENT_SECRET, { ...claims, kid: 'other' }, { kid });
        expect((await ask('document', '/api', bearer(other))).status).toBe(401);
      });

      test('a token in the URL passes, as Kong has it by default', async () => {
        const token = await sign('HS256', DOCUMENT_SECRET, claims);
        expect(toldBy(await ask('document', `/api?jwt=${token}`))).toEqual(told);
      });

      test('another secret: Invalid signature', async () => {
        const token = await sign('HS256', Buffer.alloc(40, 'x'), claims);
        const expected = [401, { message: 'Invalid signature' }, INVALID];
        expect(await refusal('document', '/api', bearer(token))).toEqual(expected);
      });

      test('another kid: No credentials found', async () => {
        for (const kid of ['wrong', '__proto__', 'constructor']) {
          const token = await sign('HS256', DOCUMENT_SECRET, { ...claims, kid });
          const expected = [401, { message: "No credentials found for given 'kid'" }, INVALID];
          expect(await refusal('document', '/api', bearer(token))).toEqual(expected);
        }
      });

      test('an expired token: token expired', async () => {
        const token = await sign('HS256', DOCUMENT_SECRET, { ...claims, exp: now() - 1 });
        const expected = [401, { exp: 'token expired' }, INVALID];
        expect(await refusal('document', '/api', bearer(token))).toEqual(expected);
      });

      test('another path: no Route matched', async () => {
        expect(await refusal('document', '/ap')).toEqual([
          404,
          { message: 'no Route matched with those values' },
          undefined,
        ]);
        expect((await ask('document', '/_kong_jwt_1')).status).toBe(404);
      });
    });

    describe('what was open once', () => {
      /** Status without a token, and with a good one. */
      async function statuses(host: string, path: string): Promise<[number, number]> {
        const claims = { iss: 'key-of-ann', exp: now() + 600 };
        const token = bearer(await sign('HS256', memberOf('ann').key, claims));
        const Host = host === '' ? `opened-${door.toLowerCase()}` : host;
        const bare = await send(nginx, { path, headers: { Host } });
        const good = await send(nginx, { path, headers: { Host, ...token } });
        return [bare.status, good.status];
      }

      test('a longer path of a route with a star among its hosts does not lead past a protected one', async () => {
        expect(await statuses(`${door}.names`, '/a/b')).toEqual([401, 200]);
        expect(await statuses(`x.${door}.else`, '/a/b')).toEqual([200, 200]);
      });

      test('a pattern for other paths does not have a protected pattern passed by', async () => {
        expect(await statuses(`${door}.pattern`, '/a/x/admin')).toEqual([401, 200]);
        expect(await statuses(`${door}.pattern`, '/a/x')).toEqual([200, 200]);
        expect(await statuses(`${door}.pattern`, '/b/x')).toEqual([200, 200]);
      });

      test('a host with a star does not lead past a protected path, as in the router that Kong runs', async () => {
        expect(await statuses(`x.${door}.star`, '/admin')).toEqual([401, 200]);
        expect(await statuses(`x.${door}.star`, '/')).toEqual([200, 200]);
      });

      test('what a plugin answers in the place of the service does not reach the service', async () => {
        expect(await statuses('', '/lambda')).toEqual([403, 403]);
        const Host = `opened-${door.toLowerCase()}`;
        const gone = await send(nginx, { path: '/gone/x', headers: { Host } });
        expect([gone.status, JSON.parse(gone.body)]).toEqual([410, { message: 'It is gone' }]);
        const moved = await send(nginx, { path: '/moved', headers: { Host } });
        expect([moved.status, moved.headers.location]).toEqual([301, MOVED]);
      });
    });

    describe('ten consumers', () => {
      const INVALID = 'Bearer realm="ten", error="invalid_token"';

      const tokenOf = (
        { name, alg, key }: Member,
        claims: object = {},
        header: object = {},
      ): Promise<string> =>
        sign(alg, key, { iss: `key-of-${name}`, exp: now() + 600, ...claims }, header);

      test.each(MEMBERS.map((member) => [member.name, member] as const))(
        'a token of %s passes, and says who it is',
        async (name, member) => {
          const answer = await ask('ten', '/plain/a%20b?c=d', bearer(await tokenOf(member)));
          expect(toldBy(answer)).toEqual({
            'x-consumer-id': `id-of-${name}`,
            'x-consumer-username': name,
            'x-credential-identifier': `key-of-${name}`,
          });
          expect(JSON.parse(answer.body).url).toBe('/v1/a%20b?c=d');
        },
      );

      test('a token in the name of another is refused, whatever it is signed with', async () => {
        for (const [index, victim] of MEMBERS.entries()) {
          const thief = MEMBERS[(index + 1) % MEMBERS.length] as Member;
          const token = await tokenOf(thief, { iss: `key-of-${victim.name}` });
          const message = thief.alg === victim.alg ? 'Invalid signature' : 'Invalid algorithm';
          const expected = [401, { message }, INVALID];
          expect(await refusal('ten', '/plain', bearer(token)), victim.name).toEqual(expected);
          // Also of the same algorithm, where there is such a key.
          if (!victim.alg.startsWith('HS')) {
            continue;
          }
          const stolen = await sign(victim.alg, memberOf('joe').key, {
            iss: `key-of-${victim.name}`,
            exp: now() + 600,
          });
          const isOwn = victim.name === 'joe';
          expect((await ask('ten', '/plain', bearer(stolen))).status).toBe(isOwn ? 200 : 401);
        }
      });

      test('a public key is no secret', async () => {
        const { rsa_public_key: pem } = memberOf('dan').credential as { rsa_public_key: string };
        const head = encode('{"alg":"HS256","typ":"JWT"}');
        const text = `${head}.${encode(`{"iss":"key-of-dan","exp":${now() + 600}}`)}`;
        const signature = createHmac('sha256', pem).update(text).digest('base64url');
        expect(await refusal('ten', '/plain', bearer(`${text}.${signature}`))).toEqual([
          401,
          { message: 'Invalid algorithm' },
          INVALID,
        ]);
      });

      test('secret_is_base64: the bytes count, and elsewhere the text', async () => {
        const { alg, credential } = memberOf('joe');
        const { secret } = credential as { secret: string };
        const claims = { iss: 'key-of-joe', exp: now() + 600 };
        const byBytes = bearer(await sign(alg, Buffer.from(secret, 'base64'), claims));
        const byText = bearer(await sign(alg, Buffer.from(secret), claims));
        expect((await ask('ten', '/base64', byBytes)).status).toBe(200);
        expect((await ask('ten', '/plain', byText)).status).toBe(200);
        expect((await ask('ten', '/base64', byText)).body).toContain('Invalid signature');
        expect((await ask('ten', '/plain', byBytes)).body).toContain('Invalid signature');
        const rsa = bearer(await tokenOf(memberOf('dan')));
        expect((await ask('ten', '/base64', rsa)).status).toBe(200);
      });

      test.each([
        ['a claim that names nobody', { iss: undefined }, "No mandatory 'iss' in claims"],
        ['an empty one', { iss: '' }, "Invalid 'iss' in claims"],
        ['one that is no text', { iss: 5 }, "Invalid 'iss' in claims"],
      ])('%s', async (_what, changed, message) => {
        // undefined is left out of the claims.
        const token = await tokenOf(memberOf('ann'), changed);
        expect(await refusal('ten', '/plain', bearer(token))).toEqual([401, { message }, INVALID]);
      });

      test.each([
        ['no token at all', 'a.b'],
        ['no JSON', `${encode('{')}.${encode('{}')}.AAAA`],
      ])('%s: Bad token', async (_what, token) => {
        const expected = [401, { message: 'Bad token; invalid JSON' }, INVALID];
        expect(await refusal('ten', '/plain', bearer(token))).toEqual(expected);
      });

      test('places: a cookie, the URL; two tokens are one too many', async () => {
        const [ann, ben] = [await tokenOf(memberOf('ann')), await tokenOf(memberOf('ben'))];
        expect((await ask('ten', '/plain', { Cookie: `session=${ann}` })).status).toBe(200);
        expect((await ask('ten', `/plain?jwt=${ann}`, bearer(ann))).status).toBe(200);
        const expected = [401, { message: 'Multiple tokens provided' }, INVALID];
        expect(await refusal('ten', `/plain?jwt=${ben}`, bearer(ann))).toEqual(expected);
      });

      test('times: what the plugin verifies, and what it does not', async () => {
        const ann = memberOf('ann');
        const { exp, ...endless } = { iss: 'key-of-ann', exp: now() + 600 };
        const never = bearer(await sign('HS256', ann.key, endless));
        expect((await ask('ten', '/plain', never)).status).toBe(200);
        const strict = async (claims: object) =>
          refusal(
            'ten',
            '/strict',
            bearer(await sign('HS256', ann.key, { ...endless, ...claims })),
          );
        const nbf = now() - 10;
        const CHALLENGE = 'Bearer error="invalid_token"';
        expect(await strict({ nbf })).toEqual([401, { exp: 'must be a number' }, CHALLENGE]);
        expect(await strict({ nbf, exp: `${exp}` })).toEqual([
          401,
          { exp: 'must be a number' },
          CHALLENGE,
        ]);
        expect(await strict({ exp })).toEqual([401, { nbf: 'must be a number' }, CHALLENGE]);
        expect(await strict({ exp, nbf: 'x' })).toEqual([
          401,
          { nbf: 'must be a number' },
          CHALLENGE,
        ]);
        expect(await strict({ exp, nbf: now() + 60 })).toEqual([
          401,
          { nbf: 'token not valid yet' },
          CHALLENGE,
        ]);
        expect(await strict({ nbf, exp: now() - 1 })).toEqual([
          401,
          { exp: 'token expired' },
          CHALLENGE,
        ]);
        expect(await strict({ nbf, exp: now() + 3700 })).toEqual([
          401,
          { exp: 'exceeds maximum allowed expiration' },
          CHALLENGE,
        ]);
        const good = bearer(await tokenOf(ann, { nbf }));
        const answer = await ask('ten', '/strict/x', good);
        expect([answer.status, JSON.parse(answer.body).url]).toEqual([200, '/v1/strict/x']);
      });

      test('anonymous: a bad token, or none, makes a guest', async () => {
        const guest = {
          'x-anonymous-consumer': 'true',
          'x-consumer-id': 'id-of-guest',
          'x-consumer-username': 'guest',
          'x-consumer-custom-id': 'nobody',
        };
        expect(toldBy(await ask('ten', '/guests'))).toEqual(guest);
        const old = bearer(await tokenOf(memberOf('ann'), { exp: now() - 1 }));
        expect(toldBy(await ask('ten', '/guests', old))).toEqual(guest);
        const good = bearer(await tokenOf(memberOf('ann')));
        expect(toldBy(await ask('ten', '/guests', good))).toMatchObject({
          'x-consumer-username': 'ann',
        });
      });

      test('run_on_preflight: false lets preflights pass, and nothing else', async () => {
        const preflight = { Origin: 'https://a.example', 'Access-Control-Request-Method': 'PUT' };
        const passed = await ask('ten', '/pre/12', preflight, 'OPTIONS');
        expect(toldBy(passed)).toEqual({ 'x-anonymous-consumer': 'true' });
        expect(JSON.parse(passed.body).url).toBe('/v1');
        expect((await ask('ten', '/pre/12', {}, 'OPTIONS')).status).toBe(401);
        expect((await ask('ten', '/plain', preflight, 'OPTIONS')).status).toBe(401);
        expect((await ask('ten', '/pre/x', preflight, 'OPTIONS')).status).toBe(404);
      });

      test('an open route tells nothing of who calls', async () => {
        expect(toldBy(await ask('ten', '/open'))).toEqual({});
        expect(toldBy(await ask('ten', '/open', bearer(await tokenOf(memberOf('ann')))))).toEqual(
          {},
        );
      });

      test('other methods have no route; a plugin that we do not have lets nobody in', async () => {
        const ann = bearer(await tokenOf(memberOf('ann')));
        expect((await ask('ten', '/reading', ann)).status).toBe(200);
        expect((await refusal('ten', '/reading', ann, 'POST'))[0]).toBe(404);
        expect((await ask('ten', '/locked', ann)).status).toBe(403);
      });

      test('the service gets to see the path by which the route was found', async () => {
        for (const path of [
          '/plain/../whole/x',
          '/plain/%2e%2e/whole/x',
          '/whole//x',
          '/whole/%78',
        ]) {
          const { status, body } = await ask('ten', path);
          expect([status, JSON.parse(body).url], path).toEqual([200, '/whole/x']);
        }
        for (const rest of ['a%3Fb', 'a%25b', 'a+b%20c%C3%BC', '?x=%2F&y', 'a%3F?jwt=x']) {
          const ann = bearer(await tokenOf(memberOf('ann')));
          for (const [path, seen] of [
            ['/whole/', '/whole/'],
            ['/open/', '/v1/'],
          ]) {
            const { body } = await ask('ten', path + rest, ann);
            expect(JSON.parse(body).url).toBe(seen + rest);
          }
        }
        expect((await ask('ten', '/whole/../plain/x')).status).toBe(401);
      });

      test('a line end in the path goes where its route goes', async () => {
        const ann = bearer(await tokenOf(memberOf('ann')));
        const { status, body } = await ask('ten', '/plain/a%0Ab', ann);
        expect([status, JSON.parse(body).url]).toEqual([200, '/v1/a%0Ab']);
      });

      test('a line end does not lead past a pattern, nor does an alternative of it', async () => {
        const ann = bearer(await tokenOf(memberOf('ann')));
        for (const path of ['/deep/a/admin', '/deep/%0A/admin', '/deep/a/admin%0A', '/shallow/x']) {
          expect((await ask('ten', path)).status, path).toBe(401);
          expect((await ask('ten', path, ann)).status, path).toBe(200);
        }
        expect((await ask('ten', '/deep/shallow')).status).toBe(200);
        expect((await ask('ten', '/deep/%0A')).status).toBe(200);
      });

      test('a secret that is too short: Invalid signature, for the credential is there', async () => {
        const key = Buffer.from('dG9vIHNob3J0');
        const token = await tokenOf({ name: 'kim', alg: 'HS256', key, credential: {} });
        const expected = [401, { message: 'Invalid signature' }, INVALID];
        expect(await refusal('ten', '/plain', bearer(token))).toEqual(expected);
      });

      test('a name in the URL without a value is no token', async () => {
        const expected = [401, { message: 'Unauthorized' }, 'Bearer realm="ten"'];
        expect(await refusal('ten', '/plain?jwt')).toEqual(expected);
        expect(await refusal('ten', '/plain?jwt=')).toEqual(expected);
      });

      test('no secret is in the log', () => {
        for (const { credential } of MEMBERS) {
          const { secret = 'key-of-' } = credential as { secret?: string };
          expect(nginx.log()).not.toContain(secret);
        }
      });
    });
  });
});

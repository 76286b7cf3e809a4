// Each recipe of docs/recipes, and each way to move over, as it stands there, with tokens of the shape that its issuer gives out.

import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { headersOf, type Recipe, readRecipes, serve } from '../support/recipes.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';

type Claims = Record<string, unknown>;

interface Visit {
  readonly path: string;
  /** Claims of the issuer's tokens, beside the times. */
  readonly claims: Claims;
  readonly alg?: string;
  readonly header?: Record<string, unknown>;
  /** How the client sends a token, if not in `Authorization`. */
  readonly carry?: (token: string) => OutgoingHttpHeaders;
  /** What the upstream is told. */
  readonly told: Readonly<Record<string, string>>;
  /** Claims that may be missing: then the upstream is told nothing of them. */
  readonly spare?: readonly string[];
  /** What changes, and what becomes of it. */
  readonly refused: readonly (readonly [Claims, string])[];
}

const VISITS: Readonly<Record<string, Visit>> = {
  keycloak: {
    path: '/orders/1',
    header: { typ: 'JWT' },
    claims: {
      iss: 'https://keycloak.example.com/realms/shop',
      aud: ['orders', 'account'],
      sub: 'f7c0e2a1-5b0a-4d0c-9a43-1d1f6f0a7c11',
      typ: 'Bearer',
      azp: 'shop-frontend',
      session_state: '0f6a',
      acr: '1',
      'allowed-origins': ['https://shop.example.com'],
      realm_access: { roles: ['offline_access', 'order-reader'] },
      resource_access: { account: { roles: ['manage-account'] } },
      scope: 'openid profile email',
      preferred_username: 'alice',
      email: 'alice@example.com',
    },
    told: { 'x-user': 'alice', 'x-roles': 'offline_access,order-reader' },
    spare: ['preferred_username'],
    refused: [
      [{ typ: 'ID' }, '401 bad_claim'],
      [{ typ: 'Refresh' }, '401 bad_claim'],
      [{ aud: 'account' }, '401 bad_audience'],
      [{ iss: 'https://keycloak.example.com/realms/other' }, '401 bad_issuer'],
      [{ realm_access: { roles: ['offline_access'] } }, '403 no_roles'],
      [{ realm_access: undefined, roles: ['order-admin'] }, '403 no_roles'],
    ],
  },
  auth0: {
    path: '/orders/1',
    alg: 'RS256',
    header: { typ: 'at+jwt' },
    claims: {
      iss: 'https://shop.eu.auth0.com/',
      sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
      aud: ['https://api.shop.example.com', 'https://shop.eu.auth0.com/userinfo'],
      azp: 'my_client_id',
      scope: 'openid profile orders:read',
      permissions: ['orders:read'],
      'https://shop.example.com/email': 'alice@example.com',
    },
    told: { 'x-user': 'auth0|5f7c8ec7c33c6c004bbafe82', 'x-email': 'alice@example.com' },
    spare: ['https://shop.example.com/email'],
    refused: [
      [{ permissions: [] }, '403 no_roles'],
      [{ permissions: undefined }, '403 no_roles'],
      [{ aud: 'https://shop.eu.auth0.com/userinfo' }, '401 bad_audience'],
      [{ iss: 'https://shop.eu.auth0.com' }, '401 bad_issuer'],
    ],
  },
  entra: {
    path: '/orders/1',
    alg: 'RS256',
    claims: {
      aud: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      iss: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
      tid: '11111111-2222-3333-4444-555555555555',
      oid: '99999999-8888-7777-6666-555555555555',
      sub: 'pairwise',
      azp: 'client',
      name: 'Alice',
      preferred_username: 'alice@example.com',
      scp: 'Orders.Read User.Read',
      ver: '2.0',
    },
    told: {
      'x-user': '99999999-8888-7777-6666-555555555555',
      'x-tenant': '11111111-2222-3333-4444-555555555555',
    },
    spare: ['oid'],
    refused: [
      [{ scp: 'User.Read' }, '403 no_roles'],
      [{ scp: undefined, roles: ['Orders.Read'] }, '403 no_roles'],
      [{ tid: '00000000-2222-3333-4444-555555555555' }, '401 bad_claim'],
      [{ ver: '1.0' }, '401 bad_claim'],
      [{ aud: '00000003-0000-0000-c000-000000000000' }, '401 bad_audience'],
      [{ iss: 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/' }, '401 bad_issuer'],
    ],
  },
  google: {
    path: '/tools/',
    alg: 'RS256',
    claims: {
      iss: 'https://accounts.google.com',
      azp: '1234567890-abc.apps.googleusercontent.com',
      aud: '1234567890-abc.apps.googleusercontent.com',
      sub: '110169484474386276334',
      hd: 'example.com',
      email: 'alice@example.com',
      email_verified: true,
      at_hash: 'x',
    },
    told: { 'x-user': '110169484474386276334', 'x-email': 'alice@example.com' },
    spare: ['email'],
    refused: [
      [{ hd: 'evil.example' }, '403 no_roles'],
      [{ hd: undefined }, '403 no_roles'],
      [{ email_verified: false }, '403 no_roles'],
      [{ email_verified: 'true' }, '403 no_roles'],
      [{ aud: 'other.apps.googleusercontent.com' }, '401 bad_audience'],
      [{ iss: 'https://accounts.google.com/' }, '401 bad_issuer'],
    ],
  },
  cognito: {
    path: '/orders/1',
    alg: 'RS256',
    claims: {
      sub: 'aaaaaaaa-bbbb-cccc-dddd-example',
      'cognito:groups': ['staff', 'x'],
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Abc123',
      aud: undefined,
      version: 2,
      client_id: '1example23456789',
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      username: 'alice',
    },
    told: { 'x-user': 'alice', 'x-groups': 'staff,x' },
    spare: ['username'],
    refused: [
      [{ token_use: 'id', aud: '1example23456789', client_id: undefined }, '401 bad_claim'],
      [{ client_id: 'other' }, '401 bad_claim'],
      [{ client_id: undefined }, '401 bad_claim'],
      [{ 'cognito:groups': ['x'] }, '403 no_roles'],
      [{ 'cognito:groups': undefined }, '403 no_roles'],
    ],
  },
  kubernetes: {
    path: '/stock/',
    claims: {
      aud: ['stock'],
      iss: 'https://kubernetes.default.svc.cluster.local',
      'kubernetes.io': {
        namespace: 'shop',
        node: { name: 'node-1', uid: 'x' },
        pod: { name: 'cart-7d9c', uid: 'x' },
        serviceaccount: { name: 'cart', uid: 'x' },
        warnafter: 1,
      },
      sub: 'system:serviceaccount:shop:cart',
    },
    told: { 'x-namespace': 'shop', 'x-account': 'cart' },
    spare: ['kubernetes.io'],
    refused: [
      [{ sub: 'system:serviceaccount:other:cart' }, '403 no_roles'],
      [{ sub: 'system:serviceaccount:shop' }, '403 no_roles'],
      [{ aud: ['https://kubernetes.default.svc.cluster.local'] }, '401 bad_audience'],
    ],
  },
  mcp: {
    path: '/mcp',
    claims: {
      iss: 'https://idp.example.com/',
      aud: 'https://tools.example.com/mcp',
      sub: 'alice',
      client_id: 'agent',
      scope: 'tools:use',
    },
    told: { 'x-user': 'alice' },
    spare: ['sub'],
    refused: [
      [{ aud: 'https://tools.example.com' }, '401 bad_audience'],
      [{ scope: 'openid' }, '403 no_roles'],
    ],
  },
  'several-issuers': {
    path: '/orders/1',
    claims: { iss: 'https://idp.example.com/', aud: 'orders', sub: 'alice' },
    told: { 'x-issuer': 'https://idp.example.com/', 'x-user': 'alice' },
    spare: ['sub'],
    refused: [
      [{ aud: 'shop-for-customer' }, '401 bad_audience'],
      [{ iss: 'https://idp.customer.example/' }, '401 bad_algorithm'],
      [{ iss: 'https://unknown.example/' }, '401 bad_issuer'],
    ],
  },
  'from-nginx-plus': {
    path: '/orders/1',
    carry: (token) => ({ Cookie: `session=${token}` }),
    claims: {
      iss: 'https://idp.example.com/',
      sub: 'alice',
      role: 'editor',
      app: { tenant: 'acme' },
    },
    told: { 'x-user': 'alice', 'x-tenant': 'acme' },
    spare: ['app'],
    refused: [
      [{ role: 'guest' }, '403 no_roles'],
      [{ role: undefined }, '403 no_roles'],
      [{ sub: undefined }, '401 bad_claim'],
      [{ sub: '0' }, '401 bad_claim'],
    ],
  },
  'from-kjdev': {
    path: '/orders/1',
    header: { typ: 'at+jwt' },
    carry: (token) => ({ ...bearer(token), 'X-Tenant': 'acme' }),
    claims: {
      iss: 'https://idp.example.com/',
      aud: ['orders', 'x'],
      sub: 'alice',
      role: 'editor',
      tenant: 'acme',
      grants: { level: 3 },
    },
    told: { 'x-user': 'alice' },
    spare: ['sub'],
    refused: [
      [{ grants: { level: 2 } }, '403 no_roles'],
      [{ grants: { level: '3' } }, '403 no_roles'],
      [{ role: 'guest' }, '403 no_roles'],
      [{ tenant: 'other' }, '401 bad_claim'],
      [{ aud: 'x' }, '401 bad_audience'],
      [{ iss: 'https://other.example/' }, '401 bad_issuer'],
    ],
  },
  'from-kong': {
    path: '/orders/1',
    claims: { iss: ISSUER, aud: undefined, sub: 'alice', nbf: now() - 10 },
    told: {
      'x-consumer-id': '9f1c2d4e-0000-4000-8000-000000000001',
      'x-consumer-username': 'shop',
      'x-credential-identifier': ISSUER,
    },
    refused: [
      [{ iss: 'https://other.example/' }, '401 unknown_key'],
      [{ iss: undefined }, '401 unknown_key'],
      [{ nbf: undefined }, '401 bad_claim'],
      [{ exp: now() + 7200 }, '401 bad_claim'],
    ],
  },
  'token-in-url': {
    path: '/downloads/file?x=1',
    claims: { iss: 'https://idp.example.com/', aud: 'downloads', sub: 'alice' },
    told: { 'x-user': 'alice' },
    spare: ['sub'],
    refused: [
      [{ aud: 'orders' }, '401 bad_audience'],
      [{ iat: now() - 3600 }, '401 not_active'],
    ],
  },
};

const RECIPES = readRecipes();

/** The maps of this one are for the whole of nginx, so it has one to itself. */
const APART = 'several-issuers';

/** The consumer of the page, with the key of the issuer. */
const consumersOf = (issuer: Issuer) => ({
  consumers: [
    {
      id: '9f1c2d4e-0000-4000-8000-000000000001',
      username: 'shop',
      jwt_secrets: [{ key: ISSUER, algorithm: 'ES256', jwk: issuer.jwksOf('ES256').keys[0] }],
    },
  ],
});

test('every recipe is exercised', () => {
  expect(RECIPES.map(({ name }) => name).sort()).toEqual(Object.keys(VISITS).sort());
});

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let customer: Issuer;
  let keys: KeyServer;
  let customerKeys: KeyServer;
  let echo: EchoServer;
  let shared: Nginx;
  let apart: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256', 'RS256']);
    customer = await createIssuer(['ES256', 'RS256']);
    keys = await startKeyServer({ kind: 'answer', body: JSON.stringify(issuer.jwks) });
    customerKeys = await startKeyServer({ kind: 'answer', body: JSON.stringify(customer.jwks) });
    echo = await startEcho();
    const serverOf = (recipe: Recipe, door: Door) => `server { listen 8080;
      server_name ${hostOf(recipe.name, door)};
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      ${serve(recipe, door, [keys.url, customerKeys.url], echo.url)} }`;
    const confOf = (recipes: readonly Recipe[]) =>
      configure(
        runtime,
        recipes
          .map(
            (recipe) =>
              recipe.http + runtime.doors.map((door) => serverOf(recipe, door)).join('\n'),
          )
          .join('\n'),
      );
    const files = {
      '/etc/nginx/cluster.jwks': JSON.stringify(issuer.jwks),
      '/etc/nginx/keys.jwks': JSON.stringify(issuer.jwks),
      '/etc/nginx/consumers.json': JSON.stringify(consumersOf(issuer)),
      ...Object.fromEntries(
        RECIPES.map((recipe) => [`/recipes/${recipe.name}.conf`, confOf([recipe])]),
      ),
    };
    const isApart = ({ name }: Recipe) => name === APART;
    shared = await startNginx(runtime, confOf(RECIPES.filter((recipe) => !isApart(recipe))), files);
    apart = await startNginx(runtime, confOf(RECIPES.filter(isApart)), files);
  });
  afterAll(async () => {
    for (const one of [shared, apart, keys, customerKeys, echo]) {
      await one?.[Symbol.asyncDispose]();
    }
  });
  beforeEach(() => showLogOnFailure(() => shared));

  test.each(RECIPES.map(({ name }) => name))(
    'nginx -t has nothing to warn of: %s',
    async (name) => {
      const output = await shared.exec(`nginx -t -c /recipes/${name}.conf 2>&1`);
      expect(output).toContain('test is successful');
      expect(output).not.toMatch(/\[(warn|error|alert|crit|emerg)\]/);
    },
  );

  const nginxOf = (name: string) => (name === APART ? apart : shared);

  const sign = ({ claims, alg = 'ES256', header }: Visit, changed: Claims = {}, signer = issuer) =>
    signer.sign(alg, { email: undefined, ...claims, ...changed } as never, header);

  describe.each(runtime.doors)('%s', (door) => {
    describe.each(RECIPES.map((recipe) => [recipe.name, recipe] as const))('%s', (name, recipe) => {
      const visit = VISITS[name] as Visit;

      /** With what the client would like the upstream to be told. */
      async function ask(token: string | undefined, path = visit.path) {
        const spoofed = Object.fromEntries(headersOf(recipe).map((header) => [header, 'root']));
        const answer = await send(nginxOf(name), {
          path,
          headers: {
            Host: hostOf(name, door),
            ...spoofed,
            ...(token !== undefined && (visit.carry ?? bearer)(token)),
          },
        });
        return answer;
      }

      function toldBy(body: string): Record<string, string | undefined> {
        const { headers } = JSON.parse(body) as Echo;
        expect(JSON.stringify(headers)).not.toContain('root');
        return Object.fromEntries(
          headersOf(recipe).map((header) => [header.toLowerCase(), headers[header.toLowerCase()]]),
        );
      }

      test('a token of its shape passes, and the upstream is told whose it is', async () => {
        const { status, body } = await ask(await sign(visit));
        expect(status, body).toBe(200);
        expect(toldBy(body)).toEqual(visit.told);
      });

      test.each(visit.spare ?? [])(
        'nobody writes a header in the place of a missing %s',
        async (claim) => {
          const { status, body } = await ask(await sign(visit, { [claim]: undefined }));
          expect(status, body).toBe(200);
          expect(Object.values(toldBy(body))).toContain(undefined);
        },
      );

      test.each(visit.refused)('%j is refused', async (changed, expected) => {
        expect(verdictOf(await ask(await sign(visit, changed)))).toBe(expected);
      });

      test('no token, an old one and the one of a stranger are refused', async () => {
        expect((await ask(undefined)).status).toBe(401);
        expect((await ask(await sign(visit, { exp: now() - 60 }))).status).toBe(401);
        expect(verdictOf(await ask(await sign(visit, {}, customer)))).toBe('401 bad_signature');
      });
    });

    test('several issuers: the customer is held to what is wanted of the customer', async () => {
      const claims = { iss: 'https://idp.customer.example/', aud: 'shop-for-customer' };
      const ask = async (signer: Issuer, alg: string, changed: Claims = {}) => {
        const token = await signer.sign(alg, { ...claims, ...changed } as never);
        const headers = { Host: hostOf(APART, door), ...bearer(token) };
        return verdictOf(await send(apart, { path: '/orders/1', headers }));
      };
      expect(await ask(customer, 'RS256')).toBe('passes');
      expect(await ask(customer, 'RS256', { aud: 'orders' })).toBe('401 bad_audience');
      expect(await ask(customer, 'ES256')).toBe('401 bad_algorithm');
      expect(await ask(issuer, 'RS256')).toBe('401 bad_signature');
      expect(await ask(customer, 'ES256', { iss: 'https://idp.example.com/', aud: 'orders' })).toBe(
        '401 bad_signature',
      );
    });

    test('a token in the URL goes neither into the log nor to the upstream', async () => {
      const visit = VISITS['token-in-url'] as Visit;
      const ask = (path: string, headers = {}) =>
        send(shared, { path, headers: { Host: hostOf('token-in-url', door), ...headers } });
      const token = await sign(visit);
      const paths = [
        `/downloads/file?access_token=${token}`,
        `/downloads/file?x=1&access_token=${token}&y=2`,
        `/downloads/file?access_token=${token}&access_token=${token}`,
      ];
      const seen = [];
      for (const path of paths) {
        const { status, body } = await ask(path);
        expect(status, body).toBe(200);
        expect(body).not.toContain(token);
        seen.push((JSON.parse(body) as Echo).url);
      }
      expect(seen).toEqual(['/downloads/file', '/downloads/file?x=1&y=2', '/downloads/file']);
      const refused = await sign(visit, { aud: 'orders' });
      expect((await ask(`/downloads/file?access_token=${refused}`)).status).toBe(401);
      const other = await sign(visit, { jti: 'other' });
      const two = await ask(`/downloads/file?access_token=${token}`, bearer(other));
      expect(verdictOf(two)).toBe('401 invalid_jwt');
      const log = await shared.exec('cat /var/log/nginx/downloads.log');
      expect(log).toContain('"GET /downloads/file?x=1&y=2" 200');
      expect(log).toContain('"GET /downloads/file" 401 bad_audience');
      expect(log).not.toMatch(/eyJ/);
    });

    test('a token in the URL opens no path beside the one that nginx has checked', async () => {
      const ask = (path: string) =>
        send(shared, { path, headers: { Host: hostOf('token-in-url', door) } });
      const token = await sign(VISITS['token-in-url'] as Visit);
      const reached = async (path: string) => {
        const { status, body } = await ask(`${path}?a=%2F&access_token=${token}&b=%26`);
        return status === 200 ? (JSON.parse(body) as Echo).url : status;
      };
      for (const [sent, wanted] of [
        ['/admin/..%2fdownloads/x', '/downloads/x'],
        ['/admin/%2e%2e/downloads/x', '/downloads/x'],
        ['/admin//..//downloads/x', '/downloads/x'],
        ['//downloads/x', '/downloads/x'],
        ['/downloads/x%3Faccess_token=1', '/downloads/x%3Faccess_token=1'],
        ['/downloads/a%20b%25%23', '/downloads/a%20b%25%23'],
        ['/downloads/a%0d%0aX-User:%20root', '/downloads/a%0D%0AX-User:%20root'],
        ['/downloads/%C3%A4', '/downloads/%C3%A4'],
        ['/downloads/a%2fb', '/downloads/a/b'],
      ] as const) {
        expect(await reached(sent), sent).toBe(`${wanted}?a=%2F&b=%26`);
      }
      expect((await ask(`/downloads/..%2fadmin/x?access_token=${token}`)).status).toBe(404);
    });

    test('an MCP client finds out where to get a token, and a browser may ask first', async () => {
      const ask = (path: string, method = 'GET', headers = {}) =>
        send(shared, { path, method, headers: { Host: hostOf('mcp', door), ...headers } });
      const refused = await ask('/mcp', 'POST');
      const [, url = ''] =
        /resource_metadata="([^"]*)"/.exec(refused.headers['www-authenticate'] ?? '') ?? [];
      const { status, headers, body } = await ask(new URL(url).pathname);
      expect([status, headers['content-type']]).toEqual([200, 'application/json']);
      expect(JSON.parse(body)).toMatchObject({
        resource: 'https://tools.example.com/mcp',
        authorization_servers: ['https://idp.example.com/'],
      });
      const preflight = { Origin: 'https://a.example', 'Access-Control-Request-Method': 'POST' };
      expect((await ask('/mcp', 'OPTIONS', preflight)).status).toBe(200);
    });
  });
});

function hostOf(name: string, door: Door): string {
  return `${name}.${door}.example`.toLowerCase();
}

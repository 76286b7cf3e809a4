// "JWT authentication on NGINX with JWKS": its own nginx configuration, with its names, and
// auth_jwt.js in the place of its script. What is not in the article is the settings, and 403 and
// 500 beside 401 in error_page.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { send } from '../../support/client.ts';
import { createIssuer, type Issuer, now } from '../../support/issuer.ts';
import { type KeyServer, startKeyServer } from '../../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../../support/nginx.ts';
import { ROOT, RUNTIMES } from '../../support/runtimes.ts';

/** From the example, which has it from the article. */
const [ERROR_MAP = ''] =
  /location @unauthorized \{[\s\S]*?something unknown happened :O"\s*\}';\s*\}/.exec(
    readFileSync(`${ROOT}nginx/examples/microservices/nginx.conf`, 'utf8'),
  ) ?? [];

/** A location like that of the article, where something else is wanted or goes wrong. */
const besides = (name: string, keys: string, settings: string, signer: string) => `
    location = .${name} {
      internal;
      set $auth_jwt_token_from  variable:header_token;
      set $auth_jwt_key_request ${keys};
      set $auth_jwt_issuer      any;
      ${settings}
      js_content authService.validateJwt;
    }
    location /${name}/ {
      auth_request .${name};
      error_page 401 403 500 = @unauthorized;
      proxy_pass ${signer}/a/;
    }`;

const configuration = (signer: string) => `
  js_import authService from js/auth_jwt.js;
  proxy_cache_path /tmp/jwk levels=1:2 keys_zone=jwk_response:10m max_size=100m inactive=10m use_temp_path=off;
  map $http_authorization $header_token {
    "~*^Bearer (.*)$" $1;
    default $http_authorization;
  }
  server {
    listen 8080;

    location = .validate {
      internal;
      set $auth_jwt_token_from  variable:header_token;
      set $auth_jwt_key_request /signer/jwk;
      set $auth_jwt_issuer      any;
      js_content authService.validateJwt;
    }
    location /signer/ {
      gunzip on;
      proxy_pass ${signer}/;
      proxy_cache jwk_response;
    }
    location /a/ {
      auth_request .validate;
      error_page 401 403 500 = @unauthorized;
      proxy_pass ${signer}/a/;
    }

    ${besides('roles', '/signer/jwk', 'set $auth_jwt_roles admin;', signer)}
    ${besides('garbage', '/signer/garbage', '', signer)}
    ${besides(
      'introspection',
      '/signer/jwk',
      'set $auth_jwt_introspection_request /signer/fails; set $auth_jwt_introspection all;',
      signer,
    )}

    ${ERROR_MAP}
  }`;

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let stranger: Issuer;
  let signer: KeyServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES512']);
    stranger = await createIssuer(['ES512']);
    // As the signer of the article publishes it: no kid, no alg, no use.
    const keys = issuer.jwks.keys.map(({ kty, crv, x, y }) => ({ kty, crv, x, y }));
    signer = await startKeyServer({ kind: 'answer', body: 'served' });
    signer.pages['/jwk'] = { kind: 'gzip', body: JSON.stringify({ keys }) };
    signer.pages['/garbage'] = { kind: 'answer', body: 'no keys' };
    signer.pages['/fails'] = { kind: 'answer', body: '{}', status: 503 };
    nginx = await startNginx(runtime, configure(runtime, configuration(signer.url)));
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await signer?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  const get = (path: string, authorization?: string) =>
    send(nginx, {
      path,
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });
  const sign = (claims: object = {}, by = issuer) =>
    by.sign('ES512', claims as never, { kid: undefined });

  test.each(['Bearer ', 'bearer ', ''])(
    '"%sTOKEN" passes, by a key without kid',
    async (scheme) => {
      const { status, body } = await get('/a/', scheme + (await sign()));
      expect([status, body]).toEqual([200, 'served']);
    },
  );

  test('the key set is asked for once', async () => {
    for (let count = 0; count < 10; count += 1) {
      expect((await get('/a/', await sign())).status).toBe(200);
    }
    expect(signer.requests.filter(({ path }) => path === '/jwk')).toHaveLength(1);
  });

  test('.validate is not for clients', async () => {
    expect((await get('/.validate', `Bearer ${await sign()}`)).status).toBe(404);
  });

  test.each([
    ['bad_signature', '/a/', () => sign({}, stranger), 400, 'invalid signature'],
    ['invalid_jwt', '/a/', async () => 'a.b', 400, 'token is malformed'],
    ['empty_token', '/a/', async () => undefined, 400, 'token is empty'],
    ['bad_introspection', '/introspection/', () => sign(), 500, 'introspection failed'],
    ['not_active', '/a/', () => sign({ exp: now() - 1 }), 403, 'token is not active'],
    ['no_roles', '/roles/', () => sign(), 401, 'you are not authorized to access this resource'],
    ['cannot_parse', '/garbage/', () => sign(), 500, 'parsing error'],
    ['others', '/a/', () => sign({ exp: undefined }), 500, 'something unknown happened :O'],
  ])(
    '%s is answered as the map of the article says',
    async (_reason, path, make, status, error) => {
      const token = await make();
      const answer = await get(path, token && `Bearer ${token}`);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([status, { success: false, error }]);
      expect(answer.headers['content-type']).toContain('application/json');
    },
  );
});

// Gateways that have everything this project offers, each beneath one directive that it inherits, and what they do.

import http from 'node:http';
import { makeCertificate } from './certificates.ts';
import type { Answer } from './client.ts';
import { send } from './client.ts';
import { close, listen } from './echo.ts';
import { AUDIENCE, createIssuer, ISSUER, now } from './issuer.ts';
import { HOST } from './nginx.ts';
import type { Door, Runtime } from './runtimes.ts';
import { createPrivateJwk } from './signing-keys.ts';
import { runInImage } from './throwaway.ts';

/** Tokens, and the services around the gateway. */
export interface World extends AsyncDisposable {
  /** `host:port`, for `proxy_pass` in a container. */
  readonly address: string;
  /** Files of the container. */
  readonly files: Readonly<Record<string, string>>;
  /** What the services of a gateway have been sent so far: whole requests, each as a text. */
  sentTo(gateway: string): string[];
  readonly tokens: Readonly<Record<TokenName, string>>;
}

/** Where somebody stands between the gateway and its key server, with a certificate that nobody has signed. */
const TLS_PORT = 8443;

/** An empty list of revoked certificates, in PEM. */
function makeRevocationList({ image }: Runtime): string {
  const ca = '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\ncrlnumber=number\\ndefault_md=sha256\\n';
  return runInImage(
    image,
    `cd /tmp && openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=ca -keyout key -out crt &&
      printf '${ca}default_crl_days=1\\n' >conf && touch index && echo 01 >number &&
      openssl ca -gencrl -config conf -keyfile key -cert crt`,
  );
}

/** The server of somebody who stands between: its keys are the intruder's. */
export const STRANGER = `server { listen 127.0.0.1:${TLS_PORT} ssl; ssl_certificate /tls.crt;
  ssl_certificate_key /tls.key; location / { root /srv; try_files /page.json =404; } }`;

/** Every kind of token that a verdict depends on. */
export type TokenName = 'good' | 'forged' | 'expired' | 'revoked' | 'opaque' | 'invented';

/** A name that a user has chosen. */
const COMMAND = '<!--#echo var="host" -->';

/** A page of the site that says whatever would help an attacker: wherever it is taken for something else, somebody passes. */
async function poison(keys: readonly object[]): Promise<string> {
  return JSON.stringify({
    ...{ keys, active: true, iss: ISSUER, aud: AUDIENCE, exp: now() + 600, sub: 'mallory' },
  });
}

/** Starts the services. A path is `/GATEWAY/SERVICE`. */
export async function startWorld(runtime: Runtime): Promise<World> {
  const issuer = await createIssuer(['ES256']);
  const intruder = await createIssuer(['ES256']);
  const page = await poison([{ ...intruder.jwks.keys[0], kid: 'intruder' }]);
  const active = {
    active: true,
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'alice',
    exp: now() + 600,
    email: COMMAND,
  };
  const certificate = makeCertificate(runtime.image, 'idp.test');
  const sent = new Map<string, string[]>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, gateway = '', service = ''] = (request.url ?? '').split(/[/?]/);
      const body = Buffer.concat(chunks).toString('latin1');
      const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
      for (let at = 0; at < request.rawHeaders.length; at += 2) {
        lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
      }
      const whole = `${lines.join('\n')}\n\n${body}`.replaceAll(gateway, 'GATEWAY');
      sent.set(gateway, [...(sent.get(gateway) ?? []), whole]);
      const { status = 200, text } = answerOf(service, body);
      const redirect = service === 'accel' ? { 'X-Accel-Redirect': '/page.json' } : {};
      response.writeHead(status, { 'Content-Type': 'application/json', ...redirect });
      response.end(text);
    });
  });
  const answerOf = (service: string, body: string): { status?: number; text: string } => {
    switch (service) {
      case 'jwks':
      case 'accel':
        return { text: JSON.stringify(issuer.jwks) };
      case 'revoked':
        return { text: '["revoked"]' };
      case 'introspect':
        return { text: JSON.stringify(body.includes('token=opaque') ? active : { active: false }) };
      case 'login':
        return body === 'user=alice'
          ? { text: '{"sub":"alice"}' }
          : { status: body === 'down' ? 500 : 401, text: '{"error":"no"}' };
      case 'dead':
        return { status: 503, text: page };
      default:
        return { text: page };
    }
  };
  const port = await listen(server);
  return {
    address: `${HOST}:${port}`,
    files: {
      '/srv/page.json': page,
      '/tls.crt': certificate.cert,
      '/tls.key': certificate.key,
      '/other.js': 'export default {};',
      '/tls.crl': makeRevocationList(runtime),
      '/passwords': 'bob:{PLAIN}secret\n',
      '/signing.json': JSON.stringify(await createPrivateJwk('ES256')),
    },
    sentTo: (gateway) => [...(sent.get(gateway) ?? [])],
    tokens: {
      good: await issuer.sign('ES256'),
      forged: await intruder.sign('ES256', {}, { kid: 'intruder' }),
      expired: await issuer.sign('ES256', { exp: now() - 60 }),
      revoked: await issuer.sign('ES256', { jti: 'revoked' }),
      opaque: 'opaque',
      invented: 'invented',
    },
    [Symbol.asyncDispose]: () => close(server),
  };
}

/** A gateway: a `server {}` with every internal location that this project has, as the documentation writes them. */
export interface Gateway {
  /** Its name, in lower case: `server_name` and the path of its services. */
  readonly name: string;
  /** Lines of `server {}`. */
  readonly lines: string;
  readonly listen: number;
}

/**
 * Writes the gateway.
 *
 * @param gateway name and lines
 * @param doors the doors that this njs has
 * @param address where the services are
 */
export function writeGateway(
  { name, lines, listen: port }: Gateway,
  doors: readonly Door[],
  address: string,
): string {
  const service = (path: string) => `proxy_pass http://${address}/${name}/${path};`;
  const source = (uri: string, snippet: string, path: string) =>
    `location = ${uri} { include /etc/nginx/auth_jwt/auth_jwt_${snippet}.conf; ${service(path)} }`;
  return `
    upstream ${name} { server ${address}; server ${address}; }
    server {
      listen ${port}; server_name ${name};
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      include /etc/nginx/auth_jwt/auth_jwt_guard.conf;
      ${lines}
      location / { ${service('site')} }
      location @site { ${service('site').replace(/\/[^/]*\/site/, '')} }
      location = /page.json { root /srv; }
      location = /_nothing { return 204; }
      location = /_mirror { internal; ${service('mirror')} }
      ${source('/_login', 'login', 'login').replace(address, name)}
      location = /login { client_max_body_size 1m; set $auth_jwt_login_request /_login;
        set $auth_jwt_signing_key_file /signing.json; set $auth_jwt_issuer ${ISSUER};
        set $auth_jwt_issue_omit jti; js_content auth_jwt.issueJwt; }
      ${doors.map((door) => writeDoor(door, source, service)).join('')}
    }`;
}

function writeDoor(
  door: Door,
  source: (uri: string, snippet: string, path: string) => string,
  service: (path: string) => string,
): string {
  const policy = (keys: string, more = '') =>
    `set $auth_jwt "orders"; set $auth_jwt_issuer ${ISSUER}; set $auth_jwt_audience ${AUDIENCE};
     set $auth_jwt_key_request ${keys}; set $auth_jwt_key_cooldown 0;
     set $auth_jwt_revocation_request /_auth_revoked_${door};
     set $auth_jwt_introspection_request /_auth_introspect_${door}; ${more}`;
  const guarded = (path: string, settings: string) => {
    const name = `/_auth_for_${path}_${door}`;
    const inside = `error_page 401 403 500 = @auth_jwt_error;
      client_max_body_size 1m; proxy_pass_request_body on;
      proxy_set_header X-Sub $jwt_claim_sub; proxy_set_header X-Email $jwt_claim_email;
      ${service('orders')}`;
    return door === 'validateJwt'
      ? `location = ${name} { include /etc/nginx/auth_jwt/auth_jwt_policy.conf; ${settings} }
         location = /${door}/${path} { auth_request ${name}; ${inside} }`
      : `location = /${door}/${path} { ${settings} js_access auth_jwt.enforceJwt; ${inside} }`;
  };
  return `
      ${source(`/_auth_jwks_${door}`, 'jwks', 'jwks')}
      ${source(`/_auth_revoked_${door}`, 'jwks', 'revoked')}
      ${source(`/_auth_introspect_${door}`, 'introspection', 'introspect')}
      ${source(`/_auth_dead_${door}`, 'jwks', 'dead')}
      ${guarded('orders', policy(`/_auth_jwks_${door}`))}
      ${guarded('scoped', policy(`/_auth_jwks_${door}`, 'set $auth_jwt_scopes admin;'))}
      ${guarded('dead', policy(`/_auth_dead_${door}`))}
      ${source(`/_auth_accel_${door}`, 'jwks', 'accel')}
      ${guarded('accel', policy(`/_auth_accel_${door}`))}
      ${source(`/_auth_tls_${door}`, 'jwks', 'tls').replace(/http:[^;]*/, `https://127.0.0.1:${TLS_PORT}/`)}
      ${guarded('tls', policy(`/_auth_tls_${door}`))}`;
}

/** One request and what came of it. */
export interface Outcome {
  readonly what: string;
  readonly status: number;
  /** Of a refusal: what its answer says. Of a login: what the client gets. */
  readonly answer: string;
  /** What the services were sent meanwhile. */
  readonly sent: readonly string[];
}

type Step = readonly [
  what: string,
  token: TokenName | undefined,
  path: string,
  options?: { readonly method: string; readonly body: string },
];

/** The good token comes first, so that pages of the site and answers for it are where others might get them. */
const STEPS: readonly Step[] = [
  ['a good token', 'good', 'orders?x=1'],
  ['a forged token', 'forged', 'orders?x=1'],
  ['a good token with a body', 'good', 'orders', { method: 'POST', body: 'a body, 20 bytes long' }],
  ['a forged token with a body', 'forged', 'orders', { method: 'POST', body: 'x'.repeat(20) }],
  ['no token', undefined, 'orders'],
  ['an expired token', 'expired', 'orders'],
  ['a revoked token', 'revoked', 'orders'],
  ['a token without the scope', 'good', 'scoped'],
  ['a good opaque token', 'opaque', 'orders?x=1'],
  ['an invented opaque token', 'invented', 'orders?x=1'],
  ['a good token without keys', 'good', 'dead'],
  ['a good token, with keys that point to a page of the site', 'good', 'accel'],
  ['a forged token, with keys that point to a page of the site', 'forged', 'accel'],
  ['a forged token, with keys of whoever stands between', 'forged', 'tls'],
];

const LOGINS = ['user=alice', 'user=bob', 'down'];

/**
 * Sends every request, one after another.
 *
 * @param gateway its name and the port that leads to it
 * @param door through which door
 */
export async function visit(
  { name, port }: { readonly name: string; readonly port: number },
  door: Door,
  world: World,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [what, token, path, options] of STEPS) {
    const headers: Record<string, string> = { Host: name, Cookie: 'a=1' };
    if (token !== undefined) {
      headers.Authorization = `Bearer ${world.tokens[token]}`;
    }
    outcomes.push(await observe(what, { path: `/${door}/${path}`, headers, ...options }));
  }
  for (const body of LOGINS) {
    const headers = { Host: name, 'Content-Type': 'text/x-login' };
    outcomes.push(
      await observe(`login ${body}`, { path: '/login', method: 'POST', headers, body }),
    );
  }
  return outcomes;

  async function observe(what: string, request: Parameters<typeof send>[1]): Promise<Outcome> {
    const before = world.sentTo(name).length;
    const answer = await send({ port }, { ...request, timeout: 6000 }).catch((error: Error) => ({
      ...{ status: 0, headers: {}, body: error.message },
    }));
    const sent = world.sentTo(name).slice(before);
    return { what, status: answer.status, answer: toldBy(what, answer), sent };
  }
}

function toldBy(what: string, { status, headers, body }: Answer): string {
  if (what.startsWith('login')) {
    // A token differs each time.
    return `${headers['cache-control']} ${body.replace(/eyJ[\w.-]*/, 'TOKEN')}`;
  }
  return status === 200
    ? ''
    : [headers['content-type'], headers['cache-control'], headers['www-authenticate'], body].join(
        ' ',
      );
}

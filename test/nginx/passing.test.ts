// Who passes without a good token: anonymous requests, preflights, a gateway that only reports; and
// that nobody is taken for another on that way.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import {
  configure,
  type Files,
  type Nginx,
  showLogOnFailure,
  startNginx,
} from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const POLICIES = {
  missing: { optional: 'missing' },
  failed: { optional: 'failed', scopes: 'read' },
  preflight: { preflight: 'allow' },
  checked: {},
  report: { mode: 'report', scopes: 'read' },
  'report-fault': { mode: 'report', leeway: 'soon' },
  'report-typo': { mode: 'reporting' },
  faulty: { optional: 'failed', key_file: '/no-such-file' },
} as const;

/** What a client would like to be taken for. */
const SPOOFED = { 'X-JWT-Sub': 'root', 'X-User': 'root', 'X-Anonymous': '0', 'X-JWT-Claims': '{}' };

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let stranger: Issuer;
  let echo: EchoServer;
  let conf: string;
  let files: Files;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    stranger = await createIssuer(['ES256']);
    echo = await startEcho();
    const common = { key_file: '/keys.json', issuer: ISSUER, claim_set: 'user=sub' };
    const inside = `
      proxy_set_header X-JWT-Sub $jwt_claim_sub;
      proxy_set_header X-User $user;
      proxy_set_header X-JWT-Claims $jwt_claims;
      proxy_set_header X-Anonymous $auth_jwt_anonymous;
      proxy_set_header X-Reason $no_auth_reason;
      proxy_pass ${echo.url};`;
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, { path: `/${door}/${name}/`, settings: { ...common, ...settings }, inside }),
      ),
    );
    const http = `js_var $user;
      server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${locations.join('\n')} }`;
    conf = configure(runtime, http);
    files = { '/keys.json': JSON.stringify(issuer.jwks) };
    nginx = await startNginx(runtime, conf, files);
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await echo?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    /** Who the upstream takes the client for, or why it does not see the request. */
    async function visit(policy: keyof typeof POLICIES, headers: object = {}, method = 'GET') {
      const answer = await send(nginx, {
        path: `/${door}/${policy}/`,
        method,
        headers: { ...SPOOFED, ...headers } as Record<string, string>,
      });
      if (answer.status !== 200) {
        return verdictOf(answer);
      }
      const seen = (JSON.parse(answer.body) as Echo).headers;
      const known = ['x-jwt-sub', 'x-user', 'x-jwt-claims'].filter((name) => name in seen);
      const who = seen['x-anonymous'] === '1' ? 'anonymous' : (seen['x-jwt-sub'] ?? 'nobody');
      expect(known.length).toBe(who === 'alice' ? 3 : 0);
      expect(JSON.stringify(seen)).not.toContain('root');
      return seen['x-reason'] === undefined ? who : `${who} (${seen['x-reason']})`;
    }

    const good = async () => bearer(await issuer.sign('ES256', { scope: 'read' }));
    const bad = async () => ({
      expired: bearer(await issuer.sign('ES256', { exp: now() - 1, scope: 'read' })),
      foreign: bearer(await stranger.sign('ES256', { scope: 'read' })),
      garbage: bearer('x'),
    });

    test('missing: no token passes as nobody, a good one as who it says, a bad one not', async () => {
      expect(await visit('missing')).toBe('anonymous');
      expect(await visit('missing', { Authorization: 'Basic YTpi' })).toBe('anonymous');
      expect(await visit('missing', await good())).toBe('alice');
      const { expired, foreign, garbage } = await bad();
      expect(await visit('missing', expired)).toBe('401 not_active');
      expect(await visit('missing', foreign)).toBe('401 bad_signature');
      expect(await visit('missing', garbage)).toBe('401 invalid_jwt');
    });

    test('failed: a bad token passes as nobody, one that grants too little does not pass', async () => {
      expect(await visit('failed')).toBe('anonymous');
      expect(await visit('failed', await good())).toBe('alice');
      for (const headers of Object.values(await bad())) {
        expect(await visit('failed', headers)).toBe('anonymous');
      }
      expect(await visit('failed', bearer(await issuer.sign('ES256')))).toBe('403 no_roles');
    });

    test('a fault of the gateway makes nobody anonymous', async () => {
      expect(await visit('faulty', await good())).toMatch(/^500 /);
      expect(await visit('faulty', bearer(await issuer.sign('ES256')))).toMatch(/^500 /);
    });

    test('a preflight passes as nobody, and nothing else does', async () => {
      const asked = { Origin: 'https://app.example', 'Access-Control-Request-Method': 'PUT' };
      expect(await visit('preflight', asked, 'OPTIONS')).toBe('anonymous');
      expect(await visit('preflight', { ...asked, ...(await good()) }, 'OPTIONS')).toBe(
        'anonymous',
      );
      expect(await visit('preflight', {}, 'OPTIONS')).toBe('401 empty_token');
      expect(await visit('preflight', { Origin: 'https://app.example' }, 'OPTIONS')).toBe(
        '401 empty_token',
      );
      expect(await visit('preflight', asked, 'GET')).toBe('401 empty_token');
      expect(await visit('preflight', asked, 'PUT')).toBe('401 empty_token');
      expect(await visit('preflight', await good())).toBe('alice');
      expect(await visit('checked', asked, 'OPTIONS')).toBe('401 empty_token');
    });

    test('report: everybody passes, and the upstream is told what would be', async () => {
      expect(await visit('report')).toBe('anonymous (empty_token)');
      expect(await visit('report', await good())).toBe('alice');
      const { expired, foreign, garbage } = await bad();
      expect(await visit('report', expired)).toBe('anonymous (not_active)');
      expect(await visit('report', foreign)).toBe('anonymous (bad_signature)');
      expect(await visit('report', garbage)).toBe('anonymous (invalid_jwt)');
      expect(await visit('report', bearer(await issuer.sign('ES256')))).toBe(
        'anonymous (no_roles)',
      );
      expect(await visit('report-fault', await good())).toBe('anonymous (bad_configuration)');
      expect(await visit('report-typo', await good())).toBe('500 bad_configuration');
    });
  });

  // What has been told is remembered in shared memory, for both doors: each asks an nginx of its own first.
  test.each(runtime.doors)('that nothing is refused is told once, at warn: %s', async (door) => {
    await using fresh = await startNginx(runtime, conf, files);
    const warnings = () => fresh.log().match(/\[warn\][^\n]*\$auth_jwt_mode is "report"[^\n]*/g);
    for (let count = 0; count < 5; count += 1) {
      expect((await send(fresh, { path: `/${door}/report/` })).status).toBe(200);
    }
    await fresh.waitForLog(/\[warn\][^\n]*\$auth_jwt_mode is "report"/);
    for (const other of runtime.doors) {
      expect((await send(fresh, { path: `/${other}/report/` })).status).toBe(200);
    }
    // Whatever they told has come before this.
    await send(fresh, { path: '/end-of-test' });
    await fresh.waitForLog(/end-of-test/);
    expect(warnings()).toHaveLength(1);
  });
});

// Who may do what: scopes, roles, rules on claims, and the variables that claims fill.

import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

type Claims = Record<string, unknown>;
type Row = readonly [claims: Claims, expected: string];

const PASSES = 'passes';
const NO_SCOPE = '403 no_roles scope';
const NO_ROLE = '403 no_roles roles';
const BROKEN = '401 bad_claim c';
const FAULT = '500 bad_configuration';

/** Each policy, and what becomes of claims there. */
const POLICIES: Readonly<Record<string, readonly [PolicySettings, readonly Row[]]>> = {
  scopes: [
    { scopes: 'read write' },
    [
      [{ scope: 'openid read write' }, PASSES],
      [{ scope: ['write', 'read'] }, PASSES],
      [{ scp: 'read write' }, PASSES],
      [{ scp: ['read', 'write'] }, PASSES],
      [{ scope: 'read' }, NO_SCOPE],
      [{ scope: { read: 1 } }, NO_SCOPE],
      [{ scope: 5 }, NO_SCOPE],
      [{}, NO_SCOPE],
    ],
  ],
  'any-scope': [
    { scopes: 'any:read write' },
    [
      [{ scope: 'write' }, PASSES],
      [{ scope: 'x' }, NO_SCOPE],
    ],
  ],
  'no-scope': [{ scopes: 'any:' }, [[{ scope: 'x' }, `${FAULT} auth_jwt_scopes`]]],
  roles: [
    { roles: 'any:admin editor', roles_claim: 'realm_access.roles' },
    [
      [{ realm_access: { roles: ['x', 'editor'] } }, PASSES],
      [{ realm_access: { roles: 'admin' } }, PASSES],
      [{ realm_access: { roles: ['x'] } }, NO_ROLE],
      [{ realm_access: { roles: 'super admin' } }, NO_ROLE],
      [{ realm_access: null }, NO_ROLE],
      [{ roles: ['admin'] }, NO_ROLE],
    ],
  ],
  'url-roles': [
    { roles: 'admin', roles_claim: '/https:~1~1example.com~1roles' },
    [
      [{ 'https://example.com/roles': ['admin'] }, PASSES],
      [{ roles: ['admin'] }, NO_ROLE],
    ],
  ],
  equal: [
    { require_claims: 'c eq admin' },
    [
      [{ c: 'admin' }, PASSES],
      [{ c: 'Admin' }, BROKEN],
      [{ c: ['admin'] }, BROKEN],
      [{ c: 5 }, BROKEN],
      [{ c: null }, BROKEN],
      [{}, BROKEN],
    ],
  ],
  'not-equal': [
    { require_claims: 'c ne admin' },
    [
      [{ c: 'user' }, PASSES],
      [{ c: 'admin' }, BROKEN],
      [{ c: 5 }, BROKEN],
      [{}, BROKEN],
    ],
  ],
  json: [
    { require_claims: 'c eq {"a":[1,"x;y"]}' },
    [
      [{ c: { a: [1, 'x;y'] } }, PASSES],
      [{ c: { a: [1] } }, BROKEN],
      [{ c: 'x' }, BROKEN],
    ],
  ],
  numbers: [
    { require_claims: 'c ge 5; c !gt 10' },
    [
      [{ c: 5 }, PASSES],
      [{ c: 10 }, PASSES],
      [{ c: 11 }, BROKEN],
      [{ c: 4 }, BROKEN],
      [{ c: '7' }, BROKEN],
      [{ c: true }, BROKEN],
    ],
  ],
  lists: [
    { require_claims: 'c in a b "c d"' },
    [
      [{ c: 'c d' }, PASSES],
      [{ c: 'a' }, PASSES],
      [{ c: 'c' }, BROKEN],
      [{ c: ['a'] }, BROKEN],
    ],
  ],
  'not-any': [
    { require_claims: 'c !any ["banned"]' },
    [
      [{ c: ['good'] }, PASSES],
      [{ c: [] }, PASSES],
      [{ c: ['good', 'banned'] }, BROKEN],
      [{ c: 'banned' }, BROKEN],
      [{ c: ['good', { banned: 1 }] }, BROKEN],
      [{}, BROKEN],
    ],
  ],
  match: [
    { require_claims: 'c match *@example.com' },
    [
      [{ c: 'bob@example.com' }, PASSES],
      [{ c: 'bob@example.com.evil' }, BROKEN],
      [{ c: 'a'.repeat(4000) }, BROKEN],
      [{ c: ['bob@example.com'] }, BROKEN],
    ],
  ],
  errors: [
    { require_claims: 'a eq 1 error=403; c eq 1' },
    [
      [{ a: 1, c: 1 }, PASSES],
      [{ a: 2, c: 1 }, '403 no_roles a'],
      [{ a: 1, c: 2 }, BROKEN],
    ],
  ],
  unreadable: [
    { require_claims: 'c is admin' },
    [[{ c: 'admin' }, `${FAULT} auth_jwt_require_claims`]],
  ],
  required: [
    { require: 'jwt_claim_sub; jwt_claim_name jwt_claim_email error=403' },
    [
      [{ name: 'Alice' }, PASSES],
      [{}, '403 no_roles jwt_claim_name'],
      [{ name: 'Alice', email: '0' }, '403 no_roles jwt_claim_email'],
      [{ sub: undefined }, '401 bad_claim jwt_claim_sub'],
    ],
  ],
  variable: [
    { require_claims: 'tenant eq variable:http_x_tenant' },
    [
      [{ tenant: 'acme' }, PASSES],
      [{ tenant: 'other' }, '401 bad_claim tenant'],
    ],
  ],
  undeclared: [{ claim_set: 'no_such=sub' }, [[{}, `${FAULT} auth_jwt_claim_set`]]],
};

/** What a rule may be held against, whatever the rule: never a fault of the gateway. */
const SHAPES: readonly unknown[] = [
  ...[null, true, 0, -1.5, 1e300, '', 'a', '*', '\u0000', '\ud83d\ude00', [], {}, [[]], [null]],
  ...[{ toString: 1 }, { __proto__x: {} }, ['a', 1, {}], 'x'.repeat(3000), '\ud800', deep(20)],
];

function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)];
}

const RULES = [
  ...['c eq a', 'c ne 5', 'c eq {"a":1}', 'c eq [[]]', 'c gt 5', 'c !le 5', 'c in a 5 null'],
  ...['c !in ["a"]', 'c any ["a",null]', 'c !any [1]', 'c match *a*', 'c !match a', 'c.d.0 eq 1'],
  ...[
    'c eq variable:http_x_tenant',
    'c any variable:http_x_tenant',
    '/c/ eq 1',
    '/c/toString eq 1',
  ],
];

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    const common = { key_file: '/keys.json', issuer: ISSUER };
    const policies = [
      ...Object.entries(POLICIES).map(([name, [settings]]) => [name, settings] as const),
      ...RULES.map((rule, at) => [`rule-${at}`, { require_claims: rule }] as const),
      ...RULES.map(
        (_, at) => [`roles-${at}`, { roles: 'a', roles_claim: 'c', scopes: 'a' }] as const,
      ),
      [
        'set',
        {
          claim_set:
            'email=user.email tenant=/https:~1~1example.com~1tenant roles=realm_access.roles ' +
            'second=realm_access.roles.1 level=level address=address',
        },
      ] as const,
    ];
    const inside = `default_type text/plain;
      add_header X-Email $email; add_header X-Tenant $tenant; add_header X-Roles $roles;
      add_header X-Second $second; add_header X-Level $level; add_header X-Address $address;
      add_header X-Detail $no_auth_detail always;
      alias /srv/;`;
    const locations = runtime.doors.flatMap((door) =>
      policies.map(([name, settings]) =>
        protect(door, { path: `/${door}/${name}/`, settings: { ...common, ...settings }, inside }),
      ),
    );
    const http = `
      js_var $email; js_var $tenant; js_var $roles; js_var $second; js_var $level; js_var $address;
      server { listen 8080;
        location @auth_jwt_error { add_header X-Detail $no_auth_detail always;
          js_content auth_jwt.answerError; }
        ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/srv/index.html': 'PROTECTED',
      '/keys.json': JSON.stringify(issuer.jwks),
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    const sign = (claims: Claims) => issuer.sign('ES256', claims as JWTPayload);

    function bring(policy: string, token: string) {
      const headers = { ...bearer(token), 'X-Tenant': 'acme' };
      return send(nginx, { path: `/${door}/${policy}/index.html`, headers });
    }

    const visit = async (policy: string, claims: Claims) => bring(policy, await sign(claims));

    async function verdict(policy: string, token: string): Promise<string> {
      const answer = await bring(policy, token);
      return `${verdictOf(answer)} ${answer.headers['x-detail'] ?? ''}`.trim();
    }

    test.each(Object.entries(POLICIES))('%s', async (policy, [, rows]) => {
      for (const [claims, expected] of rows) {
        const token = await sign(claims);
        // Again and again: a token that comes again is looked at in another way, and then in a third.
        for (let round = 0; round < 5; round += 1) {
          expect(await verdict(policy, token), JSON.stringify(claims)).toBe(expected);
        }
      }
    });

    test('a rule that reads a variable is asked for each request, though the token is the same', async () => {
      const token = await issuer.sign('ES256', { tenant: 'acme' });
      const path = `/${door}/variable/index.html`;
      for (let round = 0; round < 4; round += 1) {
        for (const [tenant, status] of [
          ['acme', 200],
          ['other', 401],
          ['', 401],
        ] as const) {
          const headers = { ...bearer(token), 'X-Tenant': tenant };
          expect((await send(nginx, { path, headers })).status).toBe(status);
        }
      }
    });

    test('who lacks a scope is told which there must be', async () => {
      const lacking = await visit('scopes', { scope: 'read' });
      expect(lacking.headers['www-authenticate']).toMatch(
        /^Bearer error="insufficient_scope", .*, scope="read write"$/,
      );
      const any = await visit('any-scope', {});
      expect(any.headers['www-authenticate']).toMatch(/, scope="read write"$/);
      const role = await visit('roles', {});
      expect(role.headers['www-authenticate']).toMatch(/^Bearer error="insufficient_scope", /);
      expect(role.headers['www-authenticate']).not.toContain('scope="');
    });

    test.each(RULES.map((rule, at) => [rule, at] as const))(
      '%s: no claim of any shape is a fault of the gateway',
      async (_rule, at) => {
        const seen = await Promise.all(
          SHAPES.flatMap((c) => [
            visit(`rule-${at}`, { c, sub: undefined }),
            visit(`roles-${at}`, { c, scope: c, scp: c }),
          ]),
        );
        expect(seen.filter(({ status }) => status >= 500)).toEqual([]);
      },
    );

    test('claims fill variables by their path, arrays joined and objects as JSON', async () => {
      const { headers } = await visit('set', {
        user: { email: 'bob@example.com' },
        'https://example.com/tenant': 'acme',
        realm_access: { roles: ['reader', 'writer'] },
        level: 7,
        address: { city: 'Z\u00fcrich' },
      });
      expect(headers).toMatchObject({
        'x-email': 'bob@example.com',
        'x-tenant': 'acme',
        'x-roles': 'reader,writer',
        'x-second': 'writer',
        'x-level': '7',
        'x-address': '{"city":"Z\\u00fcrich"}',
      });
    });

    test('a claim that is missing, or of another shape, leaves its variable empty', async () => {
      const { status, headers } = await visit('set', {
        user: 'bob@example.com',
        'https://example.com/tenant': 'a\r\nX-Injected: 1',
        realm_access: [],
        address: null,
      });
      expect(status).toBe(200);
      expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
    });
  });
});

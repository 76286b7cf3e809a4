// A map over a claim that nginx has computed before the check keeps the value that it had for empty claims, unless it is volatile.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

/** What reads the map before the check. */
const READERS = {
  nothing: '',
  limit_req: 'limit_req zone=requests burst=1000 nodelay;',
  limit_conn: 'limit_conn connections 1000;',
  if: 'if ($staff = never) { return 500; }',
  set: 'set $kept $staff;',
};

const DOCS = ['docs/settings.md', 'docs/from-nginx-plus.md', 'docs/composition.md'];

test.each(DOCS)('%s shows no map over a claim without volatile', (page) => {
  const text = readFileSync(`${ROOT}${page}`, 'utf8');
  const blocks = text.match(/^```nginx\n[\s\S]*?^```$/gm) ?? [];
  const maps = blocks.join('\n').match(/^map \$jwt_claim_\w+ [^}]*\}/gm) ?? [];
  expect(maps.filter((map) => !map.includes('volatile;'))).toEqual([]);
});

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    const settings = { key_file: '/keys.json', issuer: ISSUER };
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(READERS).map(([reader, line]) =>
        protect(door, {
          path: `/${door}/${reader}/`,
          settings: { ...settings, require: 'staff error=403' },
          inside: `${line} alias /srv/;`,
        }),
      ),
    );
    const http = `
      map $jwt_claim_sub $staff { volatile; default 1; banned 0; }
      limit_req_zone $staff zone=requests:1m rate=1000r/s;
      limit_conn_zone $staff zone=connections:1m;
      server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
      '/srv/index.html': 'PROTECTED',
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    test.each(Object.keys(READERS))(
      'a banned user does not pass by a map that %s has read before',
      async (reader) => {
        const verdict = async (sub: string) => {
          const headers = bearer(await issuer.sign('ES256', { sub }));
          return verdictOf(await send(nginx, { path: `/${door}/${reader}/`, headers }));
        };
        expect(await verdict('alice')).toBe('passes');
        expect(await verdict('banned')).toBe('403 no_roles');
      },
    );
  });
});

// An auth_jwt.conf that is not of the release of auth_jwt.js: its $auth_jwt_policy joins other settings, or in another order.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import { createIssuer, ISSUER } from '../support/issuer.ts';
import { configure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

const CONF = readFileSync(`${ROOT}nginx/auth_jwt.conf`, 'utf8');

/** How $auth_jwt_policy of another release may look, and what comes of a token without a required role. */
const RELEASES = {
  'this one': [CONF, '403 no_roles'],
  'one before there was a mark': [CONF.replace(/"v1-\w+\\r/, '"'), '500 bad_configuration'],
  'one in another order': [
    CONF.replace(/v1-\w+/, 'v1-01234567').replace(
      '$auth_jwt_scopes\\r$auth_jwt_roles',
      '$auth_jwt_roles\\r$auth_jwt_scopes',
    ),
    '500 bad_configuration',
  ],
  'one without the setting': [
    CONF.replace('\\r$auth_jwt_roles\\r', '\\r'),
    '500 bad_configuration',
  ],
  'one without $auth_jwt_policy': [
    CONF.replace(/^map \$auth_jwt \$auth_jwt_policy \{[^}]*\}$/m, ''),
    '403 no_roles',
  ],
} as const;

test.each(
  RUNTIMES.flatMap((runtime) =>
    Object.entries(RELEASES).map(([name, release]) => ({ ...{ runtime, name, release } })),
  ),
)('$runtime.name: auth_jwt.conf of $name drops no required role', async (row) => {
  const { runtime, release } = row;
  const [conf, expected] = release;
  const issuer = await createIssuer(['ES256']);
  const settings = { key_file: '/keys.json', issuer: ISSUER, roles: 'admin' };
  const locations = runtime.doors.map((door) =>
    protect(door, { path: `/${door}/`, settings, inside: 'root /srv;' }),
  );
  const server = `server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
    ${locations.join('\n')} }`;
  await using nginx = await startNginx(
    runtime,
    configure(runtime, server).replace('/auth_jwt/auth_jwt.conf', '/release.conf'),
    { '/keys.json': JSON.stringify(issuer.jwks), '/etc/nginx/release.conf': conf },
  );
  const headers = bearer(await issuer.sign('ES256', { roles: ['user'] }));
  for (const door of runtime.doors) {
    for (let round = 0; round < 2; round += 1) {
      expect(verdictOf(await send(nginx, { path: `/${door}/`, headers }))).toBe(expected);
    }
  }
  if (expected === '500 bad_configuration') {
    await nginx.waitForLog(/auth_jwt.conf is of another version than auth_jwt.js; install both/);
  }
});

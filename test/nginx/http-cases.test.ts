import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sendRaw } from '../support/client.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';
import { mainJwks, readHttpCases } from '../support/vectors.ts';

const CASES = readHttpCases();
const SOURCES = [...new Set(CASES.map(({ setup }) => setup.source))];

/** What the cases call a source, in the words of the setting. */
const settingOf = (source: string) => source.replace(/^authorization$/, 'header:Authorization');

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;

  beforeAll(async () => {
    // Every source is a server of its own, for the cases name the path.
    const servers = runtime.doors.flatMap((door) =>
      SOURCES.map((source) => {
        const location = protect(door, {
          path: '/protected',
          settings: {
            '': 'api',
            key_file: '/keys.json',
            issuer: 'any',
            token_from: settingOf(source),
          },
          inside: 'default_type text/plain; alias /srv/index.html;',
        });
        return `server { listen 8080; server_name ${hostOf(door, source)};
          include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${location} }`;
      }),
    );
    nginx = await startNginx(runtime, configure(runtime, servers.join('\n')), {
      '/keys.json': mainJwks(),
      '/srv/index.html': 'PROTECTED',
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    test.each(CASES.map((each) => [each.id, each] as const))('%s', async (_, each) => {
      const { method, target, version, headers } = each.request;
      const begin = Date.now();
      const {
        status,
        headers: answered,
        body,
      } = await sendRaw(nginx, [
        `${method} ${target} HTTP/${version}`,
        `Host: ${hostOf(door, each.setup.source)}`,
        ...headers.map(([name, value]) => `${name}: ${value}`),
      ]);
      const { expect: expected } = each;
      expect(expected.status).toContain(status);
      if (status === 401) {
        expect(answered['www-authenticate']).toMatch(new RegExp(expected.www_authenticate ?? ''));
      }
      if (expected.www_authenticate_not) {
        expect(answered['www-authenticate']).not.toMatch(new RegExp(expected.www_authenticate_not));
      }
      if (status !== 200) {
        expect(body).not.toContain('PROTECTED');
      }
      expect(Date.now() - begin).toBeLessThan(expected.max_ms ?? 5000);
    });
  });

  test('there were as many as there are', () => {
    expect(CASES).toHaveLength(27);
  });
});

function hostOf(door: string, source: string): string {
  return `${door}-${source.replace(/\W/g, '-')}.example`.toLowerCase();
}

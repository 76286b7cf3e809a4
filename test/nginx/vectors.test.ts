import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { send, sendRaw } from '../support/client.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';
import { type Policy, readVectors, type Vector } from '../support/vectors.ts';

const DOOR_PATHS: Record<Door, string> = { validateJwt: '/validate/', enforceJwt: '/enforce/' };

const LIVE = ['rfc', 'third-party', 'attacks'] as const;
const VECTORS = LIVE.flatMap(readVectors).filter(({ live, layer }) => live && layer === 'jwt');

/** nginx reads no more of one header by default, whatever its value. */
const LARGEST_HEADER = 8000;

/** One location for all vectors: what a policy says comes with the request. */
const SETTINGS = {
  '': 'vectors',
  key_file: '/keys/$http_x_keys.json',
  issuer: '$http_x_issuer',
  audience: '$http_x_audience',
  algorithms: '$http_x_algorithms',
  typ: '$http_x_typ',
  leeway: '$http_x_leeway',
  require: '$http_x_require',
  require_exp: 'off',
};

const fileOf = (jwks: string) => createHash('sha256').update(jwks).digest('hex').slice(0, 16);

function headersOf({ token, jwks, policy }: Vector): Record<string, string> {
  const required = (policy.required ?? []).map((claim) => `jwt_claim_${claim}`);
  const optional = {
    'X-Audience': list(policy.audience),
    'X-Algorithms': list(policy.algorithms),
    'X-Typ': list(policy.typ),
    'X-Leeway': policy.leeway === undefined ? '' : `${policy.leeway}s`,
    'X-Require': list(required),
  };
  return {
    Authorization: `Bearer ${token}`,
    'X-Keys': fileOf(jwks),
    'X-Issuer': list(policy.issuer) || 'any',
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')),
  };
}

function list(value: Policy['issuer']): string {
  return value === undefined ? '' : [value].flat().join(' ');
}

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;
  let withEd25519 = false;

  beforeAll(async () => {
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: DOOR_PATHS[door],
        settings: SETTINGS,
        inside: 'default_type text/plain; alias /srv/;',
      }),
    );
    const http = `
      js_var $jwt_claim_tenant;
      server { listen 8080;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/srv/index.html': 'PROTECTED',
      ...Object.fromEntries(VECTORS.map(({ jwks }) => [`/keys/${fileOf(jwks)}.json`, jwks])),
    });
    const control = VECTORS.find(({ id }) => id === 'attacks/control/eddsa') as Vector;
    const headers = headersOf(control);
    withEd25519 = (await send(nginx, { path: '/validate/', headers })).status === 200;
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    test.each(VECTORS.map((vector) => [vector.id, vector] as const))('%s', async (_, vector) => {
      const { expect: expected, prefer, alg } = vector;
      if (/[^\x20-\x7e]/.test(vector.token)) {
        // No client sends this as a header; as bytes on the wire it must not pass either.
        const { Authorization, ...others } = headersOf(vector);
        const { status } = await sendRaw(nginx, [
          `GET ${DOOR_PATHS[door]} HTTP/1.1`,
          'Host: localhost',
          ...Object.entries(others).map(([name, value]) => `${name}: ${value}`),
          // Last, so that a line break in it cuts off no other header.
          `Authorization: ${Authorization}`,
        ]);
        expect([400, 401, ...(expected === 'invalid' ? [] : [200])]).toContain(status);
        return;
      }
      const { status, body } = await send(nginx, {
        path: DOOR_PATHS[door],
        headers: headersOf(vector),
      });
      if (vector.token.length > LARGEST_HEADER) {
        expect([400, 414, 431, 494]).toContain(status);
        return;
      }
      const verdict = status === 200 ? 'valid' : 'invalid';
      if (verdict === 'invalid') {
        expect(body).not.toContain('PROTECTED');
        // Only a key set that is none may be called a fault of the gateway.
        expect(status === 401 || (status === 500 && body.includes('cannot_parse'))).toBe(true);
      }
      if (!withEd25519 && (alg === 'EdDSA' || alg === 'Ed25519')) {
        expect(JSON.parse(body).reason).toBe('bad_algorithm');
      } else if (expected !== 'either') {
        expect(verdict).toBe(expected);
      } else if (prefer !== undefined) {
        expect(verdict).toBe(prefer);
      }
    });
  });

  test('there were as many as there are', () => {
    expect(VECTORS).toHaveLength(294);
  });
});

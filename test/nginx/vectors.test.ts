import { createHash } from 'node:crypto';
import http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, send, sendRaw } from '../support/client.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';
import { type Policy, readVectors, type Vector } from '../support/vectors.ts';

const DOOR_PATHS: Record<Door, string> = { validateJwt: '/validate/', enforceJwt: '/enforce/' };

const LIVE = ['rfc', 'third-party', 'attacks', 'own-attacks'] as const;
const VECTORS = LIVE.flatMap(readVectors).filter(
  // HTTP takes white space off the end of a field (RFC 9110, section 5.5): another token would arrive.
  ({ live, layer, token }) => live && layer === 'jwt' && !/\s$/.test(token),
);

/** Room for the longest token of them all, of 267181 characters: by default nginx reads 8k of one header. */
const HEADER_BUFFERS = '8 512k';

/** What no client sends in a header. A line that is folded or cut short is another request. */
const UNSENDABLE = /[^\x20-\x7e\t]/;

/** Requests under way at a time, for each of the doors. */
const CONNECTIONS = 8;

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

/** Sends a vector, as bytes where no client would. */
function ask(nginx: Nginx, path: string, vector: Vector, agent: http.Agent): Promise<Answer> {
  const { Authorization = '', ...others } = headersOf(vector);
  if (!UNSENDABLE.test(Authorization)) {
    return send(nginx, { path, headers: { Authorization, ...others }, agent });
  }
  return sendRaw(nginx, [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries(others).map(([name, value]) => `${name}: ${value}`),
    // Last, so that a line break in it cuts off no other header.
    `Authorization: ${Authorization}`,
  ]);
}

/** Sends them all, several at a time, and gives the answers by id. */
async function askAll(nginx: Nginx, path: string): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const left = [...VECTORS];
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const work = async () => {
    for (let vector = left.pop(); vector; vector = left.pop()) {
      answers.set(vector.id, await ask(nginx, path, vector, agent));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  agent.destroy();
  return answers;
}

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;
  let withEd25519 = false;
  const answers: Partial<Record<Door, Map<string, Answer>>> = {};

  beforeAll(async () => {
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: DOOR_PATHS[door],
        settings: SETTINGS,
        inside: 'default_type text/plain; alias /srv/;',
      }),
    );
    const text = `
      js_var $jwt_claim_tenant;
      server { listen 8080; keepalive_requests 100000; large_client_header_buffers ${HEADER_BUFFERS};
        add_header X-Told "$no_auth_reason/$no_auth_detail" always;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, text), {
      '/srv/index.html': 'PROTECTED',
      ...Object.fromEntries(VECTORS.map(({ jwks }) => [`/keys/${fileOf(jwks)}.json`, jwks])),
    });
    for (const door of runtime.doors) {
      answers[door] = await askAll(nginx, DOOR_PATHS[door]);
    }
    withEd25519 = answers.validateJwt?.get('attacks/control/eddsa')?.status === 200;
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  function answerTo(door: Door, id: string): Answer {
    const answer = answers[door]?.get(id);
    if (!answer) {
      throw new Error(`${id} has not been answered`);
    }
    return answer;
  }

  describe.each(runtime.doors)('%s', (door) => {
    test.each(VECTORS.map((vector) => [vector.id, vector] as const))('%s', (id, vector) => {
      const { status, headers, body } = answerTo(door, id);
      const { token, told, alg } = vector;
      expect(body === 'PROTECTED').toBe(status === 200);
      if (UNSENDABLE.test(token)) {
        expect([400, 401, ...(told === undefined ? [200] : [])]).toContain(status);
        return;
      }
      const isMissing = !withEd25519 && (alg === 'EdDSA' || alg === 'Ed25519');
      const wanted = isMissing ? { reason: 'bad_algorithm', detail: 'unavailable' } : told;
      expect(headers['x-told']).toBe(wanted ? `${wanted.reason}/${wanted.detail}` : '/');
      expect(status).toBe(statusOf(wanted?.reason));
    });
  });

  test('there were as many as there are', () => {
    expect(VECTORS).toHaveLength(1727);
    expect(runtime.doors.map((door) => answers[door]?.size)).toEqual(
      runtime.doors.map(() => VECTORS.length),
    );
  });

  test('no worker has gone, and nothing was unforeseen', () => {
    expect(nginx.log()).not.toMatch(/\[alert\]|exited on signal|unhandled|generic_error/);
  });
});

function statusOf(reason: string | undefined): number {
  if (reason === undefined) {
    return 200;
  }
  // Only a key set that is none may be called a fault of the gateway.
  return reason === 'cannot_parse' ? 500 : 401;
}

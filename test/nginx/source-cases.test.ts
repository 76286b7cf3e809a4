import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Answer, bearer, send } from '../support/client.ts';
import { type EchoServer, startEcho } from '../support/echo.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';
import { type SourceServer, startSourceServer } from '../support/source-server.ts';
import {
  mainJwks,
  readSourceCases,
  readVectors,
  type SourceCase,
  type SourceStep,
  tokenOf,
} from '../support/vectors.ts';

const CASES = readSourceCases();
const KIDS = readVectors('attacks').filter(({ id }) => id.startsWith('attacks/kid/unknown-'));

/** Where the key set of the file case stands, and what takes its place. */
const keyFile = (door: Door) => `/keys/${door}.json`;
const OTHER_FILE = '/keys/only-r2.json';

/** Path of the protected location of a case, and of its source. */
const pathOf = (door: Door, { id }: SourceCase) => `/${door}/${id.replace('jwks-source/', '')}`;

// The runtimes and doors wait at the same time, for some cases are nothing but waiting.
describe.concurrent.each(RUNTIMES)('$name', (runtime) => {
  let sources: SourceServer;
  let echo: EchoServer;
  let nginx: Nginx;

  beforeAll(async () => {
    const cases = runtime.doors.flatMap((door) =>
      CASES.map((each) => ({ door, each, path: pathOf(door, each) })),
    );
    sources = await startSourceServer(
      (path) => cases.find((each) => each.path === path)?.each.server,
    );
    echo = await startEcho();
    const locations = cases.map(({ door, each, path }) => {
      const source =
        each.server.file === undefined
          ? { key_request: `/_jwks${path}` }
          : { key_file: keyFile(door), key_cache: '1s' };
      const settings = { '': 'case', issuer: 'any', ...source };
      return `
        location = /_jwks${path} {
          include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
          proxy_pass ${sources.url}${path};
        }
        ${protect(door, { path, settings, inside: `proxy_pass ${echo.url};` })}`;
    });
    const http = `server { listen 8080;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf; ${locations.join('\n')} }`;
    const { keys } = JSON.parse(mainJwks()) as { keys: { kid?: string }[] };
    nginx = await startNginx(runtime, configure(runtime, http), {
      ...Object.fromEntries(runtime.doors.map((door) => [keyFile(door), mainJwks()])),
      [OTHER_FILE]: JSON.stringify({ keys: keys.filter(({ kid }) => kid === 'r2') }),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await sources?.[Symbol.asyncDispose]();
    await echo?.[Symbol.asyncDispose]();
  });
  beforeEach(({ onTestFailed }) => showLogOnFailure(() => nginx, onTestFailed));

  describe.concurrent.each(runtime.doors)('%s', (door) => {
    test.sequential.each(CASES.map((each) => [each.id, each] as const))(
      '%s',
      {
        timeout: 90_000,
      },
      async (_, each) => {
        const path = pathOf(door, each);
        let isSwapped = false;
        for (const step of each.steps) {
          if (step.swap) {
            await swapFiles(door);
            isSwapped = true;
          } else if (isSwapped) {
            // As documented: the file is read again after $auth_jwt_key_cache.
            await vi.waitFor(() => takeStep(path, step), { timeout: 5000, interval: 200 });
          } else {
            await takeStep(path, step);
          }
        }
      },
    );
  });

  async function takeStep(path: string, step: SourceStep): Promise<void> {
    const fetches = sources.fetches(path);
    const begin = Date.now();
    for (let count = 0; count < (step.repeat ?? 1); count += 1) {
      await askOnce(path, step, tokenIn(step, count));
    }
    const { total_max_ms, fetches_max } = step;
    expect(Date.now() - begin).toBeLessThan(total_max_ms ?? Number.POSITIVE_INFINITY);
    expect(sources.fetches(path) - fetches).toBeLessThanOrEqual(
      fetches_max ?? Number.POSITIVE_INFINITY,
    );
  }

  async function askOnce(path: string, step: SourceStep, token: string | undefined) {
    const { method = 'GET', body_length: length = 0, max_ms: timeout = 20_000 } = step;
    const body = 'x'.repeat(length);
    const headers = token === undefined ? {} : bearer(token);
    const answer = await send(nginx, { path, method, headers, body, timeout }).catch(noAnswer);
    expect(step.status).toContain(answer.status);
    if (answer.status === 200) {
      expect(JSON.parse(answer.body)).toMatchObject({ method, body });
    } else if (answer.status !== 0) {
      expect(JSON.parse(answer.body)).toMatchObject({ status: answer.status });
    }
  }

  /** In one step, so that no half of a file is read. */
  async function swapFiles(door: Door): Promise<void> {
    const output = await nginx.exec(
      `cp ${OTHER_FILE} /keys/new && mv /keys/new ${keyFile(door)} && nginx -c /etc/nginx/test.conf -s reload`,
    );
    expect(output).not.toMatch(/emerg|cannot/);
  }

  test.sequential('no worker has died, and nothing unforeseen happened', () => {
    expect(nginx.log()).not.toMatch(
      /\[alert\]|\[crit\]|\[emerg\]|on signal|unhandled|generic_error/,
    );
  });

  test.sequential('there were as many as there are', () => {
    expect(CASES).toHaveLength(11);
  });
});

function tokenIn({ token }: SourceStep, count: number): string | undefined {
  return token?.endsWith('*')
    ? KIDS[count % KIDS.length]?.token
    : token
      ? tokenOf(token)
      : undefined;
}

/** What the cases call a client that gives up: a key source that drips holds its answer. */
function noAnswer(error: Error): Answer {
  expect(error.message).toMatch(/no answer within/);
  return { status: 0, headers: {}, body: '' };
}

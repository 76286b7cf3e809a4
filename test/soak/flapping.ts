import http from 'node:http';
import { close, listen } from '../support/echo.ts';
import { HOST } from '../support/nginx.ts';

/** How a source fails while it is down: answers 503, takes the request and says nothing, or hangs up. */
const FAILURES = ['error', 'silence', 'drop'] as const;

/** Milliseconds: the first phase, in which it is up, then those in which it is down and up in turn. */
const FIRST_UP = 6000;
const DOWN = 7000;
const UP = 9000;

/**
 * Milliseconds until a change must have come through to a policy with `key_cache 1s` and `key_stale 0s`. Down:
 * the age of a set is counted in whole seconds. Up: a fetch that hangs ends after the 3 s of
 * auth_jwt_jwks.conf, then the source is left alone for a second; a lock whose client has gone lasts for one.
 */
const DOWN_IS_FELT = 2500;
const UP_IS_FELT = 5500;

/** Services behind the gateway: key sets that come and go, one that never comes, and introspection. */
export interface Flapping extends AsyncDisposable {
  /** For `proxy_pass` in a container. */
  readonly url: string;
  /** How often it has changed. */
  readonly changes: number;
  /** Begins to come and go. */
  start(): void;
  /**
   * What it was for a request, as far as a policy must have felt it; `undefined` where both verdicts are right.
   *
   * @param sent when the request was sent, in milliseconds
   */
  stateSince(sent: number): 'up' | 'down' | undefined;
}

/**
 * Starts it. `/keys/…` comes and goes, `/never` fails always, `/introspect` answers always.
 *
 * @param jwks the key set
 * @param introspect what is said of a token
 */
export async function startFlapping(
  jwks: object,
  introspect: (token: string) => object,
): Promise<Flapping> {
  const body = JSON.stringify(jwks);
  let phase = { isUp: true, from: 0, count: 0 };
  let timer: NodeJS.Timeout | undefined;

  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/introspect') {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', () => {
        const token = new URLSearchParams(text).get('token') ?? '';
        answer(response, 200, JSON.stringify(introspect(token)));
      });
      return;
    }
    request.resume();
    if (path === '/never') {
      answer(response, 503, 'never');
    } else if (phase.isUp) {
      answer(response, 200, body);
    } else {
      fail(FAILURES[((phase.count - 1) / 2) % FAILURES.length], response);
    }
  });
  const port = await listen(server);

  function change(): void {
    phase = { isUp: !phase.isUp, from: Date.now(), count: phase.count + 1 };
    timer = setTimeout(change, phase.isUp ? UP : DOWN);
  }

  return {
    url: `http://${HOST}:${port}`,
    get changes() {
      return phase.count;
    },
    start: () => {
      timer = setTimeout(change, FIRST_UP);
    },
    stateSince: (sent) => {
      const { isUp, from, count } = phase;
      const isFeltAfter = isUp ? UP_IS_FELT : DOWN_IS_FELT;
      if (count > 0 && sent < from + isFeltAfter) {
        return undefined;
      }
      return isUp ? 'up' : 'down';
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      await close(server);
    },
  };
}

function fail(how: (typeof FAILURES)[number] | undefined, response: http.ServerResponse): void {
  if (how === 'error') {
    answer(response, 503, 'down');
  } else if (how === 'drop') {
    response.destroy();
  }
}

function answer(response: http.ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(body);
}

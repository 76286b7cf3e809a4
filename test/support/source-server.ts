import http from 'node:http';
import { close, listen } from './echo.ts';
import { HOST } from './nginx.ts';
import { mainJwks, type SourceBehaviour } from './vectors.ts';

/** The key sources of `jwks-source.json`, each at a path of its own. */
export interface SourceServer extends AsyncDisposable {
  /** For `proxy_pass` in a container, without a path. */
  readonly url: string;
  /** How often a path has been asked for. */
  fetches(path: string): number;
}

/**
 * Starts the key sources, for containers to reach.
 *
 * @param behaviourOf how the source at a path behaves
 */
export async function startSourceServer(
  behaviourOf: (path: string) => SourceBehaviour | undefined,
): Promise<SourceServer> {
  const fetches = new Map<string, number>();
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    fetches.set(path, (fetches.get(path) ?? 0) + 1);
    behave(behaviourOf(path) ?? { status: 404, body: '' }, response);
  });
  const port = await listen(server);
  return {
    url: `http://${HOST}:${port}`,
    fetches: (path) => fetches.get(path) ?? 0,
    [Symbol.asyncDispose]: () => close(server),
  };
}

function behave(behaviour: SourceBehaviour, response: http.ServerResponse): void {
  if (behaviour.hang) {
    return;
  }
  const body = bodyOf(behaviour);
  setTimeout(() => {
    response.writeHead(behaviour.status ?? 200, {
      'Content-Length': body.length,
      ...behaviour.headers,
    });
    if (behaviour.reset_after !== undefined) {
      const sent = body.slice(0, behaviour.reset_after);
      response.write(sent, () => response.socket?.resetAndDestroy());
    } else if (behaviour.drip_ms !== undefined) {
      drip(body, behaviour.drip_ms, response);
    } else {
      response.end(body);
    }
  }, behaviour.delay_ms ?? 0);
}

function bodyOf({ body = '', body_repeat: repeated }: SourceBehaviour): string {
  if (repeated) {
    const [text, times] = repeated;
    return text.repeat(times);
  }
  return body === 'MAIN' ? mainJwks() : body;
}

/** Sends a byte at a time, until all are sent or nobody listens. */
function drip(body: string, milliseconds: number, response: http.ServerResponse): void {
  let sent = 0;
  response.flushHeaders();
  const timer = setInterval(() => {
    response.write(body.charAt(sent));
    sent += 1;
    if (sent === body.length) {
      response.end();
    }
  }, milliseconds);
  response.on('close', () => clearInterval(timer));
}

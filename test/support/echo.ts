import http from 'node:http';
import type https from 'node:https';
import type { AddressInfo } from 'node:net';
import { HOST } from './nginx.ts';

/** What reached the upstream. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  /** Names and values as they came, in turn. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** An upstream that answers with the request that it got. */
export interface EchoServer extends AsyncDisposable {
  /** For `proxy_pass` in a container. */
  readonly url: string;
  /** What has reached it so far. */
  readonly seen: readonly Echo[];
}

/**
 * Starts the upstream, for containers to reach.
 *
 * @param answer what it answers as JSON, where that is not the request
 */
export async function startEcho(answer?: object): Promise<EchoServer> {
  const seen: Echo[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, rawHeaders, headers } = request;
      const body = Buffer.concat(chunks).toString('latin1');
      const echo = { method, url, rawHeaders, headers, body } as Echo;
      seen.push(echo);
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(answer ?? echo));
    });
  });
  const port = await listen(server);
  return {
    url: `http://${HOST}:${port}`,
    seen,
    [Symbol.asyncDispose]: () => close(server),
  };
}

/**
 * Listens on a free port of every address: a container comes in through its bridge.
 *
 * @returns the port
 */
export async function listen(server: http.Server | https.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return (server.address() as AddressInfo).port;
}

/** Closes a server together with the connections that it still has. */
export async function close(server: http.Server | https.Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

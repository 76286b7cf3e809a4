import http from 'node:http';
import type { Nginx } from './nginx.ts';

/** What a test sends. */
export interface Request {
  readonly path: string;
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders | readonly string[];
  readonly body?: string | Buffer;
  /** Connections to reuse; by default each request has its own. */
  readonly agent?: http.Agent;
  /** Milliseconds until the client gives up. */
  readonly timeout?: number;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends one request.
 *
 * @param nginx where to
 * @param request what
 * @throws where no whole HTTP answer came
 */
export function send(nginx: Pick<Nginx, 'port'>, request: Request): Promise<Answer> {
  const { path, method = 'GET', headers = {}, body, agent, timeout = 20_000 } = request;
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      {
        host: '127.0.0.1',
        port: nginx.port,
        path,
        method,
        headers: headers as http.OutgoingHttpHeaders,
        agent: agent ?? false,
        timeout,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeout} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/**
 * Headers with a bearer token.
 *
 * @param token the token
 */
export function bearer(token: string): http.OutgoingHttpHeaders {
  return { Authorization: `Bearer ${token}` };
}

import http from 'node:http';
import net from 'node:net';
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

/**
 * What became of a request: `passes`, or status and reason of the refusal.
 *
 * @param answer an answer of a protected location with our `@auth_jwt_error`
 */
export function verdictOf({ status, body }: Answer): string {
  return status === 200 ? 'passes' : `${status} ${JSON.parse(body).reason}`;
}

/**
 * Sends a request that no HTTP client would send, byte by byte as it is.
 *
 * @param lines request line and headers, without those that end the connection
 * @param encoding how characters become bytes; `latin1` for bytes that are no UTF-8
 * @returns what came back; status 0 where the connection was closed without an answer
 */
export function sendRaw(
  nginx: Pick<Nginx, 'port'>,
  lines: readonly string[],
  encoding: BufferEncoding = 'utf8',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(nginx.port, '127.0.0.1');
    let text = '';
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(parseAnswer(text)));
    socket.write([...lines, 'Connection: close', '', ''].join('\r\n'), encoding);
  });
}

function parseAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
  });
  return {
    status: Number(/^HTTP\/1\.[01] (\d+)/.exec(first)?.[1] ?? 0),
    headers: Object.fromEntries(headers) as http.IncomingHttpHeaders,
    body: rest.join('\r\n\r\n'),
  };
}

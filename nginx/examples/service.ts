// What the services of the examples have in common: an HTTP server of Node in the words of a
// service.

import http from 'node:http';

/** A request, read to its end. */
export interface Call {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** An answer: text as it stands, anything else as JSON. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Bytes of a request body that are read; nobody logs in with more. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Serves on the loopback address: only nginx comes in. Prints that it listens, which the demo waits
 * for, and a line for each request, without its query, headers and body.
 *
 * @param name who is speaking, for the log
 * @param port where
 * @param answer the service; what it throws is answered with 500
 */
export function serve(
  name: string,
  port: number,
  answer: (call: Call) => Reply | Promise<Reply>,
): void {
  const server = http.createServer(async (request, response) => {
    const { status, body } = await read(request)
      .then((call) => (call === undefined ? TOO_LARGE : answer(call)))
      .catch((error: unknown) => {
        console.error(`${name}: ${error}`);
        return { status: 500, body: 'Internal error\n' };
      });
    const isText = typeof body === 'string';
    response.writeHead(status, { 'Content-Type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? body : `${JSON.stringify(body)}\n`);
    console.log(`${name}: ${request.method} ${request.url?.split('?')[0]} ${status}`);
  });
  server.listen(port, '127.0.0.1', () => console.log(`${name}: listening on 127.0.0.1:${port}`));
}

const TOO_LARGE: Reply = { status: 413, body: 'Too large\n' };

/** @returns the request, or `undefined` where its body is too large */
async function read(request: http.IncomingMessage): Promise<Call | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      return undefined;
    }
    chunks.push(chunk);
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  return {
    method: request.method ?? '',
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

/**
 * Reads an object of texts, such as `{"username": "…", "password": "…"}`.
 *
 * @param body text of a request
 * @param names the members wanted
 * @returns their values in that order, or `undefined` where it is something else
 */
export function readTexts(body: string, names: readonly string[]): string[] | undefined {
  try {
    const members = JSON.parse(body) as Record<string, unknown> | null;
    const values = names.map((name) => members?.[name]);
    return values.every((value) => typeof value === 'string') ? values : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The headers in which the gateway says who calls, as it set them; empty where it did not.
 *
 * @param call the request
 */
export function readCaller({ headers }: Call): { sub: string; email: string; role: string } {
  const text = (name: string) => String(headers[name] ?? '');
  return { sub: text('x-jwt-sub'), email: text('x-jwt-email'), role: text('x-jwt-role') };
}

import http from 'node:http';
import https from 'node:https';
import { gzipSync } from 'node:zlib';
import { close, listen } from './echo.ts';
import { HOST } from './nginx.ts';

/** How the key server answers. */
export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly body: string;
      readonly status?: number;
      readonly headers?: http.OutgoingHttpHeaders;
      delay?: number;
    }
  | { readonly kind: 'gzip'; readonly body: string }
  /** Takes the request and says nothing. */
  | { readonly kind: 'hang' }
  /** Sends the head and half of the body, then nothing. */
  | { readonly kind: 'stall'; readonly body: string }
  /** Announces more than it sends, and closes. */
  | { readonly kind: 'truncate'; readonly body: string }
  /** Closes the connection without a word. */
  | { readonly kind: 'drop' }
  /** Sends a byte now and then, and never closes before `seconds` are over. */
  | { readonly kind: 'drip'; readonly body: string; readonly seconds: number };

/** A key server that can be made to behave badly. */
export interface KeyServer extends AsyncDisposable {
  /** For `proxy_pass` in a container. */
  readonly url: string;
  readonly port: number;
  /** What it does from now on. */
  behaviour: Behaviour;
  /** What it does from now on where a path asks for something else. */
  readonly pages: Record<string, Behaviour | undefined>;
  /** The requests that came, in turn. */
  readonly requests: {
    readonly rawHeaders: readonly string[];
    readonly method: string;
    readonly path: string;
  }[];
}

/**
 * Starts a key server, for containers to reach.
 *
 * @param behaviour what it does at first
 * @param tls key and certificate in PEM, for https
 */
export async function startKeyServer(
  behaviour: Behaviour,
  tls?: { readonly key: string; readonly cert: string },
): Promise<KeyServer> {
  const answer: http.RequestListener = (request, response) => {
    const { rawHeaders, method = '', url: path = '' } = request;
    keyServer.requests.push({ rawHeaders, method, path });
    request.resume();
    behave(keyServer.pages[path] ?? keyServer.behaviour, response);
  };
  const server = tls
    ? https.createServer({ key: tls.key, cert: tls.cert }, answer)
    : http.createServer(answer);
  const port = await listen(server);
  const keyServer: KeyServer = {
    url: `${tls ? 'https' : 'http'}://${HOST}:${port}`,
    port,
    behaviour,
    pages: {},
    requests: [],
    [Symbol.asyncDispose]: () => close(server),
  };
  return keyServer;
}

function behave(behaviour: Behaviour, response: http.ServerResponse): void {
  switch (behaviour.kind) {
    case 'answer':
      setTimeout(() => {
        response.writeHead(behaviour.status ?? 200, {
          'Content-Type': 'application/json',
          ...behaviour.headers,
        });
        response.end(behaviour.body);
      }, behaviour.delay ?? 0);
      return;
    case 'gzip':
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      response.end(gzipSync(behaviour.body));
      return;
    case 'hang':
      return;
    case 'stall':
      response.writeHead(200, { 'Content-Length': behaviour.body.length });
      response.write(behaviour.body.slice(0, behaviour.body.length / 2));
      return;
    case 'truncate':
      response.writeHead(200, { 'Content-Length': behaviour.body.length });
      response.write(behaviour.body.slice(0, behaviour.body.length / 2), () => response.destroy());
      return;
    case 'drop':
      response.destroy();
      return;
    case 'drip':
      drip(behaviour, response);
  }
}

/** The whole key set comes at the end, so that a check that waited for it would let pass. */
function drip(
  { body, seconds }: Extract<Behaviour, { kind: 'drip' }>,
  response: http.ServerResponse,
): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  let left = seconds * 2;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) {
      response.write(' ');
    } else {
      clearInterval(timer);
      response.end(body);
    }
  }, 500);
  response.on('close', () => clearInterval(timer));
}

import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { AUDIENCE, ISSUER, now } from './issuer.ts';
import { HOST } from './nginx.ts';

/** What the endpoint says of a token, or how it fails. */
export type Reaction =
  /** Answers with a status and JSON, or a text as latin1. */
  | {
      readonly body: unknown;
      readonly status?: number;
      readonly delay?: number;
      readonly isGzip?: boolean;
    }
  /** Takes the request and says nothing; sends half of the answer, then nothing; or half of it, and closes. */
  | 'hang'
  /** Vouches for everybody, and sends spaces for ten seconds before it does. */
  | 'drip'
  | 'stall'
  | 'truncate'
  /** Closes the connection without a word. */
  | 'drop';

/** An introspection endpoint that sees each byte that it is sent. */
export interface IntrospectionServer extends AsyncDisposable {
  /** For `proxy_pass` in a container. */
  readonly url: string;
  /** What it says of tokens. Of others it says that they are not active. */
  readonly tokens: Record<string, Reaction | undefined>;
  /** The requests that came, byte by byte as latin1, in turn. */
  readonly raw: readonly string[];
  /** How often it has been asked of a token. */
  asked(token: string): number;
}

/** Starts an endpoint, for containers to reach. */
export async function startIntrospectionServer(): Promise<IntrospectionServer> {
  const raw: string[] = [];
  const tokens: Record<string, Reaction | undefined> = {};
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let text = '';
    let wasAnswered = false;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (wasAnswered) {
        // Bytes beyond the announced length: the test that looks at them must see them.
        raw[raw.length - 1] += chunk;
      } else if (isWhole(text)) {
        wasAnswered = true;
        raw.push(text);
        react(tokens[tokenIn(text)] ?? { body: { active: false } }, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {
    url: `http://${HOST}:${(server.address() as net.AddressInfo).port}`,
    tokens,
    raw,
    asked: (token) => raw.filter((text) => tokenIn(text) === token).length,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether the body has the length that the head announces; without one it is taken to be empty. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0;
  return end >= 0 && text.length >= end + 4 + Number(length);
}

function tokenIn(text: string): string {
  return new URLSearchParams(text.split('\r\n\r\n')[1]).get('token') ?? '';
}

function react(reaction: Reaction, socket: net.Socket): void {
  if (reaction === 'hang') {
    return;
  }
  if (reaction === 'drip') {
    drip(socket);
    return;
  }
  if (reaction === 'drop') {
    socket.destroy();
    return;
  }
  const {
    body,
    status = 200,
    delay = 0,
    isGzip = false,
  } = typeof reaction === 'string' ? { body: { active: true, sub: 'x'.repeat(200) } } : reaction;
  // A text is bytes, so that there may be some that are no UTF-8.
  const text =
    typeof body === 'string' ? Buffer.from(body, 'latin1') : Buffer.from(JSON.stringify(body));
  const bytes = isGzip ? gzipSync(text) : text;
  const head = [
    `HTTP/1.1 ${status} Whatever`,
    'Content-Type: application/json',
    `Content-Length: ${bytes.length}`,
    'Connection: close',
    ...(isGzip ? ['Content-Encoding: gzip'] : []),
  ];
  const answer = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
  const half = answer.subarray(0, answer.length - Math.ceil(bytes.length / 2));
  if (reaction === 'stall') {
    socket.write(half);
  } else if (reaction === 'truncate') {
    socket.write(half, () => socket.destroy());
  } else {
    setTimeout(() => socket.end(answer), delay);
  }
}

/** What a check would let pass that waited for it comes at the end. */
function drip(socket: net.Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n');
  const timer = setInterval(() => socket.write(' '), 500);
  const end = setTimeout(() => {
    clearInterval(timer);
    socket.end(JSON.stringify({ active: true, iss: ISSUER, aud: AUDIENCE, exp: now() + 60 }));
  }, 10_000);
  socket.on('close', () => {
    clearInterval(timer);
    clearTimeout(end);
  });
}

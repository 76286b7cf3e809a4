import net from 'node:net';
import type { Answer } from './client.ts';
import type { Nginx } from './nginx.ts';

/** The server closed a connection on which a request was waiting for its answer. */
export class ConnectionClosed extends Error {
  /**
   * Whether a client may send the request again (RFC 9112, section 9.3.1): the connection had served
   * others before, so its end may have crossed the request, and no byte of an answer came.
   */
  readonly isRetriable: boolean;

  constructor(isRetriable: boolean, text: string) {
    super(`connection closed ${isRetriable ? 'while idle' : `after "${text.slice(0, 80)}"`}`);
    this.isRetriable = isRetriable;
  }
}

/** One connection that is kept. Requests may be sent without waiting for the answers before. */
export interface Connection {
  /** Whether the server still takes requests on it. */
  readonly isOpen: boolean;
  /**
   * Sends a request and waits for its answer.
   *
   * @param request the whole text of it, as {@link get} makes one
   * @throws ConnectionClosed where the answer did not come, or not the whole of it
   */
  exchange(request: string): Promise<Answer>;
  /** Closes it from this side. */
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The text of a GET request.
 *
 * @param path its target
 * @param token the bearer token
 */
export function get(path: string, token: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
}

/**
 * Opens a connection that is far cheaper than `node:http`: for loads at which that one would be what
 * is measured. It reads answers with a Content-Length, as all of ours are.
 *
 * @param nginx where to
 */
export async function openConnection(nginx: Pick<Nginx, 'port'>): Promise<Connection> {
  const socket = net.connect({ port: nginx.port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return converse(socket);
}

/**
 * The same over a socket that is connected already, with or without TLS.
 *
 * @param socket the socket
 */
export function converse(socket: net.Socket): Connection {
  const waiting: Waiting[] = [];
  let text = '';
  let served = 0;
  let isOpen = true;

  function readAnswers(): void {
    let parsed = parseAnswer(text);
    while (parsed) {
      text = text.slice(parsed.length);
      served += 1;
      if (parsed.answer.headers.connection === 'close') {
        isOpen = false;
      }
      waiting.shift()?.resolve(parsed.answer);
      parsed = parseAnswer(text);
    }
  }

  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    try {
      readAnswers();
    } catch (error) {
      waiting.shift()?.reject(error as Error);
      socket.destroy();
    }
  });
  // What an error has to tell is told by the close that follows it.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    isOpen = false;
    for (const [index, { reject }] of waiting.splice(0).entries()) {
      const isUntouched = index > 0 || text === '';
      reject(new ConnectionClosed(served > 0 && isUntouched, text));
    }
  });
  return {
    get isOpen() {
      return isOpen;
    },
    exchange: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        // What is asked in one turn of the event loop goes out in one packet.
        if (socket.writableCorked === 0) {
          socket.cork();
          process.nextTick(() => socket.uncork());
        }
        socket.write(request, 'latin1');
        if (socket.destroyed) {
          waiting.splice(0);
          reject(new ConnectionClosed(served > 0, ''));
        }
      }),
    close: () => {
      isOpen = false;
      socket.destroy();
    },
  };
}

/** The first answer in a text, and how much of the text it is; `undefined` where it is not whole. */
function parseAnswer(text: string): { answer: Answer; length: number } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) {
    return undefined;
  }
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(': ');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2);
  }
  const length = end + 4 + Number(headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(length)) {
    throw new Error(`an answer without a Content-Length: ${first}`);
  }
  if (text.length < length) {
    return undefined;
  }
  return {
    answer: { status: Number(first.slice(9, 12)), headers, body: text.slice(end + 4, length) },
    length,
  };
}

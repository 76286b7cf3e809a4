import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { ConnectionClosed, converse, get } from '../support/connection.ts';

/** The answer to a request, as far as it is looked at. */
export interface Reply {
  readonly status: number;
  /** What the gateway says of who has come. */
  readonly who: string | undefined;
  readonly body: string;
}

/** One connection of a client. */
export interface Channel {
  /** Whether the server still takes requests on it. */
  readonly isOpen: boolean;
  /**
   * Sends a request and waits for the answer.
   *
   * @param path what is asked for
   * @param token bearer token; empty: none
   * @throws Unanswered where the connection ended before anything of an answer came
   */
  ask(path: string, token: string): Promise<Reply>;
  /** Sends a request and goes away without waiting: resets the stream, or the whole connection. */
  abandon(path: string, token: string, milliseconds: number): Promise<void>;
  close(): void;
}

/** The connection ended, and no byte of an answer had come: the request may be sent again. */
export class Unanswered extends Error {}

/** What the channels may speak. */
export const PROTOCOLS = ['http/1.1', 'http/1.1 over TLS', 'h2', 'h2 over TLS'] as const;

export type Protocol = (typeof PROTOCOLS)[number];

/** Where nginx listens. */
export interface Ports {
  readonly plain: number;
  readonly tls: number;
}

const HOST = '127.0.0.1';

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Opens a connection.
 *
 * @param protocol what to speak
 * @param ports where
 * @throws Unanswered where the server closed it again at once
 */
export async function openChannel(protocol: Protocol, ports: Ports): Promise<Channel> {
  try {
    switch (protocol) {
      case 'http/1.1':
        return await overHttp1(
          net.connect({ port: ports.plain, host: HOST, noDelay: true }),
          'connect',
        );
      case 'http/1.1 over TLS': {
        const options = { port: ports.tls, host: HOST, rejectUnauthorized: false };
        return await overHttp1(tls.connect(options), 'secureConnect');
      }
      case 'h2':
        return await overHttp2(http2.connect(`http://${HOST}:${ports.plain}`));
      case 'h2 over TLS':
        return await overHttp2(
          http2.connect(`https://${HOST}:${ports.tls}`, { rejectUnauthorized: false }),
        );
    }
  } catch (error) {
    throw new Unanswered(`not connected: ${error}`);
  }
}

async function overHttp1(socket: net.Socket, connected: string): Promise<Channel> {
  await once(socket, connected);
  socket.setNoDelay(true);
  const connection = converse(socket);
  const textOf = (path: string, token: string) =>
    token === '' ? `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n` : get(path, token);
  return {
    get isOpen() {
      return connection.isOpen;
    },
    ask: async (path, token) => {
      try {
        const { status, headers, body } = await connection.exchange(textOf(path, token));
        return { status, who: headers['x-who'] as string | undefined, body };
      } catch (error) {
        const isUntouched =
          error instanceof ConnectionClosed && / after ""$|idle$/.test(error.message);
        throw isUntouched ? new Unanswered(error.message) : error;
      }
    },
    abandon: async (path, token, milliseconds) => {
      connection.exchange(textOf(path, token)).catch(() => undefined);
      await sleep(milliseconds);
      connection.close();
    },
    close: () => connection.close(),
  };
}

async function overHttp2(session: http2.ClientHttp2Session): Promise<Channel> {
  let isOpen = true;
  const end = () => {
    isOpen = false;
  };
  await once(session, 'connect');
  // What an error has to tell is told by the streams that it ends.
  session.on('error', end);
  session.on('goaway', () => {
    end();
    session.close();
  });
  session.on('close', end);

  function request(path: string, token: string): http2.ClientHttp2Stream {
    try {
      return session.request({
        ':path': path,
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      });
    } catch (error) {
      end();
      throw new Unanswered(String(error));
    }
  }

  return {
    get isOpen() {
      return isOpen;
    },
    ask: (path, token) =>
      new Promise<Reply>((resolve, reject) => {
        const stream = request(path, token);
        let headers: http2.IncomingHttpHeaders | undefined;
        let body = '';
        let isWhole = false;
        let cause = 'closed';
        stream.setEncoding('utf8');
        stream.on('response', (incoming) => {
          headers = incoming;
        });
        stream.on('data', (chunk: string) => {
          body += chunk;
        });
        stream.on('end', () => {
          isWhole = true;
        });
        stream.on('error', (error) => {
          cause = String(error);
        });
        stream.on('close', () => {
          const status = Number(headers?.[':status'] ?? 0);
          if (headers === undefined) {
            reject(new Unanswered(`${cause}, code ${stream.rstCode}`));
          } else if (isWhole && stream.rstCode === 0) {
            resolve({ status, who: headers['x-who'] as string | undefined, body });
          } else {
            reject(new Error(`answer ${status} cut off: ${cause}, code ${stream.rstCode}`));
          }
        });
        stream.end();
      }),
    abandon: async (path, token, milliseconds) => {
      const stream = request(path, token);
      stream.on('error', () => undefined);
      // Node keeps a stream, and so the session, that has data which nobody reads.
      stream.resume();
      stream.end();
      await sleep(milliseconds);
      stream.close(http2.constants.NGHTTP2_CANCEL);
      // Now the stream alone, now all of them.
      if (Math.random() < 0.5) {
        end();
        session.destroy();
      }
    },
    close: () => {
      end();
      session.close();
    },
  };
}

import http2 from 'node:http2';
import type { Nginx } from '../support/nginx.ts';

/** What clients of an attack do. */
export interface Attack {
  /** Where they go to, in turn. */
  readonly paths: readonly string[];
  /** The token of the next request. */
  token(): string;
  /** Requests in a second, of all of them. */
  readonly rate: number;
  /** Milliseconds after which a client closes its stream, at random up to twice that; absent: it waits for the answer. */
  readonly patience?: number;
}

/** An attack that is under way. */
export interface RunningAttack {
  /** Requests so far. */
  readonly sent: number;
  /** Answers so far, by status. */
  readonly answers: Readonly<Record<number, number>>;
  /** Ends it, when the answers that are still to come have come. */
  stop(): Promise<void>;
}

const CONNECTIONS = 8;
const TICK_MS = 10;

/**
 * Sends requests over a few HTTP/2 connections, at a steady rate and whatever becomes of them.
 *
 * @param nginx where to
 * @param attack what they do
 */
export function attack({ port }: Pick<Nginx, 'port'>, attack: Attack): RunningAttack {
  const sessions = Array.from({ length: CONNECTIONS }, () => connect(port));
  const open = new Set<Promise<void>>();
  const answers: Record<number, number> = {};
  let sent = 0;
  let owed = 0;

  function sendOne(): void {
    const at = sent % CONNECTIONS;
    const session = usable(sessions[at] as http2.ClientHttp2Session) ?? connect(port);
    sessions[at] = session;
    const path = attack.paths[sent % attack.paths.length];
    sent += 1;
    const stream = session.request({ ':path': path, authorization: `Bearer ${attack.token()}` });
    stream.on('error', () => undefined);
    stream.on('response', ({ ':status': status = 0 }) => {
      answers[status] = (answers[status] ?? 0) + 1;
    });
    stream.resume();
    if (attack.patience !== undefined) {
      const delay = 2 * attack.patience * Math.random();
      setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), delay);
    }
    const closed = new Promise<void>((resolve) => {
      stream.once('close', resolve);
    });
    open.add(closed);
    void closed.then(() => open.delete(closed));
  }

  const begin = Date.now();
  const timer = setInterval(() => {
    owed = (attack.rate * (Date.now() - begin)) / 1000 - sent;
    // What a slow machine is behind with it does not make up for at once.
    for (let count = Math.min(owed, attack.rate / 10); count >= 1; count -= 1) {
      sendOne();
    }
  }, TICK_MS);
  return {
    get sent() {
      return sent;
    },
    answers,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      for (const session of sessions) {
        session.destroy();
      }
    },
  };
}

function connect(port: number): http2.ClientHttp2Session {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  return session;
}

function usable(session: http2.ClientHttp2Session): http2.ClientHttp2Session | undefined {
  return session.destroyed || session.closed ? undefined : session;
}

import type { Answer } from './client.ts';
import { type Connection, ConnectionClosed, openConnection } from './connection.ts';
import type { Nginx } from './nginx.ts';

/** What a client asks, and the answer that is right. */
export interface Question {
  /** The whole text of the request. */
  readonly request: string;
  readonly status: number;
  /** What stands in the body. */
  readonly body: string;
}

/** How a client goes about it. */
export interface Habits {
  /** Whether it keeps its connection while the server does, or opens one for each request. */
  readonly keepsConnection: boolean;
  /** Milliseconds between an answer and the next request. */
  readonly pause: number;
}

/** What clients have met. */
export interface Record {
  /** Right answers. */
  answered: number;
  /** Requests that were sent again because the server had closed the idle connection meanwhile. */
  resent: number;
  /** Everything else: wrong answers, answers cut off, connections that failed. */
  readonly failures: string[];
}

/**
 * Asks one question after another, as an HTTP client does: a request on a connection that the server
 * was just closing is sent again on a new one, once.
 *
 * @param nginx who is asked
 * @param ask the next question; `undefined` ends it
 * @param habits how
 * @param record where to write what happens
 */
export async function runClient(
  nginx: Pick<Nginx, 'port'>,
  ask: () => Promise<Question | undefined>,
  { keepsConnection, pause }: Habits,
  record: Record,
): Promise<void> {
  let connection: Connection | undefined;
  for (let question = await ask(); question; question = await ask()) {
    try {
      connection = connection?.isOpen ? connection : await openConnection(nginx);
      const answer = await exchange(question.request);
      judge(question, answer);
    } catch (error) {
      record.failures.push(`${question.request.split('\r\n')[0]}: ${error}`);
    }
    if (!keepsConnection) {
      connection?.close();
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  connection?.close();

  async function exchange(request: string): Promise<Answer> {
    try {
      return await (connection as Connection).exchange(request);
    } catch (error) {
      if (!(error instanceof ConnectionClosed && error.isRetriable)) {
        throw error;
      }
      record.resent += 1;
      connection = await openConnection(nginx);
      return connection.exchange(request);
    }
  }

  function judge(question: Question, answer: Answer): void {
    if (answer.status === question.status && answer.body.includes(question.body)) {
      record.answered += 1;
    } else {
      record.failures.push(`not ${question.status} but ${answer.status} ${answer.body}`);
    }
  }
}

import { type Channel, openChannel, type Ports, type Protocol, Unanswered } from './channel.ts';
import type { Question } from './questions.ts';
import { verdictOf } from './questions.ts';

/** What the clients have met, all together. */
export interface Tally {
  /** Requests with the right answer, by protocol and by kind. */
  readonly protocols: Record<string, number>;
  readonly kinds: Record<string, number>;
  /** Right answers, by verdict, without names. */
  readonly verdicts: Record<string, number>;
  /** Right answers where two would have been right, for the truth changed just then. */
  undecided: number;
  /** Requests that the client did not wait for. */
  aborted: number;
  /** Requests that were sent again, for the connection ended before an answer. */
  resent: number;
  /** Everything else. */
  readonly faults: string[];
}

/** Nothing yet. */
export function emptyTally(): Tally {
  return {
    ...{ protocols: {}, kinds: {}, verdicts: {}, faults: [] },
    ...{ undecided: 0, aborted: 0, resent: 0 },
  };
}

/** One client with one connection. */
export interface Habits {
  readonly protocol: Protocol;
  readonly ports: Ports;
  /** Greatest pause between an answer and the next request, in milliseconds. */
  readonly pause: number;
  /** The share of requests that it does not wait for. */
  readonly aborts: number;
  /** The next question; `undefined` ends it. */
  next(): Promise<Question | undefined>;
  /** Whether the server may have closed a connection since: it has been told to reload. */
  mayHaveClosed(since: number): boolean;
  /** Told how long a question took that waits for nobody, in milliseconds. */
  noteDelay(milliseconds: number): void;
  /** Whether the sources were held up since then, or so shortly before that it is still felt. */
  wereSourcesHeldUp(since: number): boolean;
}

/** Longest wait for an answer, in milliseconds. */
const PATIENCE = 20_000;

/** How often a request is sent again: nginx may reload twice. */
const ATTEMPTS = 4;

/** Faults that are written down; a server that is gone would make millions. */
const MAX_FAULTS = 200;

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Asks on and on.
 *
 * @param habits how
 * @param tally where to write what happens
 */
export async function runClient(habits: Habits, tally: Tally): Promise<void> {
  let channel: Channel | undefined;

  async function open(): Promise<Channel> {
    channel = channel?.isOpen ? channel : await openChannel(habits.protocol, habits.ports);
    return channel;
  }

  /** Sends it, and again where the server has closed the connection before it answered. */
  async function insist(question: Question): Promise<void> {
    const begin = Date.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const connection = await open();
        const sent = Date.now();
        const reply = await withinPatience(connection.ask(question.path, question.token));
        judge(question, sent, verdictOf(reply.status, reply.who, reply.body));
        return;
      } catch (error) {
        channel?.close();
        channel = undefined;
        const isExcused = error instanceof Unanswered && habits.mayHaveClosed(begin);
        if (!isExcused || attempt === ATTEMPTS) {
          throw error;
        }
        tally.resent += 1;
      }
    }
  }

  function judge(question: Question, sent: number, verdict: string): void {
    const { kind, whenHeldUp } = question;
    const answered = Date.now();
    const expected = [...question.expect(sent, answered)];
    if (question.isQuick) {
      habits.noteDelay(answered - sent);
    }
    if (whenHeldUp !== undefined && habits.wereSourcesHeldUp(sent)) {
      expected.push(whenHeldUp);
    }
    if (!expected.includes(verdict)) {
      throw new Error(`${kind}: not "${expected.join('" or "')}" but "${verdict}"`);
    }
    count(tally.kinds, kind);
    count(tally.protocols, habits.protocol);
    count(tally.verdicts, verdict.startsWith('passes') ? 'passes' : verdict);
    tally.undecided += expected.length > 1 ? 1 : 0;
  }

  async function abandon(question: Question): Promise<void> {
    try {
      const connection = await open();
      await connection.abandon(question.path, question.token, Math.random() * 30);
      tally.aborted += 1;
    } catch (error) {
      channel = undefined;
      if (!(error instanceof Unanswered)) {
        throw error;
      }
    }
  }

  for (let question = await habits.next(); question; question = await habits.next()) {
    try {
      await (Math.random() < habits.aborts ? abandon(question) : insist(question));
    } catch (error) {
      if (tally.faults.length < MAX_FAULTS) {
        tally.faults.push(`${habits.protocol} ${question.path}: ${(error as Error).message}`);
      }
    }
    await pause(Math.random() * habits.pause);
  }
  channel?.close();
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

async function withinPatience<Value>(answer: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

import { reasons } from '../reasons.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { Log } from './log.ts';
import { warnOnce } from './warn-once.ts';

/**
 * Tells the error log of a refusal. An explanation is for the operator, who can mend what it tells.
 * Without one a refusal is everyday, or has been told already. What a client can bring about as often as it likes is
 * told aloud once.
 *
 * @param log where to
 * @param refusal what to tell
 */
export function report(log: Log, refusal: Refusal): void {
  const { reason, detail, explanation } = refusal;
  const message = printable(`auth_jwt: ${reason}: ${explanation || detail}`);
  if (explanation === '') {
    log.log(message);
  } else if (reasons()[reason].status === 500 && !refusal.isOfClient) {
    log.error(message);
  } else {
    log.log(message);
    warnOnce(log, printable(`${reason}: ${explanation}`));
  }
}

/**
 * Makes a refusal of whatever was thrown. What nobody has foreseen may quote the input in its message, so only
 * the kind of the error is told.
 *
 * @param thrown what was thrown
 */
export function toRefusal(thrown: unknown): Refusal {
  if (isRefusal(thrown)) {
    return thrown;
  }
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return refuse('generic_error', '', `unforeseen ${name}`);
}

/** A setting may come from a request: one line, and not a long one. */
function printable(message: string): string {
  return message.slice(0, 500).replace(/[^\x20-\x7e]/g, '?');
}

import type { NginxRequest } from '../nginx.ts';
import { REASONS } from '../reasons.ts';
import type { Refusal } from '../refusal.ts';

/**
 * Writes a refusal to the error log. An explanation is for the operator, who can mend what it tells:
 * `error` where the gateway is at fault, else `warn`. Without one a refusal is everyday, or has been told
 * already: `info`.
 *
 * @param r the request
 * @param refusal what to tell
 */
export function report(r: NginxRequest, { reason, detail, explanation }: Refusal): void {
  const message = printable(`auth_jwt: ${reason}: ${explanation || detail}`);
  if (explanation === '') {
    r.log(message);
  } else if (REASONS[reason].status === 500) {
    r.error(message);
  } else {
    r.warn(message);
  }
}

/** A setting may come from a request: one line, and not a long one. */
function printable(message: string): string {
  return message.replace(/[^\x20-\x7e]/g, '?').slice(0, 500);
}

import { describeProblem } from '../answer/problem.ts';
import { isLoginFault } from '../issuing/login-fault.ts';
import type { NginxRequest } from '../nginx.ts';
import { report, toRefusal } from './report.ts';
import { requestHeader } from './request-header.ts';

/**
 * Answers a request that a `js_content` handler cannot serve: 502 where the login service is to blame,
 * else 500. The cause goes to the error log and no further.
 *
 * @param r the request
 * @param thrown what was thrown
 */
export function fail(r: NginxRequest, thrown: unknown): void {
  const refusal = toRefusal(thrown);
  report(r, refusal);
  const status = isLoginFault(refusal) ? 502 : 500;
  const { contentType, body } = describeProblem(
    refusal.reason,
    requestHeader(r, 'Accept') ?? '',
    status,
  );
  r.headersOut['Cache-Control'] = 'no-store';
  r.headersOut['Content-Type'] = contentType;
  r.return(status, body);
}

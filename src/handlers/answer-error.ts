import { describeProblem } from '../answer/problem.ts';
import type { NginxRequest } from '../nginx.ts';
import { isNoAuthReason, reasons } from '../reasons.ts';

/**
 * `js_content` of the location that `error_page` names: status, body and `WWW-Authenticate` for
 * `$no_auth_reason`. A request that comes without a reason, because another module refused it, is
 * answered as `generic_error`.
 *
 * @param r the request, redirected by `error_page … = @auth_jwt_error`
 */
export function answerError(r: NginxRequest): void {
  const value = r.variables.no_auth_reason ?? '';
  const reason = isNoAuthReason(value) ? value : 'generic_error';
  const { contentType, body } = describeProblem(reason, r.headersIn.Accept ?? '');
  const challenge = r.variables.auth_jwt_challenge ?? '';
  r.headersOut['Content-Type'] = contentType;
  r.headersOut['Cache-Control'] = 'no-store';
  if (challenge !== '') {
    r.headersOut['WWW-Authenticate'] = challenge;
  }
  r.return(reasons()[reason].status, body);
}

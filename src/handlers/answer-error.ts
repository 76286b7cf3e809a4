import { loginUrl } from '../answer/login.ts';
import { describeProblem } from '../answer/problem.ts';
import type { NginxRequest } from '../nginx.ts';
import { isNoAuthReason, reasons } from '../reasons.ts';
import { requestHeader } from './request-header.ts';

/**
 * `js_content` of the location that `error_page` names: status, body and `WWW-Authenticate` for
 * `$no_auth_reason`. A request that comes without a reason, because another module refused it, is
 * answered as `generic_error`. A browser is sent to `$auth_jwt_login_url`, where there is one.
 *
 * @param r the request, redirected by `error_page … = @auth_jwt_error`
 */
export function answerError(r: NginxRequest): void {
  const value = r.variables.no_auth_reason ?? '';
  const reason = isNoAuthReason(value) ? value : 'generic_error';
  const accept = requestHeader(r, 'Accept') ?? '';
  r.headersOut['Cache-Control'] = 'no-store';
  const login = loginUrl(reason, r.variables, accept);
  if (login !== '') {
    r.return(302, login);
    return;
  }
  const { contentType, body } = describeProblem(reason, accept);
  const challenge = r.variables.auth_jwt_challenge ?? '';
  r.headersOut['Content-Type'] = contentType;
  if (challenge !== '') {
    r.headersOut['WWW-Authenticate'] = challenge;
  }
  r.return(reasons()[reason].status, body);
}

import { loginUrl } from '../answer/login.ts';
import { describeProblem } from '../answer/problem.ts';
import type { NginxRequest } from '../nginx.ts';
import { isNoAuthReason, type NoAuthReason, reasons } from '../reasons.ts';
import { requestHeader } from './request-header.ts';

// The answer to a refused request, in the parts that a location needs which answers by `return`: nginx then reads no
// body, and runs no access check that the location inherits.

/**
 * `js_set` of `$jwt_login_location`: where a browser is sent to log in, empty where the request is answered with a body.
 *
 * @param r the request, redirected by `error_page … = @auth_jwt_error`
 */
export function loginLocation(r: NginxRequest): string {
  return loginUrl(reasonOf(r), r.variables, acceptOf(r));
}

/**
 * `js_set` of `$jwt_error_body`: problem+json, or plain JSON for a client that asks for `application/json`.
 *
 * @param r as of {@link loginLocation}
 */
export function errorBody(r: NginxRequest): string {
  return describeProblem(reasonOf(r), acceptOf(r)).body;
}

/**
 * `js_header_filter` of the same location: `Cache-Control`, and for an answer with a body its `Content-Type`,
 * `WWW-Authenticate` and `Retry-After`.
 *
 * @param r as of {@link loginLocation}, with its status
 */
export function errorHeaders(r: NginxRequest): void {
  const { headersOut } = r;
  headersOut['Cache-Control'] = 'no-store';
  if (r.status === 302) {
    return;
  }
  const reason = reasonOf(r);
  const challenge = r.variables.auth_jwt_challenge ?? '';
  const { retryAfter } = reasons()[reason];
  headersOut['Content-Type'] = describeProblem(reason, acceptOf(r)).contentType;
  if (challenge !== '') {
    headersOut['WWW-Authenticate'] = challenge;
  }
  if (retryAfter !== 0) {
    headersOut['Retry-After'] = String(retryAfter);
  }
}

/**
 * `js_content` that sends the same answer, for locations that cannot `return`. nginx reads the body of the request first.
 *
 * @param r as of {@link loginLocation}
 */
export function answerError(r: NginxRequest): void {
  const location = loginLocation(r);
  r.status = location === '' ? reasons()[reasonOf(r)].status : 302;
  errorHeaders(r);
  r.return(r.status, location === '' ? errorBody(r) : location);
}

/** A request without a reason was refused by another module. */
function reasonOf(r: NginxRequest): NoAuthReason {
  const value = r.variables.no_auth_reason ?? '';
  return isNoAuthReason(value) ? value : 'generic_error';
}

function acceptOf(r: NginxRequest): string {
  return requestHeader(r, 'Accept') ?? '';
}

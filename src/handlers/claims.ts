import { claimsJson } from '../answer/results.ts';
import type { NginxRequest } from '../nginx.ts';

/**
 * `js_set` of `$jwt_claims`: all claims as JSON, once the request has been let pass, else empty.
 *
 * @param r any request
 * @see https://nginx.org/en/docs/http/ngx_http_js_module.html#js_set
 */
export function claims(r: NginxRequest): string {
  return claimsJson(r.variables);
}

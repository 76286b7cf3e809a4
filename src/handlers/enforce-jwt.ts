import type { NginxRequest } from '../nginx.ts';
import { type Door, guard } from './door.ts';

const DOOR: Door = {
  allow: () => undefined,
  // Without a body, so that nginx runs the error_page of the location.
  deny: (r, status) => r.return(status),
};

/**
 * `js_access` of a protected location (njs 0.9.9 or later): falls silent to let the request pass,
 * else refuses it with 401, 403 or 500 and the cause in `$no_auth_reason`.
 *
 * @param r the request
 * @see https://nginx.org/en/docs/http/ngx_http_js_module.html#js_access
 */
export function enforceJwt(r: NginxRequest): Promise<void> | undefined {
  return guard(r, DOOR);
}

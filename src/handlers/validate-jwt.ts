import type { NginxRequest } from '../nginx.ts';
import { type Door, guard } from './door.ts';

const DOOR: Door = {
  allow: (r) => r.return(204),
  deny: (r, status) => {
    try {
      r.return(status);
    } catch (_error) {
      // The client has gone. nginx answers 500 in our place, and nothing needs to be logged.
    }
  },
};

/**
 * `js_content` of an internal location that `auth_request` names: answers 204 to let the request
 * pass, else 401, 403 or 500 with the cause in `$no_auth_reason`.
 *
 * @param r the subrequest of `auth_request`
 * @see https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
 */
export function validateJwt(r: NginxRequest): Promise<void> | undefined {
  return guard(r, DOOR);
}

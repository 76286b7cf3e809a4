import type { NginxRequest } from '../nginx.ts';
import { type Door, guard } from './door.ts';

const DOOR: Door = {
  allow: (r) => r.return(204),
  // nginx sends an answer that has a body as it is. For one without, it runs the error_page of server {} or http {},
  // whose 200 would let the request pass.
  deny: (r, status, reason) => {
    try {
      r.return(status, reason);
    } catch (_error) {
      // The client has gone. nginx answers 500 in our place, and no client can fill the log.
    }
  },
};

/**
 * `js_content` of an internal location that `auth_request` names: answers 204 to let the request
 * pass, else 401, 403 or 500 with the cause in `$no_auth_reason` and in the body.
 *
 * @param r the subrequest of `auth_request`
 * @see https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
 */
export function validateJwt(r: NginxRequest): Promise<void> | undefined {
  return guard(r, DOOR);
}

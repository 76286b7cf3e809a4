import { redactUri } from '../answer/redact.ts';
import type { NginxRequest } from '../nginx.ts';

/**
 * `js_set` of `$jwt_redacted_uri`: `$request_uri` without the arguments that hold tokens, for
 * `log_format` and `proxy_pass`.
 *
 * @param r the request
 */
export function redactedUri(r: NginxRequest): string {
  const { request_uri, auth_jwt_token_from } = r.variables;
  return redactUri(request_uri ?? '', auth_jwt_token_from ?? '');
}

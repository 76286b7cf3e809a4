import { redactUri } from '../answer/redact.ts';
import type { NginxRequest } from '../nginx.ts';

/**
 * `js_set` of `$jwt_redacted_uri`: `$request_uri` without the arguments that hold tokens, for `log_format`.
 *
 * @param r the request
 */
export function redactedUri(r: NginxRequest): string {
  const { request_uri, auth_jwt_token_from } = r.variables;
  return redactUri(request_uri ?? '', auth_jwt_token_from ?? '');
}

/**
 * `js_set` of `$jwt_redacted_args`: the same arguments without the path, for `set $args`. nginx then builds the path for
 * the upstream itself, from the one by which it has chosen the location.
 *
 * @param r the request
 */
export function redactedArgs(r: NginxRequest): string {
  const uri = redactedUri(r);
  const mark = uri.indexOf('?');
  return mark < 0 ? '' : uri.slice(mark + 1);
}

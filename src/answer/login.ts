import type { NginxVariables } from '../nginx.ts';
import { type NoAuthReason, reasons } from '../reasons.ts';
import { prefersHtml } from './problem.ts';
import { redactUri } from './redact.ts';

/**
 * Where a browser is sent to log in, with the way back in `return_url`: a path of this server with its
 * arguments, never another host, and without the arguments that hold a token.
 *
 * @param reason why the request is refused
 * @param variables the variables of the request: `$auth_jwt_login_url` and what the client asked for
 * @param accept the client's `Accept` header, empty where it sent none
 * @returns the URL; empty where the refusal is answered in words: without a login page, for a fault of
 * the gateway or a lack of rights, for a client that wants no HTML, and for a request that cannot be
 * made again by following a link
 */
export function loginUrl(reason: NoAuthReason, variables: NginxVariables, accept: string): string {
  const url = (variables.auth_jwt_login_url ?? '').trim();
  const method = variables.request_method;
  const mayLogIn = reasons()[reason].status === 401 && (method === 'GET' || method === 'HEAD');
  if (url === '' || !mayLogIn || !prefersHtml(accept)) {
    return '';
  }
  const whole = variables.request_uri ?? '';
  // Written into the URL it would be longer than most servers read.
  const uri = whole.length > MAX_BACK ? (whole.split('?', 1)[0] as string) : whole;
  const back = LOCAL_PATH.test(uri) ? redactUri(uri, variables.auth_jwt_token_from ?? '') : '/';
  return `${url}${url.indexOf('?') < 0 ? '?' : '&'}return_url=${encode(back)}`;
}

/** Bytes that are no UTF-8 may have become halves of characters, and those cannot be encoded. */
function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (_error) {
    return encodeURIComponent('/');
  }
}

/** Longest path with arguments that is the way back, in characters; of a longer one the arguments are left out. */
const MAX_BACK = 4096;

/** `//host` and `/\host` are other hosts to a browser. */
const LOCAL_PATH = /^\/(?![/\\])/;

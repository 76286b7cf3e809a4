import { loginFault } from '../issuing/login-fault.ts';
import type { NginxReply, NginxRequest } from '../nginx.ts';

/** Headers that a client needs to try again. Cookies and the rest are between gateway and service. */
const HEADERS = ['Content-Type', 'WWW-Authenticate', 'Retry-After'] as const;

/** For these `r.return` would take the body for the URL to go to. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Answers as the login service did: with its status, its body as text, and few of its headers.
 *
 * @param r the request
 * @param reply what the login service answered
 * @throws Refusal {@link loginFault} where its status is none that could be sent
 */
export function relay(
  r: NginxRequest,
  { status, responseText = '', headersOut }: NginxReply,
): void {
  if (!(status >= 200 && status <= 599)) {
    throw loginFault(`has the status ${status}`);
  }
  for (const name of HEADERS) {
    const value = toText(headersOut[name]);
    if (value !== '') {
      r.headersOut[name] = value;
    }
  }
  if (REDIRECTS.indexOf(status) < 0) {
    r.return(status, responseText);
    return;
  }
  r.status = status;
  r.sendHeader();
  r.send(responseText);
  r.finish();
}

/** njs ends a list of several values with a comma. */
function toText(value: string | string[] | undefined): string {
  const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return text.replace(/, $/, '');
}

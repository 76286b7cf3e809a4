import type { NginxReply, NginxRequest, SubrequestOptions } from './nginx.ts';

/**
 * Asks an internal location. It must be waited for, whatever comes: nginx holds the answer to the client until it
 * ends, and a handler whose promise settles before takes the worker down (SIGSEGV, seen in njs 0.8.9 and 1.0.2).
 *
 * @param r the request that asks
 * @param uri URI of the location, with or without arguments
 * @param options method and body
 * @see https://nginx.org/en/docs/njs/reference.html#r_subrequest
 */
export function askLocation(
  r: Pick<NginxRequest, 'subrequest'>,
  uri: string,
  options: Omit<SubrequestOptions, 'args'>,
): Promise<NginxReply> {
  const mark = uri.indexOf('?');
  const path = mark < 0 ? uri : uri.slice(0, mark);
  const args = mark < 0 ? '' : uri.slice(mark + 1);
  return r.subrequest(path, { args, ...options });
}

/**
 * Tells whether the body of an answer is compressed: njs sees its bytes as they come.
 *
 * @param reply what a location answered
 */
export function isCompressed({ headersOut }: NginxReply): boolean {
  const encoding = headersOut['Content-Encoding'];
  return encoding !== undefined && encoding !== '' && encoding !== 'identity';
}

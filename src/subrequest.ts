import type { NginxReply, NginxRequest, SubrequestOptions } from './nginx.ts';
import { type Refusal, refuse } from './refusal.ts';

/**
 * Asks an internal location. It must be waited for, whatever comes: nginx holds the answer to the client until it
 * ends, and a handler whose promise settles before takes the worker down (SIGSEGV, seen in njs 0.8.9 and 1.0.2).
 *
 * @param r the request that asks
 * @param uri URI of the location, with or without arguments
 * @param options method and body
 * @returns the answer of that location, whatever its status
 * @throws Refusal `bad_configuration` where something else answered: detail `cached`, a cache of nginx; detail
 * `redirected`, another location
 * @see https://nginx.org/en/docs/njs/reference.html#r_subrequest
 */
export async function askLocation(
  r: Pick<NginxRequest, 'subrequest'>,
  uri: string,
  options: Omit<SubrequestOptions, 'args'>,
): Promise<NginxReply> {
  const mark = uri.indexOf('?');
  const path = mark < 0 ? uri : uri.slice(0, mark);
  const args = mark < 0 ? '' : uri.slice(mark + 1);
  const reply = await r.subrequest(path, { args, ...options });
  checkOrigin(reply, path);
  return reply;
}

/** Values of `$upstream_cache_status` that an answer has which comes from the service: without a cache, and past it. */
const FRESH: readonly string[] = ['', 'MISS', 'BYPASS', 'EXPIRED'];

/**
 * Rejects an answer that may be a page of the site, or the answer to another request.
 *
 * - A cache that `http {}` hands down stores by `$request_uri`, which in a subrequest is the URI of the client.
 * - A rewrite in `server {}`, an `error_page` or a `try_files` of a catch-all location leads to another location, which
 *   in a subrequest runs no access check. A location may do the same for its own purposes: our snippets, and whoever does what
 *   they do, write the URI that has reached them into `$auth_jwt_reached`.
 */
function checkOrigin({ uri, variables }: NginxReply, path: string): void {
  if (FRESH.indexOf(variables.upstream_cache_status ?? '') < 0) {
    throw foreign('cached', path, 'answered from a cache of nginx; write "proxy_cache off;" in it');
  }
  if (uri !== path && (variables.auth_jwt_reached ?? '').split(' ').indexOf(path) < 0) {
    throw foreign(
      'redirected',
      path,
      'another location answered; keep rewrites of server {} away from it, and include its snippet',
    );
  }
}

function foreign(detail: string, path: string, problem: string): Refusal {
  return refuse('bad_configuration', detail, `location "${path}": ${problem}`);
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

import { writeRefusal } from '../answer/results.ts';
import { SourceKeys } from '../keys/source-keys.ts';
import type { NginxRequest, NginxVariables } from '../nginx.ts';
import { refuse } from '../refusal.ts';
import type { Gateway } from './gateway.ts';

/** The header that brings the ticket of an errand. What a client sends under this name is no ticket that exists. */
const HEADER = 'X-Auth-Jwt-Errand';

/** The part of `ngx.fetch` that is used here. */
interface Fetch {
  fetch(
    url: string,
    options: {
      readonly method: 'HEAD';
      readonly headers: { readonly [name: string]: string };
      readonly verify: boolean;
    },
  ): Promise<unknown>;
}

declare const ngx: Fetch;

/**
 * The listener that a request came to, as `ngx.fetch` reaches it.
 *
 * @param variables the variables of the request
 * @returns scheme, address and port; `undefined` where `ngx.fetch` cannot get there: a unix socket, or a listener that
 * expects the PROXY protocol
 */
export function ownListener(variables: NginxVariables): string | undefined {
  const { scheme, server_addr: address = '', server_port: port } = variables;
  if (address === '' || address.indexOf('unix:') === 0 || variables.proxy_protocol_addr) {
    return undefined;
  }
  return `${scheme}://${address.indexOf(':') < 0 ? address : `[${address}]`}:${port}`;
}

/**
 * Sends a request to a listener of this nginx, for the location that `r` came to, with the ticket of an errand and
 * without anything else of the client. It is refused there when the errand has been run, and never reaches an upstream.
 *
 * @param r the request of a client
 * @param listener what {@link ownListener} gives for it
 * @param ticket the ticket
 * @returns a promise that never rejects: whether there was an answer
 * @see https://nginx.org/en/docs/njs/reference.html#ngx_fetch
 */
export async function sendErrand(
  { variables }: NginxRequest,
  listener: string,
  ticket: string,
): Promise<boolean> {
  // Up to what a client may have put there to make the URL one that cannot be sent.
  const [path = '/'] = PATH.exec((variables.request_uri ?? '').slice(0, MAX_PATH_LENGTH)) ?? [];
  const headers = { Host: variables.host ?? '', [HEADER]: ticket };
  try {
    // Whose certificate it is does not matter to who speaks to himself.
    await ngx.fetch(listener + path.replace(/%.?$/, ''), {
      method: 'HEAD',
      headers,
      verify: false,
    });
    return true;
  } catch (_error) {
    return false;
  }
}

/** RFC 3986, section 3.3, from the first slash on. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*/;
const MAX_PATH_LENGTH = 1024;

/** How a request that brings a ticket is answered: it is no client's, and comes through nowhere. */
const DONE = refuse('empty_token');

/**
 * Runs the errand whose ticket a request brings.
 *
 * @param r a request that would be refused
 * @param gateway the same request, as the stations see it
 * @returns `undefined` where it brings none; else a promise that rejects with a Refusal when the errand has been run
 */
export function runErrand(r: NginxRequest, gateway: Gateway): Promise<never> | undefined {
  const ticket = r.headersIn[HEADER];
  const errand = ticket === undefined ? undefined : gateway.store?.takeErrand(ticket);
  if (errand === undefined) {
    return undefined;
  }
  const { source, times } = errand;
  return new SourceKeys(source, times, gateway, undefined).run(errand).then(() => {
    writeRefusal(r.variables, DONE);
    throw DONE;
  });
}

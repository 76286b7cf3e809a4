import { writeRefusal } from '../answer/results.ts';
import type { KeySource } from '../keys/source.ts';
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
 * The path that a request came to, in a form that can be sent.
 *
 * @param variables the variables of the request
 * @returns the path without arguments; `undefined` where it is not UTF-8 or too long: a part of it might lead elsewhere
 */
export function ownPath({ request_uri: uri = '' }: NginxVariables): string | undefined {
  const path = uri.split(/[?#]/, 1)[0] as string;
  if (path.charAt(0) !== '/' || path.length > MAX_PATH_LENGTH || path.indexOf('\ufffd') >= 0) {
    return undefined;
  }
  try {
    // What is escaped already stays as it is.
    return path.replace(FOREIGN, encodeURIComponent);
  } catch (_error) {
    return undefined;
  }
}

const MAX_PATH_LENGTH = 4096;

/** All but the characters of a path (RFC 3986, section 3.3) and the percent sign. */
const FOREIGN = /[^A-Za-z0-9\-._~!$&'()*+,;=:@%/]+/g;

/**
 * Sends a request to this nginx, with the ticket of an errand and without anything else of the client. Where it comes to
 * a policy with the same source, it is refused there when the errand has been run.
 *
 * @param r the request of a client
 * @param url what {@link ownListener} and a path make
 * @param ticket the ticket
 * @returns a promise that never rejects: `false` where nginx could not connect to itself
 * @see https://nginx.org/en/docs/njs/reference.html#ngx_fetch
 */
export async function sendErrand(
  { variables }: NginxRequest,
  url: string,
  ticket: string,
): Promise<boolean> {
  try {
    const headers = { Host: variables.host ?? '', [HEADER]: ticket };
    // Whose certificate it is does not matter to who speaks to himself.
    await ngx.fetch(url, { method: 'HEAD', headers, verify: false });
    return true;
  } catch (error) {
    // Anything else may be the location's own way to answer, and a client can choose the location.
    return !/connect failed|write timed out/.test(String(error));
  }
}

/** How a request that brings a ticket is answered: it is no client's, and comes through nowhere. */
export const ERRAND_DONE = refuse('empty_token');

/** Whether a request brings the ticket of an errand that has not been run. */
export function bringsErrand({ headersIn }: NginxRequest, gateway: Gateway): boolean {
  const ticket = headersIn[HEADER];
  return ticket !== undefined && gateway.store?.errand(ticket) !== undefined;
}

/**
 * Runs the errand whose ticket a request brings, where its own policy has the source of the errand: the same location of
 * the same `server {}`, with the same variables in its name. Another one might fetch something else by that name.
 *
 * @param r a request that would be refused
 * @param gateway the same request, as the stations see it
 * @param sources the sources of its policy
 * @returns `undefined` where it brings none; else a promise that rejects with a Refusal when the errand has been run
 */
export function runErrand(
  r: NginxRequest,
  gateway: Gateway,
  sources: readonly KeySource[],
): Promise<never> | undefined {
  const ticket = r.headersIn[HEADER] ?? '';
  const errand = ticket === '' ? undefined : gateway.store?.errand(ticket);
  if (errand === undefined || !sources.some(({ id }) => id === errand.source.id)) {
    return undefined;
  }
  gateway.store?.takeErrand(ticket);
  const { source, times } = errand;
  return new SourceKeys(source, times, gateway, undefined).run(errand).then(() => {
    writeRefusal(r.variables, ERRAND_DONE);
    throw ERRAND_DONE;
  });
}

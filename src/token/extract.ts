import { decodeBase64url, decodeUtf8 } from '../base64url.ts';
import { refuse } from '../refusal.ts';
import type { TokenSource } from './sources.ts';

/** The variables of a request. */
export interface Variables {
  /** An nginx variable by name without `$`; `undefined` where it is named nowhere. */
  variable(name: string): string | undefined;
}

/** What extraction needs to see of a request. */
export interface RequestView extends Variables {
  /**
   * A request header by name in any case; `undefined` where the client sent none.
   *
   * @throws Refusal `invalid_jwt`, detail `header_encoding`, where the engine cannot read it
   */
  header(name: string): string | undefined;
}

/**
 * Finds the token of a request.
 *
 * @param sources places to look at, all of them
 * @param request the request
 * @returns the token, not looked into
 * @throws Refusal `empty_token` where no place has one; `invalid_jwt` with detail `multiple` where
 * two places have different ones (RFC 6750, section 2); `bad_configuration` where a variable that
 * should hold it does not exist
 */
export function extractToken(sources: readonly TokenSource[], request: RequestView): string {
  let token = '';
  for (const source of sources) {
    const found = readSource(source, request);
    if (token !== '' && found !== '' && found !== token) {
      throw refuse('invalid_jwt', 'multiple');
    }
    token = found === '' ? token : found;
  }
  if (token === '') {
    throw refuse('empty_token');
  }
  return token;
}

function readSource(source: TokenSource, request: RequestView): string {
  switch (source.kind) {
    case 'header':
      return fromHeader(source.name, request);
    case 'cookie':
      return pick(request.header('Cookie') ?? '', ';', source.name);
    case 'query':
      return fromQuery(source.name, request);
    case 'variable':
      return fromVariable(source.name, request);
    case 'protocol':
      return fromSubprotocols(request.header('Sec-WebSocket-Protocol') ?? '');
  }
}

/** `Authorization` wants its scheme (RFC 6750, section 2.1), a header of the user's own may have it. */
function fromHeader(name: string, request: RequestView): string {
  const value = request.header(name) ?? '';
  if (value.slice(0, 'Bearer '.length) === 'Bearer ') {
    return value.slice('Bearer '.length);
  }
  const wantsScheme = name === 'Authorization' || name.toLowerCase() === 'authorization';
  return wantsScheme ? afterBearer(value) : withoutBearer(value);
}

/** njs cannot tell a variable that there is not from one that this request has no value for. */
const MAY_BE_ABSENT =
  /^(?:arg|cookie|http|jwt|proxy_protocol|sent_http|ssl|uid|upstream)_|^(?:args|content_length|content_type|query_string|remote_user)$/;

function fromVariable(name: string, request: RequestView): string {
  const value = request.variable(name);
  if (value === undefined && MAY_BE_ABSENT.test(name)) {
    return '';
  }
  if (value === undefined) {
    throw refuse(
      'bad_configuration',
      'auth_jwt_token_from',
      `$auth_jwt_token_from names the variable $${name}, which does not exist`,
    );
  }
  return withoutBearer(value);
}

/** `$arg_NAME` is empty in the subrequest of `auth_request`; the request line is not. */
function fromQuery(name: string, request: RequestView): string {
  const uri = request.variable('request_uri') ?? '';
  const mark = uri.indexOf('?');
  const value = mark < 0 ? '' : pick(uri.slice(mark + 1), '&', name);
  if (value.indexOf('%') < 0) {
    return value;
  }
  try {
    return decodeURIComponent(value);
  } catch (_error) {
    throw refuse('invalid_jwt', 'base64url');
  }
}

/** How Kubernetes clients carry a bearer token through a WebSocket handshake. */
const KUBERNETES_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/** Further ones are not looked at: each costs time. */
const MAX_SUBPROTOCOLS = 32;

/**
 * A browser can set no header on a WebSocket but the subprotocols: there the token stands after an
 * item `bearer`, or encoded in one item as Kubernetes has it.
 */
function fromSubprotocols(value: string): string {
  let isNext = false;
  for (const part of value.split(',', MAX_SUBPROTOCOLS)) {
    const item = part.trim();
    if (isNext) {
      return item;
    }
    if (item.indexOf(KUBERNETES_PREFIX) === 0) {
      return decodeSubprotocol(item.slice(KUBERNETES_PREFIX.length));
    }
    isNext = item.toLowerCase() === 'bearer';
  }
  return '';
}

function decodeSubprotocol(text: string): string {
  const bytes = decodeBase64url(text);
  const token = bytes && decodeUtf8(bytes);
  if (token === undefined) {
    throw refuse('invalid_jwt', 'base64url');
  }
  return token;
}

function withoutBearer(value: string): string {
  return isBearer(value) ? afterBearer(value) : value;
}

/**
 * The credentials of scheme `Bearer` in any case (RFC 9110, section 11.1), empty for another one. One
 * space ends the scheme; what follows is the token, be it well-formed or not.
 */
function afterBearer(value: string): string {
  return isBearer(value) ? value.slice('bearer '.length) : '';
}

function isBearer(value: string): boolean {
  const scheme = value.slice(0, 'bearer '.length).toLowerCase();
  return scheme === 'bearer ' || scheme === 'bearer';
}

/** A name that is repeated more often is refused, whatever its values. */
const MAX_REPEATED = 64;

const SPACE = 0x20;
const TAB = 0x09;

/**
 * The value of `name` in a list of `name=value`. Where the name is repeated with another value, what
 * counts cannot be told, and the request carries two tokens.
 *
 * It is looked for by its name: to take thousands of others apart would cost whoever is asked, not who asks.
 */
function pick(list: string, separator: ';' | '&', name: string): string {
  const key = `${name}=`;
  const separatorCode = separator.charCodeAt(0);
  let value = '';
  let count = 0;
  let at = list.indexOf(key);
  while (at >= 0) {
    // There may be spaces between a name and the separator before it; anything else makes it another name.
    let before = at - 1;
    let code = list.charCodeAt(before);
    while (code === SPACE || code === TAB) {
      before -= 1;
      code = list.charCodeAt(before);
    }
    let end = at + key.length;
    if (before < 0 || code === separatorCode) {
      const next = list.indexOf(separator, at);
      end = next < 0 ? list.length : next;
      const found = list.slice(at, end).trim().slice(key.length);
      count += 1;
      if (count > MAX_REPEATED || (value !== '' && found !== '' && found !== value)) {
        throw refuse('invalid_jwt', 'multiple');
      }
      value = found === '' ? value : found;
    }
    at = list.indexOf(key, end);
  }
  return value;
}

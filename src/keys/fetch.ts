import { isObject, member, parseJson } from '../json.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { MAX_JWKS_LENGTH } from './jwks.ts';
import { FETCH_DEADLINE_MS } from './wait.ts';

/** The part of `ngx.fetch` that is used here. */
interface Fetch {
  fetch(
    url: string,
    options: { headers: { Accept: string }; max_response_body_size: number },
  ): Promise<{ readonly status: number; text(): Promise<string> }>;
}

declare const ngx: Fetch;

/**
 * Fetches a key set by URL. Unlike a subrequest, what goes wrong here can be caught, and
 * `js_fetch_timeout` bounds the whole, a body that drips included. Redirects are not followed.
 *
 * A fetch that has begun cannot be stopped. Its request may be refused before, but nginx sends the
 * answer when the fetch has ended: where `js_fetch_timeout` is longer than the deadlines here, it
 * decides how long a client waits.
 *
 * @param url where it is; https unless the configuration allows http aloud
 * @returns the body of the answer
 * @throws Refusal `keys_unavailable` where it cannot be had
 * @see https://nginx.org/en/docs/njs/reference.html#ngx_fetch
 */
export async function fetchKeys(url: string): Promise<string> {
  return fetchText(url, 'auth_jwt_key_url');
}

/**
 * Finds the key set of an issuer by its metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414,
 * section 3), and fetches it.
 *
 * @param issuer the issuer, exactly as tokens and metadata spell it
 * @returns the body of the answer
 * @throws Refusal `keys_unavailable` where it cannot be had; `cannot_parse` where the metadata are
 * none, or belong to another issuer
 */
export async function discoverKeys(issuer: string): Promise<string> {
  const name = 'auth_jwt_key_discovery';
  const begin = Date.now();
  let metadata: string;
  try {
    metadata = await fetchText(openidConfigurationOf(issuer), name);
  } catch (_error) {
    expectTimeLeft(begin, issuer);
    metadata = await fetchText(authorizationServerOf(issuer), name);
  }
  const uri = jwksUriIn(metadata, issuer);
  expectTimeLeft(begin, issuer);
  return fetchText(uri, name);
}

/** Whoever waited has been refused by then, and every further fetch would hold his answer back. */
function expectTimeLeft(begin: number, issuer: string): void {
  if (Date.now() - begin >= FETCH_DEADLINE_MS) {
    const explanation = `$auth_jwt_key_discovery of "${issuer}" took longer than ${FETCH_DEADLINE_MS} ms`;
    throw refuse('keys_unavailable', 'deadline', explanation);
  }
}

function openidConfigurationOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** RFC 8414 puts the well-known part between host and path. */
function authorizationServerOf(issuer: string): string {
  const path = issuer.indexOf('/', issuer.indexOf('://') + 3);
  const origin = path < 0 ? issuer : issuer.slice(0, path);
  const rest = path < 0 ? '' : issuer.slice(path).replace(/\/$/, '');
  return `${origin}/.well-known/oauth-authorization-server${rest}`;
}

/** The metadata must be of this issuer (RFC 8414, section 3.3), or another one could name its keys. */
function jwksUriIn(metadata: string, issuer: string): string {
  const document = parseJson(metadata);
  if (!isObject(document) || member(document, 'issuer') !== issuer) {
    throw unreadable(issuer, 'do not name it as their issuer');
  }
  const uri = member(document, 'jwks_uri');
  const scheme = issuer.slice(0, issuer.indexOf('://') + 3);
  if (typeof uri !== 'string' || (uri.indexOf('https://') !== 0 && uri.indexOf(scheme) !== 0)) {
    throw unreadable(issuer, 'have no jwks_uri that may be used');
  }
  return uri;
}

function unreadable(issuer: string, problem: string): Refusal {
  return refuse('cannot_parse', 'metadata', `the metadata of "${issuer}" ${problem}`);
}

async function fetchText(url: string, setting: string): Promise<string> {
  let status: number;
  let text: string;
  try {
    const reply = await ngx.fetch(url, {
      headers: { Accept: 'application/jwk-set+json, application/json' },
      max_response_body_size: MAX_JWKS_LENGTH,
    });
    status = reply.status;
    text = await reply.text();
  } catch (error) {
    throw refuse('keys_unavailable', setting, `$${setting}: "${url}" failed: ${messageOf(error)}`);
  }
  if (status !== 200) {
    throw refuse('keys_unavailable', setting, `$${setting}: "${url}" answered with ${status}`);
  }
  return text;
}

/** Whether the name was not resolved, the connection refused or the time out: nothing secret. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

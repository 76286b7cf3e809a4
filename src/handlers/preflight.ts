import type { RequestView } from '../token/extract.ts';

/**
 * Tells whether a browser asks if it may send a request from another origin. It sends no credentials
 * with that, so a gateway that wants some never lets it ask. `OPTIONS` alone is no preflight.
 *
 * @param request the request
 * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch
 */
export function isPreflight(request: RequestView): boolean {
  return (
    // The subrequest of auth_request is a GET, whatever the client sends.
    request.variable('request_method') === 'OPTIONS' &&
    isGiven(request.header('Origin')) &&
    isGiven(request.header('Access-Control-Request-Method'))
  );
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

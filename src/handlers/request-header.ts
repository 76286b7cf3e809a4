import type { NginxRequest } from '../nginx.ts';

/**
 * Reads a request header. The njs engine throws where a header is sent more than once and holds bytes that are not UTF-8
 * ("invalid UTF-8 string"): that is the client's fault, and must not become a 500 or a line at level `error`.
 *
 * @param r the request
 * @param name name of the header, in any case
 * @returns the value, `undefined` where the client sent none; `null` where the engine cannot read it
 */
export function requestHeader(r: NginxRequest, name: string): string | undefined | null {
  try {
    return r.headersIn[name];
  } catch (error) {
    if (String(error).indexOf('UTF-8') < 0) {
      throw error;
    }
    return null;
  }
}

import type { NginxRequest } from '../nginx.ts';
import { openZone } from '../zone.ts';

declare const njs: { readonly engine?: string };

/** Warnings that this context has given, where no zone can remember them. */
const given: string[] = [];
const MAX_GIVEN = 8;

/** How long a warning is remembered, in seconds. */
const REMEMBERED = 86400;

/**
 * Warns of something that slows nginx down and holds for every request: once a day for all workers,
 * where one of the zones can remember it, else once for each context of QuickJS. The njs engine has no
 * memory of its own; without a zone it tells at level `info`.
 *
 * @param r any request
 * @param text what is wrong and what to do
 */
export function warnOnce(r: NginxRequest, text: string): void {
  for (const name of ['auth_jwt_keys', 'auth_jwt_verified']) {
    const zone = openZone(name);
    if (zone?.get(`warned ${text}`) !== undefined) {
      return;
    }
    if (zone?.add(`warned ${text}`, '1', REMEMBERED)) {
      r.warn(`auth_jwt: ${text}`);
      return;
    }
  }
  if (given.indexOf(text) >= 0) {
    return;
  }
  if (given.length < MAX_GIVEN) {
    given.push(text);
  }
  const hasMemory = typeof njs !== 'undefined' && njs.engine === 'QuickJS';
  if (hasMemory) {
    r.warn(`auth_jwt: ${text}`);
  } else {
    r.log(`auth_jwt: ${text}`);
  }
}

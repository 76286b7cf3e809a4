import { openZone } from '../zone.ts';
import type { Log } from './log.ts';

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
 * @param log any request, or nginx itself
 * @param text what is wrong and what to do
 */
export function warnOnce(log: Log, text: string): void {
  for (const name of ['auth_jwt_keys', 'auth_jwt_verified']) {
    const zone = openZone(name);
    if (zone?.get(`warned ${text}`) !== undefined) {
      return;
    }
    if (zone?.add(`warned ${text}`, '1', REMEMBERED)) {
      log.warn(`auth_jwt: ${text}`);
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
    log.warn(`auth_jwt: ${text}`);
  } else {
    log.log(`auth_jwt: ${text}`);
  }
}

import { readSource } from '../keys/read.ts';
import { KeyRing } from '../keys/ring.ts';
import type { KeySource } from '../keys/source.ts';
import { KeyStore } from '../keys/store.ts';
import type { NginxSession } from '../nginx.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { readRefreshSettings } from '../settings/refresh.ts';
import { openZone } from '../zone.ts';
import { NGINX_LOG } from './nginx-log.ts';
import { report, toRefusal } from './report.ts';
import { warnOnce } from './warn-once.ts';

/**
 * `js_periodic`: has key sets at hand before the first request, and renews them before a request would
 * have to. A request fetches a set anew after 90 % of `$auth_jwt_key_cache`, this does after 75 %: with
 * an interval of up to 15 % of it no request waits for a source that is well. Without this handler
 * everything works all the same.
 *
 * It refreshes `$auth_jwt_refresh`, or the defaults of `$auth_jwt_key_file`, `$auth_jwt_key_url` and
 * `$auth_jwt_key_discovery`, into the zone `auth_jwt_keys`. Lock and pauses are those of the requests:
 * one fetch at a time for all workers, and a source that has just failed is left alone. A source that
 * fails stops no other.
 *
 * @param session what nginx gives, without a request
 * @returns a promise that never rejects: what went wrong is in the error log
 * @see https://nginx.org/en/docs/http/ngx_http_js_module.html#js_periodic
 */
export async function refreshKeys(session: NginxSession): Promise<void> {
  try {
    const settings = readRefreshSettings(session.variables);
    const zone = openZone('auth_jwt_keys');
    if (!zone) {
      throw refuse(
        'bad_configuration',
        'auth_jwt_refresh',
        'no js_shared_dict_zone auth_jwt_keys: refreshKeys has nowhere to put key sets',
      );
    }
    const world = {
      store: new KeyStore(zone),
      read: (source: KeySource) => readSource({ subrequest: noSubrequest }, source),
      report: (refusal: Refusal) => report(NGINX_LOG, refusal),
      warn: (text: string) => warnOnce(NGINX_LOG, text),
      now: () => Math.floor(Date.now() / 1000),
    };
    await new KeyRing(world, settings).refresh();
  } catch (thrown) {
    report(NGINX_LOG, toRefusal(thrown));
  }
}

/** The settings let no internal location through. */
function noSubrequest(): never {
  throw refuse('bad_configuration', 'auth_jwt_refresh', 'js_periodic has no subrequests');
}

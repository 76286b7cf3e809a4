import type { KeySettings, KeySource } from '../keys/source.ts';
import type { NginxVariables } from '../nginx.ts';
import { refuse } from '../refusal.ts';
import {
  HTTPS_ONLY,
  isFetchable,
  misread,
  readIssuers,
  readKeySources,
  readKeyTimes,
  readSwitch,
  text,
} from './settings.ts';
import { parseList } from './values.ts';

const NAME = 'auth_jwt_refresh';

/**
 * Reads what to refresh in the background: `$auth_jwt_refresh`, or where it is empty the sources that
 * are the site's defaults.
 *
 * @param variables the variables of a `js_periodic` session: defaults and maps of constants
 * @returns at least one source, none of them an internal location, and how long key sets count
 * @throws Refusal `bad_configuration` where there is none, or a setting cannot be understood
 */
export function readRefreshSettings(variables: NginxVariables): KeySettings {
  const words = parseList(text(variables, NAME));
  const sources =
    words.length > 0
      ? words.map((word) => parseRefreshSource(variables, word))
      : readDefaults(variables);
  if (sources.length === 0) {
    throw refuse(
      'bad_configuration',
      NAME,
      `$${NAME} is empty, and neither $auth_jwt_key_file nor $auth_jwt_key_url nor ` +
        '$auth_jwt_key_discovery has a default: there is nothing to refresh',
    );
  }
  return { sources, ...readKeyTimes(variables) };
}

function parseRefreshSource(variables: NginxVariables, word: string): KeySource {
  const colon = word.indexOf(':');
  const kind = word.slice(0, Math.max(colon, 0));
  const location = word.slice(colon + 1);
  if (kind === 'file' && location.charAt(0) === '/') {
    return { kind, location };
  }
  if (kind === 'url' || kind === 'discovery') {
    const allowsHttp = readSwitch(variables, 'auth_jwt_insecure_http', false);
    if (!isFetchable(location, allowsHttp)) {
      throw misread(variables, NAME, HTTPS_ONLY);
    }
    return { kind, location };
  }
  throw misread(variables, NAME, 'not a list of file:/PATH, url:https://… or discovery:https://…');
}

/** A subrequest needs a request: internal locations are asked by the requests themselves. */
function readDefaults(variables: NginxVariables): KeySource[] {
  const isDiscovery = readSwitch(variables, 'auth_jwt_key_discovery', false);
  const issuers = isDiscovery ? readIssuers(variables) : 'any';
  return readKeySources(variables, issuers).filter(({ kind }) => kind !== 'request');
}

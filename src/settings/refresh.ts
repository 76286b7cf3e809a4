import { type KeySettings, type KeySource, keySource } from '../keys/source.ts';
import type { NginxVariables } from '../nginx.ts';
import { refuse } from '../refusal.ts';
import { readIssuers } from './issuers.ts';
import { HTTPS_ONLY, isFetchable, readKeySources, readKeyTimes } from './key-sources.ts';
import {
  collectTexts,
  misread,
  readList,
  readSwitch,
  type SettingTexts,
  serverNameIn,
} from './texts.ts';

const NAME = 'auth_jwt_refresh';

/** The settings that count where there is no request. */
const NAMES = [
  NAME,
  'auth_jwt_key_file',
  'auth_jwt_key_url',
  'auth_jwt_key_discovery',
  'auth_jwt_issuer',
  'auth_jwt_insecure_http',
  'auth_jwt_key_cache',
  'auth_jwt_key_stale',
  'server_name',
  'auth_jwt_server_id',
];

/**
 * Reads what to refresh in the background: `$auth_jwt_refresh`, or where it is empty the sources that
 * are the site's defaults.
 *
 * @param variables the variables of a `js_periodic` session: defaults and maps of constants
 * @returns at least one source, none of them an internal location, and how long key sets count
 * @throws Refusal `bad_configuration` where there is none, or a setting cannot be understood
 */
export function readRefreshSettings(variables: NginxVariables): KeySettings {
  const texts = collectTexts(
    NAMES,
    NAMES.map((name) => variables[name]),
  );
  const words = readList(texts, NAME);
  const sources =
    words.length > 0 ? words.map((word) => parseRefreshSource(texts, word)) : readDefaults(texts);
  if (sources.length === 0) {
    throw refuse(
      'bad_configuration',
      NAME,
      `$${NAME} is empty, and neither $auth_jwt_key_file nor $auth_jwt_key_url nor ` +
        '$auth_jwt_key_discovery has a default: there is nothing to refresh',
    );
  }
  return { sources, ...readKeyTimes(texts) };
}

function parseRefreshSource(texts: SettingTexts, word: string): KeySource {
  const colon = word.indexOf(':');
  const kind = word.slice(0, Math.max(colon, 0));
  const location = word.slice(colon + 1);
  if (kind === 'file' && location.charAt(0) === '/') {
    return keySource(kind, location);
  }
  if (kind === 'url' || kind === 'discovery') {
    const allowsHttp = readSwitch(texts, 'auth_jwt_insecure_http', false);
    if (!isFetchable(location, allowsHttp)) {
      throw misread(texts, NAME, HTTPS_ONLY);
    }
    return keySource(kind, location, serverNameIn(texts));
  }
  throw misread(texts, NAME, 'not a list of file:/PATH, url:https://… or discovery:https://…');
}

/** A subrequest needs a request: internal locations are asked by the requests themselves. */
function readDefaults(texts: SettingTexts): KeySource[] {
  const isDiscovery = readSwitch(texts, 'auth_jwt_key_discovery', false);
  const issuers = isDiscovery ? readIssuers(texts) : 'any';
  return readKeySources(texts, issuers);
}

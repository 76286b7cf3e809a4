import type { IdentityPolicy } from '../claims/identity.ts';
import { type KeySource, type KeyTimes, keySource } from '../keys/source.ts';
import {
  misread,
  readList,
  readSwitch,
  readTime,
  type SettingTexts,
  serverIn,
  serverNameIn,
} from './texts.ts';

/**
 * Reads how long key sets count.
 *
 * @param texts the settings
 * @throws Refusal `bad_configuration` where a time cannot be understood
 */
export function readKeyTimes(texts: SettingTexts): KeyTimes {
  return {
    // Below a second each request would have to wait for the one before it.
    keyCache: Math.max(readTime(texts, 'auth_jwt_key_cache', 600), 1),
    keyStale: readTime(texts, 'auth_jwt_key_stale', 86400),
    keyCooldown: readTime(texts, 'auth_jwt_key_cooldown', 5),
  };
}

/**
 * Reads where the keys come from.
 *
 * @param texts the settings
 * @param issuers what `$auth_jwt_issuer` says, for `$auth_jwt_key_discovery`
 * @returns the sources, maybe none
 * @throws Refusal `bad_configuration` where a source cannot be used
 */
export function readKeySources(
  texts: SettingTexts,
  issuers: IdentityPolicy['issuers'],
): KeySource[] {
  const files = readList(texts, 'auth_jwt_key_file');
  const requests = readList(texts, 'auth_jwt_key_request');
  const urls = readList(texts, 'auth_jwt_key_url');
  if (!files.every((path) => path.charAt(0) === '/')) {
    throw misread(texts, 'auth_jwt_key_file', 'not an absolute path');
  }
  if (!requests.every((uri) => uri.charAt(0) === '/')) {
    throw misread(texts, 'auth_jwt_key_request', 'not the URI of an internal location');
  }
  const allowsHttp = readSwitch(texts, 'auth_jwt_insecure_http', false);
  if (!urls.every((url) => isFetchable(url, allowsHttp))) {
    throw misread(texts, 'auth_jwt_key_url', HTTPS_ONLY);
  }
  return files
    .map((path) => keySource('file', path))
    .concat(
      requests.map((uri) => keySource('request', uri, serverIn(texts))),
      urls.map((url) => keySource('url', url, serverNameIn(texts))),
      readDiscovery(texts, issuers, allowsHttp),
    );
}

function readDiscovery(
  texts: SettingTexts,
  issuers: IdentityPolicy['issuers'],
  allowsHttp: boolean,
): KeySource[] {
  const name = 'auth_jwt_key_discovery';
  if (!readSwitch(texts, name, false)) {
    return [];
  }
  if (issuers === 'any') {
    throw misread(texts, name, 'needs the issuers by name, and $auth_jwt_issuer is "any"');
  }
  if (!issuers.every((issuer) => isFetchable(issuer, allowsHttp))) {
    throw misread(texts, 'auth_jwt_issuer', `cannot be discovered: ${HTTPS_ONLY}`);
  }
  return issuers.map((issuer) => keySource('discovery', issuer, serverNameIn(texts)));
}

/** What is wrong with a URL that {@link isFetchable} refuses, for the log. */
export const HTTPS_ONLY =
  'not an https URL; $auth_jwt_insecure_http "on" allows http, where anybody on the way can ' +
  'put in a key of his own';

/**
 * Whether `ngx.fetch` may be sent there.
 *
 * @param url what the configuration says
 * @param allowsHttp `$auth_jwt_insecure_http`
 */
export function isFetchable(url: string, allowsHttp: boolean): boolean {
  return url.indexOf('https://') === 0 || (allowsHttp && url.indexOf('http://') === 0);
}

import type { ClaimsPolicy } from '../claims/check.ts';
import { normaliseType } from '../claims/identity.ts';
import type { Requirement } from '../claims/require.ts';
import type { KeySettings, KeySource } from '../keys/source.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { ALGORITHM_NAMES, findAlgorithm } from '../signature/algorithms.ts';
import { parseTokenSource, type TokenSource } from '../token/sources.ts';
import { NOT_IMPLEMENTED } from './names.ts';
import { parseList, parseSwitch, parseTime } from './values.ts';

/** The policy of one location, read from its `$auth_jwt_*` variables. */
export interface Settings extends ClaimsPolicy, KeySettings {
  /** Where the token may stand: `$auth_jwt_token_from`. */
  readonly tokenFrom: readonly TokenSource[];
  /** Accepted values of `alg`: `$auth_jwt_algorithms`. */
  readonly algorithms: readonly string[];
  /** Variables that must hold something: `$auth_jwt_require`. */
  readonly require: Requirement;
}

/** Settings by the name of their variable: those that hold something, without white space around it. */
export interface SettingTexts {
  [name: string]: string | undefined;
}

/**
 * Reads the policy of a location.
 *
 * @param texts its settings
 * @returns the policy, complete; `off` where the check is switched off: `$auth_jwt off`
 * @throws Refusal `bad_configuration` where a setting is missing or cannot be understood; the detail
 * is its name, the explanation says its value and what was expected
 */
export function readSettings(texts: SettingTexts): Settings | 'off' {
  if (texts.auth_jwt === 'off') {
    return 'off';
  }
  for (const name of Object.keys(texts)) {
    if (NOT_IMPLEMENTED.indexOf(name) >= 0) {
      throw misread(texts, name, 'not implemented in this version');
    }
  }
  const issuers = readIssuers(texts);
  const settings = {
    tokenFrom: readTokenFrom(texts),
    sources: readKeySources(texts, issuers),
    // Below a second each request would have to wait for the one before it.
    keyCache: Math.max(readTime(texts, 'auth_jwt_key_cache', 600), 1),
    keyStale: readTime(texts, 'auth_jwt_key_stale', 86400),
    keyCooldown: readTime(texts, 'auth_jwt_key_cooldown', 30),
    algorithms: readAlgorithms(texts),
    issuers,
    audiences: readList(texts, 'auth_jwt_audience'),
    types: readList(texts, 'auth_jwt_typ').map(normaliseType),
    leeway: readTime(texts, 'auth_jwt_leeway', 0),
    requireExp: readSwitch(texts, 'auth_jwt_require_exp', true),
    require: readRequire(texts),
  };
  return texts.auth_jwt_max_age === undefined
    ? settings
    : { ...settings, maxAge: readTime(texts, 'auth_jwt_max_age', 0) };
}

/** RFC 6750, section 2.1. */
const DEFAULT_SOURCES: readonly TokenSource[] = [{ kind: 'header', name: 'Authorization' }];

function readTokenFrom(texts: SettingTexts): readonly TokenSource[] {
  const words = readList(texts, 'auth_jwt_token_from');
  if (words.length === 0) {
    return DEFAULT_SOURCES;
  }
  return words.map((word) => {
    const source = parseTokenSource(word);
    if (source === undefined) {
      throw misread(
        texts,
        'auth_jwt_token_from',
        'not a list of header:NAME, cookie:NAME, query:NAME, variable:NAME or protocol',
      );
    }
    return source;
  });
}

function readKeySources(texts: SettingTexts, issuers: Settings['issuers']): KeySource[] {
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
  const sources = [
    ...files.map((location): KeySource => ({ kind: 'file', location })),
    ...requests.map((location): KeySource => ({ kind: 'request', location })),
    ...urls.map((location): KeySource => ({ kind: 'url', location })),
    ...readDiscovery(texts, issuers, allowsHttp),
  ];
  if (sources.length === 0) {
    throw refuse(
      'bad_configuration',
      'auth_jwt_key_file',
      'none of $auth_jwt_key_file, $auth_jwt_key_request, $auth_jwt_key_url and ' +
        '$auth_jwt_key_discovery is set: there is no key to check with',
    );
  }
  return sources;
}

function readDiscovery(
  texts: SettingTexts,
  issuers: Settings['issuers'],
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
  return issuers.map((location): KeySource => ({ kind: 'discovery', location }));
}

const HTTPS_ONLY =
  'not an https URL; $auth_jwt_insecure_http "on" allows http, where anybody on the way can ' +
  'put in a key of his own';

function isFetchable(url: string, allowsHttp: boolean): boolean {
  return url.indexOf('https://') === 0 || (allowsHttp && url.indexOf('http://') === 0);
}

function readAlgorithms(texts: SettingTexts): readonly string[] {
  const names = readList(texts, 'auth_jwt_algorithms');
  if (!names.every((name) => findAlgorithm(name) !== undefined)) {
    throw misread(
      texts,
      'auth_jwt_algorithms',
      `not a list of these: ${ALGORITHM_NAMES.join(' ')}`,
    );
  }
  return names.length === 0 ? ALGORITHM_NAMES : names;
}

function readIssuers(texts: SettingTexts): Settings['issuers'] {
  const issuers = readList(texts, 'auth_jwt_issuer');
  if (issuers.length === 0) {
    throw misread(texts, 'auth_jwt_issuer', 'not set; say "any" to accept every issuer');
  }
  if (issuers.indexOf('any') < 0) {
    return issuers;
  }
  if (issuers.length > 1) {
    throw misread(texts, 'auth_jwt_issuer', '"any" beside other issuers');
  }
  return 'any';
}

const VARIABLE_NAME = /^[A-Za-z0-9_]+$/;

/** `NAME … [error=401|403]`, as the directive of NGINX Plus. */
function readRequire(texts: SettingTexts): Requirement {
  const name = 'auth_jwt_require';
  const words = readList(texts, name);
  let error: Requirement['error'] = 401;
  const names: string[] = [];
  for (const word of words) {
    if (word === 'error=401' || word === 'error=403') {
      error = word === 'error=401' ? 401 : 403;
    } else if (VARIABLE_NAME.test(word)) {
      names.push(word);
    } else {
      throw misread(texts, name, 'not a list of variables without "$", with error=401 or 403');
    }
  }
  if (words.length > 0 && names.length === 0) {
    throw misread(texts, name, 'without a variable');
  }
  return { names, error };
}

function readList(texts: SettingTexts, name: string): string[] {
  const text = texts[name];
  return text === undefined ? [] : parseList(text);
}

function readTime(texts: SettingTexts, name: string, preset: number): number {
  const text = texts[name];
  if (text === undefined) {
    return preset;
  }
  const seconds = parseTime(text);
  if (seconds === undefined) {
    throw misread(texts, name, 'not a time such as 500ms, 30s, 10m or 1h');
  }
  return seconds;
}

function readSwitch(texts: SettingTexts, name: string, preset: boolean): boolean {
  const text = texts[name];
  if (text === undefined) {
    return preset;
  }
  const state = parseSwitch(text);
  if (state === undefined) {
    throw misread(texts, name, 'neither "on" nor "off"');
  }
  return state;
}

function misread(texts: SettingTexts, name: string, problem: string): Refusal {
  return refuse('bad_configuration', name, `$${name} is "${texts[name] ?? ''}": ${problem}`);
}

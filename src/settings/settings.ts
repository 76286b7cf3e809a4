import type { ClaimsPolicy } from '../claims/check.ts';
import { normaliseType } from '../claims/identity.ts';
import type { Requirement } from '../claims/require.ts';
import type { KeySettings, KeySource } from '../keys/source.ts';
import type { NginxVariables } from '../nginx.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { ALGORITHM_NAMES, findAlgorithm } from '../signature/algorithms.ts';
import { parseTokenSource, type TokenSource } from '../token/sources.ts';
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

/**
 * Settings of the contract that this version does not have. Passing over one of them would be a
 * weaker policy than the one that was written down.
 */
const NOT_IMPLEMENTED = [
  'auth_jwt_require_claims',
  'auth_jwt_scopes',
  'auth_jwt_roles',
  'auth_jwt_claim_set',
  'auth_jwt_optional',
  'auth_jwt_preflight',
  'auth_jwt_mode',
  'auth_jwt_introspection_request',
  'auth_jwt_revocation_file',
  'auth_jwt_revocation_request',
] as const;

/**
 * Tells whether the check is switched off: `$auth_jwt off`.
 *
 * @param variables the variables of the location
 */
export function isSwitchedOff(variables: NginxVariables): boolean {
  return text(variables, 'auth_jwt') === 'off';
}

/**
 * Reads the policy of a location.
 *
 * @param variables the variables of the location
 * @returns the policy, complete
 * @throws Refusal `bad_configuration` where a setting is missing or cannot be understood; the detail
 * is its name, the explanation says its value and what was expected
 */
export function readSettings(variables: NginxVariables): Settings {
  for (const name of NOT_IMPLEMENTED) {
    if (text(variables, name) !== '') {
      throw misread(variables, name, 'not implemented in this version');
    }
  }
  const maxAge = readTime(variables, 'auth_jwt_max_age');
  const issuers = readIssuers(variables);
  return {
    tokenFrom: readTokenFrom(variables),
    sources: atLeastOne(readKeySources(variables, issuers)),
    ...readKeyTimes(variables),
    algorithms: readAlgorithms(variables),
    issuers,
    audiences: parseList(text(variables, 'auth_jwt_audience')),
    types: parseList(text(variables, 'auth_jwt_typ')).map(normaliseType),
    leeway: readTime(variables, 'auth_jwt_leeway') ?? 0,
    requireExp: readSwitch(variables, 'auth_jwt_require_exp', true),
    ...(maxAge === undefined ? {} : { maxAge }),
    require: readRequire(variables),
  };
}

function readTokenFrom(variables: NginxVariables): TokenSource[] {
  const words = parseList(text(variables, 'auth_jwt_token_from') || 'header:Authorization');
  return words.map((word) => {
    const source = parseTokenSource(word);
    if (source === undefined) {
      throw misread(
        variables,
        'auth_jwt_token_from',
        'not a list of header:NAME, cookie:NAME, query:NAME, variable:NAME or protocol',
      );
    }
    return source;
  });
}

/**
 * Reads how long key sets count.
 *
 * @param variables the variables of the location
 * @throws Refusal `bad_configuration` where a time cannot be understood
 */
export function readKeyTimes(variables: NginxVariables): Omit<KeySettings, 'sources'> {
  return {
    keyCache: readTime(variables, 'auth_jwt_key_cache') ?? 600,
    keyStale: readTime(variables, 'auth_jwt_key_stale') ?? 86400,
    keyCooldown: readTime(variables, 'auth_jwt_key_cooldown') ?? 30,
  };
}

/**
 * Reads where the keys come from.
 *
 * @param variables the variables of the location
 * @param issuers what `$auth_jwt_issuer` says, for `$auth_jwt_key_discovery`
 * @returns the sources, maybe none
 * @throws Refusal `bad_configuration` where a source cannot be used
 */
export function readKeySources(
  variables: NginxVariables,
  issuers: Settings['issuers'],
): KeySource[] {
  const files = parseList(text(variables, 'auth_jwt_key_file'));
  const requests = parseList(text(variables, 'auth_jwt_key_request'));
  const urls = parseList(text(variables, 'auth_jwt_key_url'));
  if (!files.every((path) => path.charAt(0) === '/')) {
    throw misread(variables, 'auth_jwt_key_file', 'not an absolute path');
  }
  if (!requests.every((uri) => uri.charAt(0) === '/')) {
    throw misread(variables, 'auth_jwt_key_request', 'not the URI of an internal location');
  }
  const allowsHttp = readSwitch(variables, 'auth_jwt_insecure_http', false);
  if (!urls.every((url) => isFetchable(url, allowsHttp))) {
    throw misread(variables, 'auth_jwt_key_url', HTTPS_ONLY);
  }
  return [
    ...files.map((location): KeySource => ({ kind: 'file', location })),
    ...requests.map((location): KeySource => ({ kind: 'request', location })),
    ...urls.map((location): KeySource => ({ kind: 'url', location })),
    ...readDiscovery(variables, issuers, allowsHttp),
  ];
}

function atLeastOne(sources: KeySource[]): KeySource[] {
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
  variables: NginxVariables,
  issuers: Settings['issuers'],
  allowsHttp: boolean,
): KeySource[] {
  const name = 'auth_jwt_key_discovery';
  if (!readSwitch(variables, name, false)) {
    return [];
  }
  if (issuers === 'any') {
    throw misread(variables, name, 'needs the issuers by name, and $auth_jwt_issuer is "any"');
  }
  if (!issuers.every((issuer) => isFetchable(issuer, allowsHttp))) {
    throw misread(variables, 'auth_jwt_issuer', `cannot be discovered: ${HTTPS_ONLY}`);
  }
  return issuers.map((location): KeySource => ({ kind: 'discovery', location }));
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

function readAlgorithms(variables: NginxVariables): readonly string[] {
  const names = parseList(text(variables, 'auth_jwt_algorithms'));
  if (!names.every((name) => findAlgorithm(name) !== undefined)) {
    throw misread(
      variables,
      'auth_jwt_algorithms',
      `not a list of these: ${ALGORITHM_NAMES.join(' ')}`,
    );
  }
  return names.length === 0 ? ALGORITHM_NAMES : names;
}

/**
 * Reads `$auth_jwt_issuer`.
 *
 * @param variables the variables of the location
 * @throws Refusal `bad_configuration` where it is not set, or says two things
 */
export function readIssuers(variables: NginxVariables): Settings['issuers'] {
  const issuers = parseList(text(variables, 'auth_jwt_issuer'));
  if (issuers.length === 0) {
    throw misread(variables, 'auth_jwt_issuer', 'not set; say "any" to accept every issuer');
  }
  if (issuers.indexOf('any') < 0) {
    return issuers;
  }
  if (issuers.length > 1) {
    throw misread(variables, 'auth_jwt_issuer', '"any" beside other issuers');
  }
  return 'any';
}

/** `NAME … [error=401|403]`, as the directive of NGINX Plus. */
function readRequire(variables: NginxVariables): Requirement {
  const name = 'auth_jwt_require';
  const words = parseList(text(variables, name));
  let error: Requirement['error'] = 401;
  const names: string[] = [];
  for (const word of words) {
    if (word === 'error=401' || word === 'error=403') {
      error = word === 'error=401' ? 401 : 403;
    } else if (/^[A-Za-z0-9_]+$/.test(word)) {
      names.push(word);
    } else {
      throw misread(variables, name, 'not a list of variables without "$", with error=401 or 403');
    }
  }
  if (words.length > 0 && names.length === 0) {
    throw misread(variables, name, 'without a variable');
  }
  return { names, error };
}

function readTime(variables: NginxVariables, name: string): number | undefined {
  const value = text(variables, name);
  if (value === '') {
    return undefined;
  }
  const seconds = parseTime(value);
  if (seconds === undefined) {
    throw misread(variables, name, 'not a time such as 500ms, 30s, 10m or 1h');
  }
  return seconds;
}

/**
 * Reads a switch.
 *
 * @param variables the variables of the location
 * @param name name of the setting
 * @param preset what counts where it is not set
 * @throws Refusal `bad_configuration` where it is neither on nor off
 */
export function readSwitch(variables: NginxVariables, name: string, preset: boolean): boolean {
  const value = text(variables, name);
  if (value === '') {
    return preset;
  }
  const state = parseSwitch(value);
  if (state === undefined) {
    throw misread(variables, name, 'neither "on" nor "off"');
  }
  return state;
}

/**
 * The value of a setting. Undeclared and empty are the same: not set.
 *
 * @param variables the variables of the location
 * @param name name of the setting
 */
export function text(variables: NginxVariables, name: string): string {
  return (variables[name] ?? '').trim();
}

/**
 * Makes the refusal for a setting that cannot be understood.
 *
 * @param variables the variables of the location
 * @param name name of the setting
 * @param problem what is wrong with its value
 */
export function misread(variables: NginxVariables, name: string, problem: string): Refusal {
  return refuse('bad_configuration', name, `$${name} is "${text(variables, name)}": ${problem}`);
}

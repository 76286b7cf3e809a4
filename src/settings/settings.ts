import type { ClaimsPolicy } from '../claims/check.ts';
import { normaliseType } from '../claims/identity.ts';
import type { Requirement } from '../claims/require.ts';
import type { KeySettings, KeySource } from '../keys/source.ts';
import { refuse } from '../refusal.ts';
import { ALGORITHM_NAMES, findAlgorithm } from '../signature/algorithms.ts';
import { parseTokenSource, type TokenSource } from '../token/sources.ts';
import { readIssuers } from './issuers.ts';
import { readKeySources, readKeyTimes } from './key-sources.ts';
import { NOT_IMPLEMENTED } from './names.ts';
import { misread, readList, readSwitch, readTime, type SettingTexts } from './texts.ts';

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
    sources: atLeastOne(readKeySources(texts, issuers)),
    ...readKeyTimes(texts),
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

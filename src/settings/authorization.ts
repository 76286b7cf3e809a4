import type { Grants } from '../claims/grants.ts';
import { type ClaimPath, parsePath } from '../claims/path.ts';
import type { Requirement } from '../claims/require.ts';
import { misread, type SettingTexts } from './texts.ts';
import { parseList } from './values.ts';

const ANY = 'any:';

/** What most locations want. */
const NOTHING: Grants = { names: [], isAny: false };

/**
 * Reads `$auth_jwt_scopes` or `$auth_jwt_roles`.
 *
 * @param texts the settings
 * @param name name of the setting
 * @throws Refusal `bad_configuration` where it cannot be understood
 */
export function readGrants(texts: SettingTexts, name: string): Grants {
  const text = texts[name];
  if (text === undefined) {
    return NOTHING;
  }
  const isAny = text.indexOf(ANY) === 0;
  const names = parseList(isAny ? text.slice(ANY.length) : text);
  if (isAny && names.length === 0) {
    throw misread(texts, name, '"any:" of nothing');
  }
  return { names, isAny };
}

const ROLES: ClaimPath = ['roles'];

/**
 * Reads `$auth_jwt_roles_claim`.
 *
 * @param texts the settings
 * @throws Refusal `bad_configuration` where it is no path
 */
export function readRolesPath(texts: SettingTexts): ClaimPath {
  const name = 'auth_jwt_roles_claim';
  const text = texts[name];
  const path = text === undefined ? ROLES : parsePath(text);
  if (path === undefined) {
    throw misread(texts, name, 'neither a dotted path nor a JSON Pointer');
  }
  return path;
}

const VARIABLE_NAME = /^[A-Za-z0-9_]+$/;

/**
 * Reads `$auth_jwt_require`: `NAME … [error=401|403]`, as the directive of NGINX Plus, with semicolons
 * where Plus has several directives.
 *
 * @param texts the settings
 * @returns what is wanted, in the order in which it is written; maybe nothing
 * @throws Refusal `bad_configuration` where it cannot be understood
 */
export function readRequire(texts: SettingTexts): Requirement[] {
  const text = texts[REQUIRE];
  return text === undefined
    ? []
    : text.split(';').map((part) => readRequirement(texts, parseList(part)));
}

const REQUIRE = 'auth_jwt_require';

function readRequirement(texts: SettingTexts, words: readonly string[]): Requirement {
  let error: Requirement['error'] = 401;
  const names: string[] = [];
  for (const word of words) {
    if (word === 'error=401' || word === 'error=403') {
      error = word === 'error=401' ? 401 : 403;
    } else if (VARIABLE_NAME.test(word)) {
      names.push(word);
    } else {
      throw misread(texts, REQUIRE, 'not a list of variables without "$", with error=401 or 403');
    }
  }
  if (names.length === 0) {
    throw misread(texts, REQUIRE, 'without a variable');
  }
  return { names, error };
}

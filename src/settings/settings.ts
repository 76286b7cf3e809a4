import type { ClaimsPolicy } from '../claims/check.ts';
import type { ClaimOutlet } from '../claims/claim-set.ts';
import { normaliseType } from '../claims/identity.ts';
import type { Requirement } from '../claims/require.ts';
import type { KeySettings, KeySource } from '../keys/source.ts';
import { refuse } from '../refusal.ts';
import { ALGORITHM_NAMES, findAlgorithm } from '../signature/algorithms.ts';
import type { TokenSource } from '../token/sources.ts';
import { checkAnswers } from './answers.ts';
import { readGrants, readRequire, readRolesPath } from './authorization.ts';
import { readClaimSet } from './claim-set.ts';
import { readIssuers } from './issuers.ts';
import { readKeySources, readKeyTimes } from './key-sources.ts';
import { NOT_IMPLEMENTED } from './names.ts';
import { readRules } from './rules.ts';
import { misread, readChoice, readList, readSwitch, readTime, type SettingTexts } from './texts.ts';
import { readTokenFrom } from './token-from.ts';

/** The policy of one location, read from its `$auth_jwt_*` variables. */
export interface Settings extends ClaimsPolicy, KeySettings {
  /** Where the token may stand: `$auth_jwt_token_from`. */
  readonly tokenFrom: readonly TokenSource[];
  /** Accepted values of `alg`: `$auth_jwt_algorithms`. */
  readonly algorithms: readonly string[];
  /** Variables that must hold something: `$auth_jwt_require`. */
  readonly require: readonly Requirement[];
  /** Variables that claims fill, beside those that bear their names: `$auth_jwt_claim_set`. */
  readonly claimSet: readonly ClaimOutlet[];
  /** Who passes without being known: nobody, who brings no token, or a bad one too. */
  readonly optional: 'off' | 'missing' | 'failed';
  /** Whether a CORS preflight passes unasked: `$auth_jwt_preflight allow`. */
  readonly letsPreflightPass: boolean;
  /** Whether verdicts are only told: `$auth_jwt_mode report`. */
  readonly isReportOnly: boolean;
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
  // The spread first: each one copies what stands before it.
  const settings = {
    ...readKeyTimes(texts),
    tokenFrom: readTokenFrom(texts),
    sources: atLeastOne(readKeySources(texts, issuers)),
    algorithms: readAlgorithms(texts),
    issuers,
    audiences: readList(texts, 'auth_jwt_audience'),
    types: readList(texts, 'auth_jwt_typ').map(normaliseType),
    leeway: readTime(texts, 'auth_jwt_leeway', 0),
    requireExp: readSwitch(texts, 'auth_jwt_require_exp', true),
    rules: readRules(texts),
    scopes: readGrants(texts, 'auth_jwt_scopes'),
    roles: readGrants(texts, 'auth_jwt_roles'),
    rolesPath: readRolesPath(texts),
    require: readRequire(texts),
    claimSet: readClaimSet(texts),
    optional: readChoice(texts, 'auth_jwt_optional', ['off', 'missing', 'failed']),
    letsPreflightPass: readChoice(texts, 'auth_jwt_preflight', ['check', 'allow']) === 'allow',
    isReportOnly: readChoice(texts, 'auth_jwt_mode', ['enforce', 'report']) === 'report',
  };
  checkAnswers(texts);
  return texts.auth_jwt_max_age === undefined
    ? settings
    : { ...settings, maxAge: readTime(texts, 'auth_jwt_max_age', 0) };
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

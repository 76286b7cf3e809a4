import type { ClaimsPolicy } from '../claims/check.ts';
import type { ClaimOutlet } from '../claims/claim-set.ts';
import { type IdentityPolicy, normaliseType } from '../claims/identity.ts';
import type { Requirement } from '../claims/require.ts';
import type { ConsumerPolicy } from '../consumers/consumer.ts';
import type { IntrospectionPolicy } from '../introspection/introspect.ts';
import { type KeySettings, type KeySource, settingOf } from '../keys/source.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { RevocationPolicy } from '../revocation/check.ts';
import { ALGORITHM_NAMES, findAlgorithm } from '../signature/algorithms.ts';
import type { TokenSource } from '../token/sources.ts';
import { checkAnswers } from './answers.ts';
import { readGrants, readRequire, readRolesPath } from './authorization.ts';
import { readClaimSet } from './claim-set.ts';
import { readConsumers } from './consumers.ts';
import { readIntrospection } from './introspection.ts';
import { readIssuers } from './issuers.ts';
import { readKeySources, readKeyTimes } from './key-sources.ts';
import { readRevocation } from './revocation.ts';
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
  /** Whether keys of several sources may sign for each of several issuers, which the operator should know. */
  readonly hasOnePool: boolean;
  /** How consumers are found; absent where the keys are those of an issuer. */
  readonly consumers: ConsumerPolicy | undefined;
  /** Which tokens are introspected; absent where none is. */
  readonly introspection: IntrospectionPolicy | undefined;
  /** Where revocation lists are; absent where there are none. */
  readonly revocation: RevocationPolicy | undefined;
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
  const issuers = readIssuers(texts);
  const keys = readKeySources(texts, issuers);
  const consumers = readConsumers(texts);
  const sources = consumers === undefined ? keys : alone(consumers.source, keys);
  const introspection = readIntrospection(texts, sources.length > 0);
  if (consumers !== undefined && introspection !== undefined) {
    const problem =
      'beside $auth_jwt_consumers_file, and nobody but a credential tells whose a token is';
    throw misread(texts, 'auth_jwt_introspection_request', problem);
  }
  if (introspection === undefined && sources.length === 0) {
    throw withoutKeys();
  }
  // The spread first: each one copies what stands before it.
  const settings = {
    ...readKeyTimes(texts),
    tokenFrom: readTokenFrom(texts),
    sources,
    algorithms: readAlgorithms(texts),
    issuers,
    audiences: readList(texts, 'auth_jwt_audience'),
    types: readList(texts, 'auth_jwt_typ').map(normaliseType),
    leeway: readTime(texts, 'auth_jwt_leeway', 0),
    requireExp: readSwitch(texts, 'auth_jwt_require_exp', true),
    ignoresBinding: readChoice(texts, 'auth_jwt_binding', ['refuse', 'ignore']) === 'ignore',
    rules: readRules(texts),
    scopes: readGrants(texts, 'auth_jwt_scopes'),
    roles: readGrants(texts, 'auth_jwt_roles'),
    rolesPath: readRolesPath(texts),
    require: readRequire(texts),
    claimSet: readClaimSet(texts),
    optional: readChoice(texts, 'auth_jwt_optional', ['off', 'missing', 'failed']),
    letsPreflightPass: readChoice(texts, 'auth_jwt_preflight', ['check', 'allow']) === 'allow',
    isReportOnly: readChoice(texts, 'auth_jwt_mode', ['enforce', 'report']) === 'report',
    hasOnePool: isOnePool(sources, issuers),
    consumers: consumers?.policy,
    introspection,
    revocation: readRevocation(texts),
    maxAge: readLimit(texts, 'auth_jwt_max_age'),
    maximumExpiration: readLimit(texts, 'auth_jwt_maximum_expiration'),
  };
  checkAnswers(texts);
  return settings;
}

/** One source of which the issuer is not known suffices, next to another. */
function isOnePool(sources: readonly KeySource[], issuers: IdentityPolicy['issuers']): boolean {
  return (
    issuers !== 'any' &&
    issuers.length > 1 &&
    sources.length > 1 &&
    sources.some(({ issuer }) => issuer === undefined)
  );
}

/** A token that one of an issuer's keys has signed would be taken for a consumer's. */
function alone(consumers: KeySource, others: readonly KeySource[]): KeySource[] {
  if (others.length > 0) {
    const explanation = 'another source of keys is set beside $auth_jwt_consumers_file';
    throw refuse('bad_configuration', settingOf(others[0] as KeySource), explanation);
  }
  return [consumers];
}

function withoutKeys(): Refusal {
  return refuse(
    'bad_configuration',
    'auth_jwt_key_file',
    'none of $auth_jwt_key_file, $auth_jwt_key_request, $auth_jwt_key_url, $auth_jwt_key_discovery, ' +
      '$auth_jwt_consumers_file and $auth_jwt_introspection_request is set: there is nothing to check with',
  );
}

/** A time without a default: absent where it is not set. */
function readLimit(texts: SettingTexts, name: string): number | undefined {
  return texts[name] === undefined ? undefined : readTime(texts, name, 0);
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

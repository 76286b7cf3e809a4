/**
 * Settings of the contract that this version does not have. Passing over one of them would be a
 * weaker policy than the one that was written down.
 */
export const NOT_IMPLEMENTED: readonly string[] = [
  'auth_jwt_introspection_request',
  'auth_jwt_revocation_file',
  'auth_jwt_revocation_request',
];

/**
 * The variables that make a policy, in the order in which `$auth_jwt_policy` of `auth_jwt.conf` joins
 * them.
 */
export const SETTING_NAMES: readonly string[] = [
  'auth_jwt',
  'auth_jwt_token_from',
  'auth_jwt_key_file',
  'auth_jwt_key_request',
  'auth_jwt_key_url',
  'auth_jwt_key_discovery',
  'auth_jwt_insecure_http',
  'auth_jwt_key_cache',
  'auth_jwt_key_stale',
  'auth_jwt_key_cooldown',
  'auth_jwt_algorithms',
  'auth_jwt_issuer',
  'auth_jwt_audience',
  'auth_jwt_leeway',
  'auth_jwt_require_exp',
  'auth_jwt_max_age',
  'auth_jwt_typ',
  'auth_jwt_require',
  'auth_jwt_require_claims',
  'auth_jwt_scopes',
  'auth_jwt_roles',
  'auth_jwt_roles_claim',
  'auth_jwt_claim_set',
  'auth_jwt_optional',
  'auth_jwt_preflight',
  'auth_jwt_mode',
  'auth_jwt_login_url',
  'auth_jwt_resource_metadata',
].concat(NOT_IMPLEMENTED);

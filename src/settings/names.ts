/** The settings of a policy. */
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
  'auth_jwt_introspection_request',
  'auth_jwt_introspection',
  'auth_jwt_introspection_cache',
  'auth_jwt_revocation_file',
  'auth_jwt_revocation_request',
  'auth_jwt_revocation_cache',
  'auth_jwt_revocation_stale',
  'auth_jwt_revocation_failure',
  'auth_jwt_consumers_file',
  'auth_jwt_key_claim_name',
  'auth_jwt_secret_is_base64',
  'auth_jwt_maximum_expiration',
  'auth_jwt_anonymous_consumer',
  'auth_jwt_server_id',
  'auth_jwt_binding',
];

/**
 * nginx's own variables that tell one `server {}` from another: what is fetched from an internal location is that of
 * this server, and another one may have another location of the same URI.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#variables
 */
export const SERVER_NAMES: readonly string[] = ['server_name', 'server_addr', 'server_port'];

/**
 * First field of `$auth_jwt_policy`: `v1`, and the first eight digits of the SHA-256 of the names after it, joined by spaces. An
 * `auth_jwt.conf` of another version has another one.
 */
export const POLICY_FORMAT = 'v1-7f4b970f';

/** All that makes a policy, in the order in which `$auth_jwt_policy` of `auth_jwt.conf` joins it. */
export const POLICY_NAMES: readonly string[] = SETTING_NAMES.concat(SERVER_NAMES);

import type { Variables } from '../token/extract.ts';
import { type UnmetStatus, unmet } from './unmet.ts';

/** Variables that must hold something: `$auth_jwt_require`. */
export interface Requirement {
  /** Names of variables, without `$`; none: nothing is required. */
  readonly names: readonly string[];
  /** Status of the refusal. */
  readonly error: UnmetStatus;
}

/**
 * Checks that variables are neither empty nor `0`, as `auth_jwt_require` of NGINX Plus does. They
 * are read after the claims have been set, so that a `map` over `$jwt_claim_*` works.
 *
 * @param requirement what is wanted
 * @param request variables of nginx
 * @throws Refusal `bad_claim` (401) or `no_roles` (403), detail the name of the variable
 * @see https://nginx.org/en/docs/http/ngx_http_auth_jwt_module.html#auth_jwt_require
 */
export function checkRequired(requirement: Requirement, request: Variables): void {
  for (const name of requirement.names) {
    const value = request.variable(name);
    if (value === undefined || value === '' || value === '0') {
      throw unmet(requirement.error, name);
    }
  }
}

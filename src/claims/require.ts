import type { Variables } from '../token/extract.ts';
import { type UnmetStatus, unmet } from './unmet.ts';

/** Variables that must hold something: one part of `$auth_jwt_require`. */
export interface Requirement {
  /** Names of variables, without `$`. */
  readonly names: readonly string[];
  /** Status of the refusal. */
  readonly error: UnmetStatus;
}

/**
 * Checks that variables are neither empty nor `0`, as `auth_jwt_require` of NGINX Plus does. They
 * are read after the claims have been set, so that a `map` over `$jwt_claim_*` works.
 *
 * @param requirements what is wanted, all of it
 * @param request variables of nginx
 * @throws Refusal `bad_claim` (401) or `no_roles` (403), detail the name of the variable
 * @see https://nginx.org/en/docs/http/ngx_http_auth_jwt_module.html#auth_jwt_require
 */
export function checkRequired(requirements: readonly Requirement[], request: Variables): void {
  for (const { names, error } of requirements) {
    for (const name of names) {
      const value = request.variable(name);
      if (value === undefined || value === '' || value === '0') {
        throw unmet(error, name);
      }
    }
  }
}

import { isArray, type Json, type JsonObject } from '../json.ts';
import { refuse } from '../refusal.ts';
import { type ClaimPath, resolvePath } from './path.ts';

/** Names of which a token must have all, or one. */
export interface Grants {
  /** The names; none: nothing is required. */
  readonly names: readonly string[];
  /** Whether one of them suffices: `any:` stands in front. */
  readonly isAny: boolean;
}

/** What the configuration wants a token to grant. */
export interface GrantPolicy {
  /** Required scopes: `$auth_jwt_scopes`. */
  readonly scopes: Grants;
  /** Required roles: `$auth_jwt_roles`. */
  readonly roles: Grants;
  /** Where the roles stand: `$auth_jwt_roles_claim`. */
  readonly rolesPath: ClaimPath;
}

/**
 * Checks roles and scopes. Scopes are those of `scope` (RFC 8693, section 4.2), or where a token has
 * none of `scp`, as a list between spaces or as an array. Roles are an array, or a text that is one
 * role: it is not taken apart, for a role may have a space in its name.
 *
 * @param claims claims whose signature has been verified
 * @param policy what is wanted
 * @throws Refusal `no_roles`, detail `roles` or `scope`
 */
export function checkGrants(claims: JsonObject, policy: GrantPolicy): void {
  const { roles, scopes } = policy;
  if (roles.names.length > 0 && !isGranted(roles, rolesOf(claims, policy.rolesPath))) {
    throw refuse('no_roles', 'roles');
  }
  if (scopes.names.length > 0 && !isGranted(scopes, scopesOf(claims))) {
    throw refuse('no_roles', 'scope');
  }
}

function isGranted({ names, isAny }: Grants, granted: readonly Json[]): boolean {
  const isThere = (name: string) => granted.indexOf(name) >= 0;
  return isAny ? names.some(isThere) : names.every(isThere);
}

function rolesOf(claims: JsonObject, path: ClaimPath): readonly Json[] {
  const value = resolvePath(claims, path);
  if (isArray(value)) {
    return value;
  }
  return typeof value === 'string' ? [value] : [];
}

function scopesOf({ scope, scp }: JsonObject): readonly Json[] {
  const value = scope === undefined ? scp : scope;
  if (isArray(value)) {
    return value;
  }
  return typeof value === 'string' ? value.split(' ') : [];
}

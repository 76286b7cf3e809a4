import type { Door } from './runtimes.ts';

/** Values of `$auth_jwt_…`; the key is the name after that, '' is `$auth_jwt` itself. */
export type PolicySettings = Readonly<Record<string, string>>;

/** One protected location. */
export interface Protected {
  /** Path of the location, also a prefix: `/orders/`. */
  readonly path: string;
  /** Its settings. */
  readonly settings: PolicySettings;
  /** What else stands in the protected location; by default it is proxied to the echo of the test. */
  readonly inside?: string;
}

/**
 * The configuration of a protected location, through one door or the other: the same settings stand
 * in the internal location of `auth_request`, or in the location itself.
 *
 * @param door which door
 * @param location the location
 */
export function protect(door: Door, { path, settings, inside = '' }: Protected): string {
  const sets = Object.entries(settings)
    .map(([name, value]) => `set $auth_jwt${name && `_${name}`} ${quote(value)};`)
    .join(' ');
  const answer = 'error_page 401 403 500 = @auth_jwt_error;';
  if (door === 'enforceJwt') {
    return `location ${path} { ${sets} js_access auth_jwt.enforceJwt; ${answer} ${inside} }`;
  }
  const policy = `/_policy${path.replace(/\W/g, '_')}`;
  return `
    location = ${policy} { include /etc/nginx/auth_jwt/auth_jwt_policy.conf; ${sets} }
    location ${path} { auth_request ${policy}; ${answer} ${inside} }`;
}

/** nginx expands `$name` in quoted values too, as a user's configuration would. */
function quote(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

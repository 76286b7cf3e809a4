import { type Refusal, refuse } from '../refusal.ts';

/** Status of the refusal where a condition of the user's own is not met: `error=401` or `error=403`. */
export type UnmetStatus = 401 | 403;

/**
 * Makes the refusal for a condition of the user's own.
 *
 * @param status 401: the token is not good enough; 403: it is good, and grants too little
 * @param detail name of what is not as it should be, from the configuration
 * @returns `bad_claim` or `no_roles`
 */
export function unmet(status: UnmetStatus, detail: string): Refusal {
  return refuse(status === 403 ? 'no_roles' : 'bad_claim', detail);
}

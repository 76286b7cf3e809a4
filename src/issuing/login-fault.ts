import { type Refusal, refuse } from '../refusal.ts';

/** The setting that names the login service: detail of what is wrong with its answer. */
const SETTING = 'auth_jwt_login_request';

/**
 * Makes the refusal for an answer of the login service that no token can be made of. The client is
 * told 502: neither it nor the configuration is to blame.
 *
 * @param problem what is wrong with the answer, without any value of it
 */
export function loginFault(problem: string): Refusal {
  return refuse('cannot_parse', SETTING, `the answer of $${SETTING} ${problem}`);
}

/**
 * Tells such a refusal from others.
 *
 * @param refusal any refusal
 */
export function isLoginFault({ reason, detail }: Refusal): boolean {
  return reason === 'cannot_parse' && detail === SETTING;
}

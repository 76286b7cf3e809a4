import type { Consumer } from '../consumers/consumer.ts';
import type { NginxVariables } from '../nginx.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { challengeFor } from './challenge.ts';
import { toHeaderJson, toHeaderValue } from './header-value.ts';
import { claimsIn, filledBy, PASSED, REFUSED } from './passed.ts';

/** The results whose names are known beforehand. */
const RESULTS = [
  'no_auth_reason',
  'no_auth_detail',
  'auth_jwt_challenge',
  'auth_jwt_anonymous',
  'auth_jwt_cache',
  'auth_jwt_consumer_id',
  'auth_jwt_consumer_username',
  'auth_jwt_consumer_custom_id',
  'auth_jwt_credential_identifier',
  PASSED,
];

/**
 * Empties every result variable: nothing of an earlier check of this request may stand beside the
 * verdict of this one.
 *
 * @param variables the variables of the request
 * @throws what njs throws for a variable that cannot be written, when all others are empty
 */
export function clearResults(variables: NginxVariables): void {
  const passed = variables[PASSED];
  if (passed === '') {
    return;
  }
  const failures: unknown[] = [];
  for (const name of [...filledBy(passed ?? REFUSED), ...RESULTS]) {
    try {
      put(variables, name, '');
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

/**
 * Makes the value of `$jwt_claims`, for `js_set`: few configurations use it, and it would cost as much
 * as all the rest.
 *
 * @param variables the variables of the request
 * @returns all claims as JSON; empty where no token has been let pass
 */
export function claimsJson(variables: NginxVariables): string {
  const claims = claimsIn(variables[PASSED] ?? '');
  return claims === undefined ? '' : toHeaderJson(claims);
}

/**
 * Says in variables why a request is refused: `$no_auth_reason`, `$no_auth_detail` and
 * `$auth_jwt_challenge`.
 *
 * @param variables the variables of the request
 * @param refusal why
 */
export function writeRefusal(variables: NginxVariables, refusal: Refusal): void {
  put(variables, 'no_auth_reason', refusal.reason);
  put(variables, 'no_auth_detail', refusal.detail);
  put(variables, 'auth_jwt_challenge', challengeFor(refusal, variables));
  leaveMark(variables);
}

/**
 * Says that a request passes without being known: `$auth_jwt_anonymous`.
 *
 * @param variables the variables of the request
 * @throws Refusal `bad_configuration` where nobody can tell which claims an earlier check has left
 */
export function writeAnonymous(variables: NginxVariables): void {
  if (variables[PASSED] === undefined) {
    const explanation = `nobody passes unknown without "js_var $${PASSED};", which auth_jwt.conf has`;
    throw refuse('bad_configuration', PASSED, explanation);
  }
  put(variables, 'auth_jwt_anonymous', '1');
  leaveMark(variables);
}

/**
 * Says who the consumer is: `$auth_jwt_consumer_id`, `_username`, `_custom_id` and
 * `$auth_jwt_credential_identifier`.
 *
 * @param variables the variables of the request
 * @param consumer the consumer
 */
export function writeConsumer(variables: NginxVariables, consumer: Consumer): void {
  put(variables, 'auth_jwt_consumer_id', toHeaderValue(consumer.id));
  put(variables, 'auth_jwt_consumer_username', toHeaderValue(consumer.username));
  put(variables, 'auth_jwt_consumer_custom_id', toHeaderValue(consumer.customId));
  put(variables, 'auth_jwt_credential_identifier', toHeaderValue(consumer.credential));
}

/** A check that runs after this one has something to empty. */
function leaveMark(variables: NginxVariables): void {
  if (variables[PASSED] === '') {
    variables[PASSED] = REFUSED;
  }
}

/** A result that the configuration does not declare is one that nobody reads. */
function put(variables: NginxVariables, name: string, value: string): void {
  if (name in variables) {
    variables[name] = value;
  }
}

import { clearResults, writeClaims, writeRefusal } from '../answer/results.ts';
import { authenticate } from '../authenticate.ts';
import { checkRequired } from '../claims/require.ts';
import { KeyRing } from '../keys/ring.ts';
import type { NginxRequest, NginxVariables } from '../nginx.ts';
import type { VerifiedToken } from '../proof.ts';
import { reasons } from '../reasons.ts';
import { isRefusal, refuse } from '../refusal.ts';
import { readPolicy } from '../settings/policy.ts';
import type { Settings } from '../settings/settings.ts';
import { type Context, currentContext } from './context.ts';
import { Gateway } from './gateway.ts';
import { report, unforeseen } from './report.ts';

/**
 * How long a check may take, in milliseconds. nginx lets a request pass whose `js_access` handler
 * waits for something that never comes, so something must always come.
 */
export const DEADLINE_MS = 8000;

/** How a door tells nginx: exactly one of the two is called, once. */
export interface Door {
  /** Lets the request pass. */
  allow(r: NginxRequest): void;
  /** Refuses it with this status: 401, 403 or 500. */
  deny(r: NginxRequest, status: number): void;
}

/**
 * Checks a request and tells the door. Whatever is thrown, rejected or left unsettled on the way
 * ends in a denial.
 *
 * @param r the request
 * @param door how to tell
 * @param context what is remembered from earlier requests
 * @returns a promise that settles when the door has been told, or nothing where it has been already
 */
export function guard(
  r: NginxRequest,
  door: Door,
  context: Context = currentContext(),
): Promise<void> | undefined {
  try {
    const { variables } = r;
    clearResults(variables);
    const settings = readPolicy(variables);
    if (settings === 'off') {
      door.allow(r);
      return undefined;
    }
    const outcome = check(r, settings, context);
    if (isPromise(outcome)) {
      return wait(r, door, outcome, settings, context);
    }
    accept(r, door, settings, outcome, context);
  } catch (thrown) {
    deny(r, door, thrown);
  }
  return undefined;
}

function check(
  r: NginxRequest,
  settings: Settings,
  { store, known, warning }: Context,
): VerifiedToken | Promise<VerifiedToken> {
  const gateway = new Gateway(r, store);
  if (warning !== undefined) {
    gateway.warn(warning);
  }
  const keys = new KeyRing(gateway, settings);
  return authenticate(gateway, settings, { keys, known, now: gateway.now() });
}

function isPromise(
  outcome: VerifiedToken | Promise<VerifiedToken>,
): outcome is Promise<VerifiedToken> {
  return typeof (outcome as Partial<Promise<VerifiedToken>>).then === 'function';
}

/** Waits for the verdict, no longer than {@link DEADLINE_MS}, and tells the door once. */
function wait(
  r: NginxRequest,
  door: Door,
  outcome: Promise<VerifiedToken>,
  settings: Settings,
  context: Context,
): Promise<void> {
  let isOpen = true;
  const timer = setTimeout(() => {
    isOpen = false;
    deny(r, door, refuse('keys_unavailable', 'deadline', `no verdict within ${DEADLINE_MS} ms`));
  }, DEADLINE_MS);
  // njs throws where a timer is cleared that has fired.
  return outcome.then(
    (token) => {
      if (isOpen) {
        clearTimeout(timer);
        accept(r, door, settings, token, context);
      }
    },
    (thrown) => {
      if (isOpen) {
        clearTimeout(timer);
        deny(r, door, thrown);
      }
    },
  );
}

function accept(
  r: NginxRequest,
  door: Door,
  settings: Settings,
  token: VerifiedToken,
  context: Context,
): void {
  try {
    release(r.variables, settings, token, context);
    door.allow(r);
  } catch (thrown) {
    deny(r, door, thrown);
  }
}

/** The last station: claims become variables, and variables may still say no. */
function release(
  variables: NginxVariables,
  settings: Settings,
  { token, cache }: VerifiedToken,
  context: Context,
): void {
  writeClaims(variables, token, cache, context.outlets);
  if (settings.require.names.length > 0) {
    checkRequired(settings.require, (name) => variables[name]);
  }
}

function deny(r: NginxRequest, door: Door, thrown: unknown): void {
  const refusal = isRefusal(thrown) ? thrown : unforeseen(thrown);
  attempt(() => clearResults(r.variables));
  attempt(() => writeRefusal(r.variables, refusal));
  attempt(() => report(r, refusal));
  door.deny(r, reasons()[refusal.reason].status);
}

/** Whether it can be told why must not decide whether the request is refused. */
function attempt(tell: () => void): void {
  try {
    tell();
  } catch (_error) {
    // A variable that cannot be written: the configuration defines it another way.
  }
}

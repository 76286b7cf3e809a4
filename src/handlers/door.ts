import { clearResults, writeClaims, writeRefusal } from '../answer/results.ts';
import { authenticate, type VerifiedToken } from '../authenticate.ts';
import { checkRequired } from '../claims/require.ts';
import { openKeyRing } from '../keys/ring.ts';
import type { NginxRequest } from '../nginx.ts';
import { REASONS } from '../reasons.ts';
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
      return wait(r, door, outcome, (token) => release(r, settings, token, context));
    }
    release(r, settings, outcome, context);
    door.allow(r);
  } catch (thrown) {
    deny(r, door, thrown);
  }
  return undefined;
}

function isPromise(
  outcome: VerifiedToken | Promise<VerifiedToken>,
): outcome is Promise<VerifiedToken> {
  return typeof (outcome as Partial<Promise<VerifiedToken>>).then === 'function';
}

function check(
  r: NginxRequest,
  settings: Settings,
  context: Context,
): VerifiedToken | Promise<VerifiedToken> {
  const gateway = new Gateway(r, context.store);
  if (context.warning !== undefined) {
    gateway.warn(context.warning);
  }
  return authenticate(gateway, settings, {
    keys: openKeyRing(gateway, settings),
    known: context.known,
    now: gateway.now(),
  });
}

/** Waits for the verdict, no longer than {@link DEADLINE_MS}, and tells the door once. */
function wait(
  r: NginxRequest,
  door: Door,
  outcome: Promise<VerifiedToken>,
  accept: (token: VerifiedToken) => void,
): Promise<void> {
  let isDecided = false;

  function conclude(decide: () => void): void {
    if (isDecided) {
      return;
    }
    isDecided = true;
    try {
      decide();
      door.allow(r);
    } catch (thrown) {
      deny(r, door, thrown);
    }
  }

  const stop = startTimer(() => conclude(timeOut));
  return outcome.then(
    (token) => {
      stop();
      conclude(() => accept(token));
    },
    (thrown) => {
      stop();
      conclude(() => {
        throw thrown;
      });
    },
  );
}

/** Starts the deadline and gives back how to end it: njs throws where a timer is cleared that has fired. */
function startTimer(onTimeout: () => void): () => void {
  let isPending = true;
  const timer = setTimeout(() => {
    isPending = false;
    onTimeout();
  }, DEADLINE_MS);
  return () => {
    if (isPending) {
      clearTimeout(timer);
    }
  };
}

function timeOut(): never {
  throw refuse('keys_unavailable', 'deadline', `no verdict within ${DEADLINE_MS} ms`);
}

/** The last station: claims become variables, and variables may still say no. */
function release(
  r: NginxRequest,
  settings: Settings,
  { token, cache }: VerifiedToken,
  context: Context,
): void {
  writeClaims(r.variables, token, cache, context.outlets);
  if (settings.require.names.length > 0) {
    checkRequired(settings.require, (name) => r.variables[name]);
  }
}

function deny(r: NginxRequest, door: Door, thrown: unknown): void {
  const refusal = isRefusal(thrown) ? thrown : unforeseen(thrown);
  attempt(() => clearResults(r.variables));
  attempt(() => writeRefusal(r.variables, refusal));
  attempt(() => report(r, refusal));
  door.deny(r, REASONS[refusal.reason].status);
}

/** Whether it can be told why must not decide whether the request is refused. */
function attempt(tell: () => void): void {
  try {
    tell();
  } catch (_error) {
    // A variable that cannot be written: the configuration defines it another way.
  }
}

import { clearResults, writeClaims, writeRefusal } from '../answer/results.ts';
import { authenticate, type VerifiedToken } from '../authenticate.ts';
import { checkRequired } from '../claims/require.ts';
import { readSource } from '../keys/read.ts';
import { openKeyRing } from '../keys/ring.ts';
import type { KeySource } from '../keys/source.ts';
import { openStore } from '../keys/store.ts';
import type { NginxRequest } from '../nginx.ts';
import { REASONS } from '../reasons.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { isSwitchedOff, readSettings, type Settings } from '../settings/settings.ts';
import { openVerified } from '../signature/verified.ts';
import { openZone } from '../zone.ts';
import { report, unforeseen } from './report.ts';
import { warnOnce } from './warn-once.ts';

/**
 * How long a check may take, in milliseconds. nginx lets a request pass whose `js_access` handler
 * waits for something that never comes, so something must always come.
 */
export const DEADLINE_MS = 8000;

/** How a door tells nginx: exactly one of the two is called, once. */
export interface Door {
  /** Lets the request pass. */
  allow(): void;
  /** Refuses it with this status: 401, 403 or 500. */
  deny(status: number): void;
}

/**
 * Checks a request and tells the door. Whatever is thrown, rejected or left unsettled on the way
 * ends in a denial.
 *
 * @param r the request
 * @param door how to tell
 * @returns a promise that settles when the door has been told, or nothing where it has been already
 */
export function guard(r: NginxRequest, door: Door): Promise<void> | undefined {
  let isDecided = false;

  function conclude(decide: () => void): void {
    if (isDecided) {
      return;
    }
    isDecided = true;
    try {
      decide();
    } catch (thrown) {
      deny(r, door, thrown);
      return;
    }
    door.allow();
  }

  try {
    clearResults(r.variables);
    if (isSwitchedOff(r.variables)) {
      conclude(() => undefined);
      return undefined;
    }
    const settings = readSettings(r.variables);
    const outcome = check(r, settings);
    if (!isPromise(outcome)) {
      conclude(() => release(r, settings, outcome));
      return undefined;
    }
    const stop = startTimer(() => conclude(timeOut));
    return outcome.then(
      (token) => {
        stop();
        conclude(() => release(r, settings, token));
      },
      (thrown) => {
        stop();
        conclude(() => {
          throw thrown;
        });
      },
    );
  } catch (thrown) {
    conclude(() => {
      throw thrown;
    });
    return undefined;
  }
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

function isPromise(
  outcome: VerifiedToken | Promise<VerifiedToken>,
): outcome is Promise<VerifiedToken> {
  return typeof (outcome as Partial<Promise<VerifiedToken>>).then === 'function';
}

function check(r: NginxRequest, settings: Settings): VerifiedToken | Promise<VerifiedToken> {
  const request = {
    header: (name: string) => r.headersIn[name],
    variable: (name: string) => r.variables[name],
  };
  const keyZone = openZone('auth_jwt_keys');
  const verifiedZone = openZone('auth_jwt_verified');
  if (!keyZone || !verifiedZone) {
    const name = keyZone ? 'auth_jwt_verified' : 'auth_jwt_keys';
    warnOnce(r, `no js_shared_dict_zone ${name}: nothing is remembered between requests`);
  }
  const world = {
    store: keyZone && openStore(keyZone),
    read: (source: KeySource) => readSource(r, source),
    report: (refusal: Refusal) => report(r, refusal),
    warn: (text: string) => warnOnce(r, text),
    now: secondsNow,
  };
  return authenticate(request, settings, {
    keys: openKeyRing(world, settings),
    verified: openVerified(verifiedZone),
    now: secondsNow(),
  });
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}

/** The last station: claims become variables, and variables may still say no. */
function release(r: NginxRequest, settings: Settings, token: VerifiedToken): void {
  writeClaims(r.variables, token);
  checkRequired(settings.require, (name) => r.variables[name]);
}

function timeOut(): never {
  throw refuse('keys_unavailable', 'deadline', `no verdict within ${DEADLINE_MS} ms`);
}

function deny(r: NginxRequest, door: Door, thrown: unknown): void {
  const refusal = isRefusal(thrown) ? thrown : unforeseen(thrown);
  attempt(() => clearResults(r.variables));
  attempt(() => writeRefusal(r.variables, refusal));
  attempt(() => report(r, refusal));
  door.deny(REASONS[refusal.reason].status);
}

/** Whether it can be told why must not decide whether the request is refused. */
function attempt(tell: () => void): void {
  try {
    tell();
  } catch (_error) {
    // A variable that cannot be written: the configuration defines it another way.
  }
}

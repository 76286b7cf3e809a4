import { clearResults, writeClaims, writeRefusal } from '../answer/results.ts';
import { authenticate, type VerifiedToken } from '../authenticate.ts';
import { checkRequired } from '../claims/require.ts';
import { loadKeys } from '../keys/load.ts';
import type { NginxRequest } from '../nginx.ts';
import { REASONS } from '../reasons.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { isSwitchedOff, readSettings, type Settings } from '../settings/settings.ts';

/**
 * How long a check may take, in milliseconds. nginx lets a request pass whose `js_access` handler
 * waits for something that never comes, so something must always come.
 */
export const DEADLINE_MS = 5000;

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
    const timer = setTimeout(() => conclude(timeOut), DEADLINE_MS);
    return check(r, settings).then(
      (token) => {
        clearTimeout(timer);
        conclude(() => release(r, settings, token));
      },
      (thrown) => {
        clearTimeout(timer);
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

function check(r: NginxRequest, settings: Settings): Promise<VerifiedToken> {
  const request = {
    header: (name: string) => r.headersIn[name],
    variable: (name: string) => r.variables[name],
  };
  const now = Math.floor(Date.now() / 1000);
  return authenticate(request, settings, () => loadKeys(r, settings), now);
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

/** What the operator can mend is for the log to show; bad tokens are everyday. */
function report(r: NginxRequest, refusal: Refusal): void {
  const { reason, detail, explanation } = refusal;
  const message = printable(`auth_jwt: ${reason}: ${explanation || detail}`);
  if (REASONS[reason].status === 500) {
    r.error(message);
  } else if (explanation !== '') {
    r.warn(message);
  } else {
    r.log(message);
  }
}

/** The message may quote the input, so only the kind of the error is told. */
function unforeseen(thrown: unknown): Refusal {
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return refuse('generic_error', '', `unforeseen ${name}`);
}

/** A setting may come from a request: one line, and not a long one. */
function printable(message: string): string {
  return message.replace(/[^\x20-\x7e]/g, '?').slice(0, 500);
}

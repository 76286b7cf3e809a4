import { clearResults, writeAnonymous, writeConsumer, writeRefusal } from '../answer/results.ts';
import { writeClaims } from '../answer/write-claims.ts';
import { authenticate, isPromise } from '../authenticate.ts';
import { checkRequired } from '../claims/require.ts';
import { KeyRing } from '../keys/ring.ts';
import type { NginxRequest, NginxVariables } from '../nginx.ts';
import type { VerifiedToken } from '../proof.ts';
import { type NoAuthReason, reasons } from '../reasons.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { readPolicy } from '../settings/policy.ts';
import type { Settings } from '../settings/settings.ts';
import { anonymousConsumer } from './anonymous-consumer.ts';
import { type Context, currentContext } from './context.ts';
import { bringsErrand, ERRAND_DONE, runErrand } from './errand.ts';
import { Gateway } from './gateway.ts';
import { isPreflight } from './preflight.ts';
import { report, toRefusal } from './report.ts';

/**
 * How long a check may take, in milliseconds. nginx lets a request pass whose `js_access` handler
 * waits for something that never comes, so something must always come.
 */
export const DEADLINE_MS = 8000;

/** How a door tells nginx: exactly one of the two is called, once. */
export interface Door {
  /** Lets the request pass. */
  allow(r: NginxRequest): void;
  /** Refuses it with the status of the reason: 401, 403 or 500. */
  deny(r: NginxRequest, status: number, reason: NoAuthReason): void;
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
  return new Guard(r, door, context).run();
}

class Guard {
  private readonly r: NginxRequest;
  private readonly door: Door;
  private readonly context: Context;
  /** The policy, once it has been understood. */
  private settings: Settings | undefined;
  /** Whether nginx has sent the request to itself: nothing lets it pass. */
  private isErrand = false;

  constructor(r: NginxRequest, door: Door, context: Context) {
    this.r = r;
    this.door = door;
    this.context = context;
  }

  run(): Promise<void> | undefined {
    const { r, door } = this;
    try {
      // Looked up once: nginx makes a new object each time.
      const { variables } = r;
      clearResults(variables);
      const settings = readPolicy(variables);
      const gateway = new Gateway(r, this.context);
      if (settings === 'off') {
        this.isErrand = bringsErrand(r, gateway);
        if (this.isErrand) {
          throw ERRAND_DONE;
        }
        door.allow(r);
        return undefined;
      }
      this.settings = settings;
      if (settings.letsPreflightPass && isPreflight(gateway)) {
        this.letPassUnknown();
        return undefined;
      }
      const outcome = this.check(gateway, settings);
      if (isPromise(outcome)) {
        return this.wait(outcome, gateway);
      }
      this.accept(outcome, settings, variables);
    } catch (thrown) {
      const errand = this.runErrand();
      if (errand !== undefined) {
        return errand;
      }
      this.refuse(thrown);
    }
    return undefined;
  }

  /**
   * Runs the errand that a request brings in the place of a token.
   *
   * @returns `undefined` where it brings none
   */
  private runErrand(): Promise<void> | undefined {
    const { r, settings } = this;
    try {
      if (settings === undefined) {
        return undefined;
      }
      const gateway = new Gateway(r, this.context);
      const sources = settings.sources.concat(settings.revocation?.sources ?? []);
      const errand = runErrand(r, gateway, sources);
      this.isErrand = errand !== undefined || bringsErrand(r, gateway);
      return errand && this.wait(errand, gateway);
    } catch (_error) {
      return undefined;
    }
  }

  private check(gateway: Gateway, settings: Settings): VerifiedToken | Promise<VerifiedToken> {
    const { known, warning } = this.context;
    if (warning !== undefined) {
      gateway.warn(warning);
    }
    if (settings.isReportOnly) {
      gateway.warn(REPORT_ONLY);
    }
    if (settings.hasOnePool) {
      gateway.warn(ONE_POOL);
    }
    const keys = new KeyRing(gateway, settings);
    const now = gateway.now();
    return authenticate(settings, { request: gateway, keys, known, now, services: gateway });
  }

  /** Waits for the verdict, no longer than {@link DEADLINE_MS}, and tells the door once. */
  private wait(outcome: Promise<VerifiedToken>, gateway: Gateway): Promise<void> {
    let isOpen = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      timer = setTimeout(() => {
        if (isOpen) {
          const explanation = `no verdict within ${DEADLINE_MS} ms`;
          this.refuse(refuse(gateway.missing, 'deadline', explanation));
          // Not before nginx has been told: else a verdict that comes later would be told to nobody.
          isOpen = false;
        }
      }, DEADLINE_MS);
    } catch (thrown) {
      // The outcome is waited for all the same: what a subrequest brings must find the handler there.
      isOpen = false;
      this.refuse(thrown);
    }
    const isFirst = (): boolean => {
      if (!isOpen) {
        return false;
      }
      isOpen = false;
      // njs throws where a timer is cleared that has fired.
      attempt(() => clearTimeout(timer));
      return true;
    };
    return outcome.then(
      (token) => {
        if (isFirst()) {
          this.accept(token, this.settings as Settings, this.r.variables);
        }
      },
      (thrown) => {
        if (isFirst()) {
          this.refuse(thrown);
        }
      },
    );
  }

  /** The last station: claims become variables, and variables may still say no. */
  private accept(
    { token, cache, consumer }: VerifiedToken,
    { claimSet, require }: Settings,
    variables: NginxVariables,
  ): void {
    const { r, door, context } = this;
    try {
      writeClaims(variables, token, cache, context.outlets, claimSet);
      if (consumer !== undefined) {
        writeConsumer(variables, consumer);
      }
      if (require.length > 0) {
        checkRequired(require, { variable: (name) => variables[name] });
      }
      door.allow(r);
    } catch (thrown) {
      this.refuse(thrown);
    }
  }

  private refuse(thrown: unknown): void {
    const { r, door } = this;
    const refusal = toRefusal(thrown);
    const isClear = attempt(() => clearResults(r.variables));
    attempt(() => report(r, refusal));
    // Nobody passes with what an earlier check has left.
    const verdict = isClear && !this.isErrand ? this.excuse(refusal) : refusal;
    if (verdict !== undefined) {
      attempt(() => writeRefusal(r.variables, verdict));
      const { reason } = verdict;
      door.deny(r, reasons()[reason].status, reason);
    }
  }

  /**
   * Lets a request pass that would be refused, where the configuration wants that.
   *
   * @returns why it is refused; `undefined` where it has passed
   */
  private excuse(refusal: Refusal): Refusal | undefined {
    try {
      return this.letPass(refusal) ? undefined : refusal;
    } catch (thrown) {
      const fault = toRefusal(thrown);
      attempt(() => report(this.r, fault));
      return fault;
    }
  }

  /** @returns whether the request has passed */
  private letPass(refusal: Refusal): boolean {
    const { r, settings } = this;
    const isExcused = settings !== undefined && excuses(settings.optional, refusal.reason);
    if (!isExcused) {
      // Read once more, for a policy that could not be understood is a verdict to be told, too.
      if ((r.variables.auth_jwt_mode ?? '').trim() !== 'report') {
        return false;
      }
      writeRefusal(r.variables, refusal);
    }
    const consumer = isExcused
      ? anonymousConsumer(settings, new Gateway(r, this.context))
      : undefined;
    if (consumer !== undefined) {
      writeConsumer(r.variables, consumer);
    }
    this.letPassUnknown();
    return true;
  }

  private letPassUnknown(): void {
    const { r, door } = this;
    writeAnonymous(r.variables);
    door.allow(r);
  }
}

/** A fault of the gateway is nobody's excuse, nor is a token that grants too little. */
function excuses(optional: Settings['optional'], reason: NoAuthReason): boolean {
  return (
    (optional !== 'off' && reason === 'empty_token') ||
    (optional === 'failed' && reasons()[reason].status === 401)
  );
}

const REPORT_ONLY =
  '$auth_jwt_mode is "report": no request is refused, whatever its token; $no_auth_reason says what would be';

const ONE_POOL =
  '$auth_jwt_issuer names several issuers, and more than one key source is set: a key of any of them may sign the ' +
  'tokens of each issuer; give each issuer a policy of its own, or use $auth_jwt_key_discovery';

/**
 * Does what must not decide whether a request is refused.
 *
 * @returns `false` where something was thrown, as for a variable that cannot be written
 */
function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (_error) {
    return false;
  }
}

import type { NoAuthReason } from './reasons.ts';

/**
 * The one thing that a station throws on purpose. Not a class and not an `Error`: once lowered to
 * ES5, `instanceof` of a subclass of `Error` is false, and a stack trace costs time that a flood of
 * bad tokens should not buy.
 */
export interface Refusal {
  readonly kind: 'refusal';
  /** What goes into `$no_auth_reason`. */
  readonly reason: NoAuthReason;
  /** What goes into `$no_auth_detail`: one word from our own code, never token content. */
  readonly detail: string;
  /** What the error log says beside the reason; may name settings, never token content. */
  readonly explanation: string;
  /** Whether what the client has sent may be the cause, where a source is to blame otherwise. */
  readonly isOfClient?: boolean;
}

/**
 * Makes a refusal, to be thrown.
 *
 * @param reason value of `$no_auth_reason`
 * @param detail value of `$no_auth_detail`, a word that a program can compare; empty by default
 * @param explanation text for the error log, for the operator; empty by default
 */
export function refuse(reason: NoAuthReason, detail = '', explanation = ''): Refusal {
  return { kind: 'refusal', reason, detail, explanation };
}

/**
 * Tells a refusal from anything else that can be thrown.
 *
 * @param thrown what a `catch` received
 */
export function isRefusal(thrown: unknown): thrown is Refusal {
  return (
    typeof thrown === 'object' && thrown !== null && (thrown as Partial<Refusal>).kind === 'refusal'
  );
}

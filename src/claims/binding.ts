import type { JsonObject } from '../json.ts';
import { refuse } from '../refusal.ts';

/** What the configuration wants of tokens that are bound to a key of their client. */
export interface BindingPolicy {
  /** Whether they are accepted as if they were not bound: `$auth_jwt_binding ignore`. */
  readonly ignoresBinding: boolean;
}

/** Who tells the operator. */
export interface Warner {
  /** Writes to the error log, once a day for each text. */
  warn(text: string): void;
}

const IGNORED =
  '$auth_jwt_binding "ignore": a token with "cnf" passes without proof that its sender holds the key; ' +
  'set "refuse" (the default) to accept plain bearer tokens only';

/**
 * Checks that a token is not bound to a key (`cnf`, RFC 7800): by DPoP (RFC 9449) or a client certificate (RFC 8705).
 * Such a token is no bearer token, and the proof that belongs to it is not checked here, so a thief could use it.
 *
 * @param claims claims of the token, or the answer of an introspection endpoint
 * @param policy what is wanted
 * @param warner told where a binding is ignored
 * @throws Refusal `bad_binding`, detail `cnf`, where there is one, whatever its value
 */
export function checkBinding(
  claims: JsonObject,
  { ignoresBinding }: BindingPolicy,
  warner: Warner,
): void {
  if (claims.cnf === undefined) {
    return;
  }
  if (!ignoresBinding) {
    throw refuse('bad_binding', 'cnf');
  }
  warner.warn(IGNORED);
}

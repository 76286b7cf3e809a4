import { createOutlets, type TokenOutlets } from '../answer/write-claims.ts';
import { IntrospectionAnswers } from '../introspection/answers.ts';
import { KeyStore } from '../keys/store.ts';
import { VerifiedSignatures } from '../signature/verified.ts';
import { KnownTokens } from '../token/known.ts';
import { openZone, type Zone } from '../zone.ts';

/**
 * What a context of QuickJS keeps from one request to the next; the njs engine makes a new one for
 * each. Bounded, and never a promise: one that a lost client left behind would be waited for by the next
 * request, and nginx lets pass who waits for nothing.
 */
export interface Context {
  /** Key sets of all workers; `undefined` where the zone is not declared. */
  readonly store: KeyStore | undefined;
  /** Tokens whose signature is known to be good. */
  readonly known: KnownTokens;
  /** What introspection endpoints have said. */
  readonly answers: IntrospectionAnswers;
  /** The variables that there are for claims. */
  readonly outlets: TokenOutlets;
  /** What the operator should know of zones that are not declared. */
  readonly warning: string | undefined;
}

/** Opens the zones, and knows nothing yet. */
export function openContext(): Context {
  const keys = openZone('auth_jwt_keys');
  const verified = openZone('auth_jwt_verified');
  return {
    store: keys && new KeyStore(keys),
    known: new KnownTokens(new VerifiedSignatures(verified)),
    answers: new IntrospectionAnswers(
      openZone('auth_jwt_introspected'),
      openZone('auth_jwt_inactive'),
    ),
    outlets: createOutlets(),
    warning: warningOf(keys, verified),
  };
}

function warningOf(keys: Zone | undefined, verified: Zone | undefined): string | undefined {
  const missing: string[] = [];
  if (!keys) {
    missing.push('auth_jwt_keys: every request reads its key sets');
  }
  if (!verified) {
    missing.push('auth_jwt_verified: every request verifies its signature');
  }
  return missing.length === 0 ? undefined : `no js_shared_dict_zone ${missing.join(', and no ')}`;
}

let context: Context | undefined;

/** The context of this and the following requests; the zones are there from the first request on. */
export function currentContext(): Context {
  context = context ?? openContext();
  return context;
}

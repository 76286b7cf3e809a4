// Key rings whose sources never change, for what comes after the keys.

import { vi } from 'vitest';
import { IntrospectionAnswers } from '../../src/introspection/answers.ts';
import type { JsonObject } from '../../src/json.ts';
import type { KeySet } from '../../src/keys/jwks.ts';
import type { KeyRing } from '../../src/keys/ring.ts';
import type { Services } from '../../src/proof.ts';
import { VerifiedSignatures } from '../../src/signature/verified.ts';
import { KnownTokens } from '../../src/token/known.ts';

/** The memory of a configuration without the zone. */
export const NO_MEMORY = new KnownTokens(new VerifiedSignatures(undefined));

/** Nobody who is asked for more than keys. */
export const NO_SERVICES: Services = {
  answers: new IntrospectionAnswers(undefined),
  introspect: () => Promise.reject(new Error('nobody is asked of a token')),
  revocations: () => {
    throw new Error('there are no revocation lists');
  },
};

/** A key set; nothing is remembered of it unless a generation is named. */
export function keySetOf(keys: readonly JsonObject[], rest: Partial<KeySet> = {}): KeySet {
  return { keys, generation: '', ...rest };
}

/** A ring that loads a set and has nothing newer, but for what a test says. */
export function ringOf(keySet: KeySet, rest: Partial<KeyRing> = {}) {
  return {
    generation: vi.fn(rest.generation ?? (() => undefined)),
    takeRefresh: vi.fn(rest.takeRefresh ?? (() => false)),
    atHand: vi.fn(rest.atHand ?? (() => undefined)),
    load: vi.fn(rest.load ?? (async () => keySet)),
    reload: vi.fn(rest.reload ?? (async () => undefined)),
    refresh: vi.fn(rest.refresh ?? (async () => undefined)),
  };
}

// All cases of test/vectors/own-attacks.json, in the order of the file.

import * as algorithms from './groups/algorithms.mjs';
import * as claims from './groups/claims.mjs';
import * as headers from './groups/headers.mjs';
import * as keySets from './groups/key-sets.mjs';
import * as signatures from './groups/signatures.mjs';
import * as texts from './groups/texts.mjs';
import { wycheproof } from './groups/wycheproof.mjs';
import { KEYSETS } from './keys.mjs';

const GROUPS = [
  ...[algorithms.confusion, algorithms.names, algorithms.policy],
  ...[headers.embedded, headers.kid, headers.extensions],
  ...[texts.structure, texts.sizes, texts.base64, texts.utf8, texts.json],
  ...[claims.times, claims.identities, claims.prototypes, claims.order],
  ...[signatures.ecdsa, signatures.ecKeys, signatures.rsaKeys, signatures.padding],
  ...[signatures.pss, signatures.hmac, signatures.eddsa, keySets.uses, keySets.shapes, wycheproof],
];

/**
 * Makes the file anew. Only the signatures of ECDSA differ from time to time.
 *
 * @returns the suite, as it stands in the file
 */
export function generate() {
  return {
    suite: 'own-attacks',
    source: 'written for this project, by build/vectors',
    licence: 'that of the project',
    note: 'do not edit: node build/vectors/write.mjs',
    keysets: KEYSETS,
    cases: GROUPS.flatMap((group) => group()),
  };
}

import type { Algorithm } from './algorithms.ts';
import { drainErrorQueue, subtle } from './subtle.ts';

/** The public key of RFC 8037, appendix A.2: any valid key will do. */
const SOME_ED25519_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

/** What the probe found; plain data, so that a context of QuickJS may keep it. */
let hasEd25519: boolean | undefined;

/**
 * Tells whether this nginx can verify with an algorithm. All have RSA, ECDSA and HMAC; Ed25519
 * depends on how njs was compiled, which shows only by trying.
 *
 * @param algorithm an algorithm of the table
 * @returns the answer, or a promise of it where it has to be tried first
 */
export function isAvailable(algorithm: Algorithm): boolean | Promise<boolean> {
  return algorithm.kty !== 'OKP' || (hasEd25519 ?? probe(algorithm));
}

async function probe(algorithm: Algorithm): Promise<boolean> {
  try {
    await subtle.importKey('jwk', SOME_ED25519_KEY, algorithm.importParameters, false, ['verify']);
    hasEd25519 = true;
  } catch (_error) {
    await drainErrorQueue();
    hasEd25519 = false;
  }
  return hasEd25519;
}

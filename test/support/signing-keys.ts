// Private keys for the tests of issuing, and what of them must never be seen.

import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** Algorithms that every runtime signs with. */
export const SIGNING_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'HS256', 'HS384', 'HS512'],
] as const;

/**
 * Makes a private key, or a secret.
 *
 * @param alg algorithm that it signs with
 * @param members what else the JWK says; `undefined` takes a member away
 */
export async function createPrivateJwk(
  alg: string,
  members: { readonly [name: string]: unknown } = { alg },
): Promise<JWK> {
  const jwk = alg.startsWith('HS') ? createSecret() : await createPair(alg);
  return JSON.parse(JSON.stringify({ ...jwk, ...members })) as JWK;
}

/** One pair for all of RSA: it takes long to find one. */
let rsa: JWK | undefined;

async function createPair(alg: string): Promise<JWK> {
  if (!/^[RP]S/.test(alg)) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return exportJWK(privateKey);
  }
  if (rsa === undefined) {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    rsa = await exportJWK(privateKey);
  }
  return rsa;
}

function createSecret(): JWK {
  const bytes = crypto.getRandomValues(new Uint8Array(64));
  return { kty: 'oct', k: Buffer.from(bytes).toString('base64url') };
}

/**
 * What must stay secret of a key, in every form in which it could be written down.
 *
 * @param jwk a private key or a secret
 */
export function secretsOf(jwk: JWK): string[] {
  const values = [jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi, jwk.k];
  return values
    .filter((value) => value !== undefined)
    .flatMap((value) => {
      const bytes = Buffer.from(value, 'base64url');
      return [value, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')];
    });
}

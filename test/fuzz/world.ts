// Who signs: keys of every kind, the weak ones too, and tokens that are signed once and altered often.

import type { JsonWebKey } from 'node:crypto';
import {
  ecMaterial,
  edMaterial,
  type Material,
  publicHalf,
  rsaMaterial,
  secretMaterial,
} from './material.ts';
import { createRandom } from './random.ts';
import { sign } from './sign.ts';

/** A key, and one algorithm that it signs with. */
export interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly material: Material;
  /** A JWK with `kid` and `alg`, for key sets. */
  readonly jwk: JsonWebKey & { readonly kid: string; readonly alg: string };
  /** Whether a signature costs so little that each case can have its own. */
  readonly isCheap: boolean;
}

/** What the cases are made of. */
export interface World {
  /** Clock of the cases. */
  readonly now: number;
  /** In the order of {@link KINDS}; those of cheap algorithms more than once, to be picked more often. */
  readonly signers: readonly Signer[];
  /** Signers whose keys are too weak to count. */
  readonly weak: readonly Signer[];
  /** Tokens of all signers, as often as these stand in the list. */
  readonly tokens: readonly string[];
}

/** What every policy of the cases accepts. */
export const GOOD = { iss: 'https://idp.example.com/', aud: 'orders' } as const;

/** How many signers there are of an algorithm: what is slow to verify comes seldom. */
const WEIGHTS: Readonly<Record<string, number>> = {
  ...{ HS256: 8, HS384: 4, HS512: 4, ES256: 6, EdDSA: 4, Ed25519: 2 },
  ...{ RS256: 6, RS384: 2, RS512: 2, PS256: 3, PS384: 1, PS512: 1, ES384: 1, ES512: 1 },
};

/** Names of all algorithms that can verify anything here. */
export const ALGORITHMS = Object.keys(WEIGHTS);

/**
 * Makes keys and tokens.
 *
 * @param seed decides the keys
 * @param now seconds since the epoch, for the claims
 */
export function createWorld(seed: number, now: number): World {
  const random = createRandom(seed, 0xffffffff);
  const rsa = rsaMaterial(random, 2048);
  const materials: Readonly<Record<string, Material>> = {
    ...{ HS256: secretMaterial(random, 32), HS384: secretMaterial(random, 48) },
    ...{ HS512: secretMaterial(random, 64), ES256: ecMaterial(random, 'P-256') },
    ...{ ES384: ecMaterial(random, 'P-384'), ES512: ecMaterial(random, 'P-521') },
    ...{ EdDSA: edMaterial(random), RS256: rsa, RS384: rsa, RS512: rsa },
    ...{ PS256: rsa, PS384: rsa, PS512: rsa },
  };
  const signers = ALGORITHMS.flatMap((alg) => {
    const signer = signerOf(alg, alg, materials[alg] ?? (materials.EdDSA as Material));
    return Array.from({ length: WEIGHTS[alg] as number }, () => signer);
  });
  const weak = [
    signerOf('RS256', 'short', rsaMaterial(random, 1024)),
    ...[1, 16, 31].map((length) =>
      signerOf('HS256', `secret-${length}`, secretMaterial(random, length)),
    ),
  ];
  const all = [...signers, ...weak];
  const signed = new Map([...new Set(all)].map((signer) => [signer, goodTokens(signer, now)]));
  const tokens = all.flatMap((signer) => signed.get(signer) ?? []);
  return { now, signers, weak, tokens };
}

/** Signs texts, which need not be JSON. */
export function tokenOf(signer: Signer, header: string, claims: string): string {
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  return `${input}.${sign(signer.alg, signer.material, input).toString('base64url')}`;
}

/** Such as an issuer makes, one of them expired. */
function goodTokens(signer: Signer, now: number): string[] {
  const { alg, kid } = signer;
  return [{}, { aud: [GOOD.aud, 'other'], typ: 'at+jwt' }, { exp: now - 600 }].map((claims) =>
    tokenOf(
      signer,
      JSON.stringify({ alg, kid, typ: 'JWT' }),
      JSON.stringify({ ...GOOD, sub: 'alice', iat: now - 3, exp: now + 600, ...claims }),
    ),
  );
}

/** A text in base64url. */
export function encodePart(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function signerOf(alg: string, kid: string, material: Material): Signer {
  const jwk = { ...publicHalf(material), kid, alg };
  return { alg, kid, material, jwk, isCheap: material.kty === 'oct' };
}

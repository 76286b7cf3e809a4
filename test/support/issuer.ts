import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** Every algorithm of the contract. */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'HS256', 'HS384', 'HS512', 'EdDSA'],
] as const;

/** What a token says where a test says nothing. */
export const ISSUER = 'https://idp.example.com/';
export const AUDIENCE = 'orders';

type SigningKey = Parameters<SignJWT['sign']>[0];

/** Somebody who signs tokens, with one key for each algorithm. */
export interface Issuer {
  /** Public keys (secrets for HMAC), each with `kid` and `alg` of the algorithm's name. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** The key set of one algorithm only. */
  jwksOf(alg: string): { keys: JWK[] };
  /** Signs claims over good defaults; `undefined` leaves a default out. */
  sign(alg: string, claims?: Claims, header?: Record<string, unknown>): Promise<string>;
}

type Claims = { readonly [K in keyof JWTPayload]: JWTPayload[K] | undefined };

/**
 * Makes an issuer with keys of its own.
 *
 * @param algorithms for which to make keys
 */
export async function createIssuer(algorithms: readonly string[] = ALGORITHMS): Promise<Issuer> {
  const signing = new Map<string, SigningKey>();
  const keys: JWK[] = [];
  for (const alg of algorithms) {
    const { key, jwk } = await createKey(alg);
    signing.set(alg, key);
    keys.push({ ...jwk, kid: alg, alg, use: 'sig' });
  }
  return {
    jwks: { keys },
    jwksOf: (alg) => ({ keys: keys.filter((key) => key.alg === alg) }),
    sign: (alg, claims = {}, header = {}) => {
      const key = signing.get(alg);
      if (!key) {
        throw new Error(`the issuer has no key for ${alg}`);
      }
      const payload = JSON.parse(JSON.stringify({ ...defaultClaims(), ...claims })) as JWTPayload;
      return new SignJWT(payload).setProtectedHeader({ alg, kid: alg, ...header }).sign(key);
    },
  };
}

/** Seconds since the epoch. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

function defaultClaims(): JWTPayload {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'alice',
    email: 'alice@example.com',
    iat: now() - 10,
    exp: now() + 600,
  };
}

async function createKey(alg: string): Promise<{ key: SigningKey; jwk: JWK }> {
  if (alg.startsWith('HS')) {
    const key = crypto.getRandomValues(new Uint8Array(64));
    return { key, jwk: { kty: 'oct', k: Buffer.from(key).toString('base64url') } };
  }
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { key: privateKey, jwk: await exportJWK(publicKey) };
}

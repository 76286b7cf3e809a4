/** Names of the hashes as WebCrypto in njs wants them: plain strings, case-sensitive. */
export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** All that is known about one value of `alg` (RFC 7518, section 3.1; RFC 8037, section 3.1). */
export interface Algorithm {
  /** Value of `alg`. */
  readonly name: string;
  /** Key type that it wants: `kty` of the JWK. */
  readonly kty: 'RSA' | 'EC' | 'oct' | 'OKP';
  /** Curve that it wants: `crv` of the JWK; absent where the key type has no curves. */
  readonly crv?: 'P-256' | 'P-384' | 'P-521' | 'Ed25519';
  /** Length of a coordinate of the curve, of an Ed25519 key, in bytes; absent for RSA and HMAC. */
  readonly coordinateLength?: number;
  /** Length of a signature in bytes; absent for RSA, where the key decides. */
  readonly signatureLength?: number;
  /** Second argument of WebCrypto's `importKey`. */
  readonly importParameters: { readonly name: string; hash?: Hash; namedCurve?: string };
  /** First argument of WebCrypto's `verify`. */
  readonly verifyParameters: { readonly name: string; hash?: Hash; saltLength?: number };
}

const BYTES_OF_HASH = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const;

function rsa(name: string, hash: Hash): Algorithm {
  const scheme = 'RSASSA-PKCS1-v1_5';
  return {
    name,
    kty: 'RSA',
    importParameters: { name: scheme, hash },
    verifyParameters: { name: scheme },
  };
}

function rsaPss(name: string, hash: Hash): Algorithm {
  return {
    name,
    kty: 'RSA',
    importParameters: { name: 'RSA-PSS', hash },
    // RFC 7518, section 3.5: the salt is as long as the hash.
    verifyParameters: { name: 'RSA-PSS', saltLength: BYTES_OF_HASH[hash] },
  };
}

function ecdsa(
  name: string,
  hash: Hash,
  crv: 'P-256' | 'P-384' | 'P-521',
  coordinateLength: number,
): Algorithm {
  return {
    name,
    kty: 'EC',
    crv,
    coordinateLength,
    signatureLength: 2 * coordinateLength,
    importParameters: { name: 'ECDSA', namedCurve: crv },
    verifyParameters: { name: 'ECDSA', hash },
  };
}

function hmac(name: string, hash: Hash): Algorithm {
  return {
    name,
    kty: 'oct',
    signatureLength: BYTES_OF_HASH[hash],
    importParameters: { name: 'HMAC', hash },
    verifyParameters: { name: 'HMAC' },
  };
}

function eddsa(name: string): Algorithm {
  return {
    name,
    kty: 'OKP',
    crv: 'Ed25519',
    coordinateLength: 32,
    signatureLength: 64,
    importParameters: { name: 'Ed25519' },
    verifyParameters: { name: 'Ed25519' },
  };
}

/** Names of all algorithms, in the order of the documentation. */
export const ALGORITHM_NAMES: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'HS256',
  'HS384',
  'HS512',
  'EdDSA',
  'Ed25519',
];

/** Every algorithm there is here. `none` is not among them, and nothing can add it. */
function makeAlgorithm(name: string): Algorithm | undefined {
  switch (name) {
    case 'RS256':
      return rsa(name, 'SHA-256');
    case 'RS384':
      return rsa(name, 'SHA-384');
    case 'RS512':
      return rsa(name, 'SHA-512');
    case 'PS256':
      return rsaPss(name, 'SHA-256');
    case 'PS384':
      return rsaPss(name, 'SHA-384');
    case 'PS512':
      return rsaPss(name, 'SHA-512');
    case 'ES256':
      return ecdsa(name, 'SHA-256', 'P-256', 32);
    case 'ES384':
      return ecdsa(name, 'SHA-384', 'P-384', 48);
    case 'ES512':
      return ecdsa(name, 'SHA-512', 'P-521', 66);
    case 'HS256':
      return hmac(name, 'SHA-256');
    case 'HS384':
      return hmac(name, 'SHA-384');
    case 'HS512':
      return hmac(name, 'SHA-512');
    case 'EdDSA':
    case 'Ed25519':
      // RFC 9864 gives the same algorithm a name that says the curve.
      return eddsa(name);
    default:
      return undefined;
  }
}

/** Those that have been asked for. */
const made: { [name: string]: Algorithm | undefined } = Object.create(null);

/**
 * Finds an algorithm by its name, exactly as it is spelled (RFC 7515, section 4.1.1).
 *
 * @param name value of `alg`, which a token chooses
 * @returns the algorithm, or `undefined` where there is none of that name
 */
export function findAlgorithm(name: string): Algorithm | undefined {
  const known = made[name];
  if (known !== undefined) {
    return known;
  }
  const algorithm = makeAlgorithm(name);
  if (algorithm !== undefined) {
    made[name] = algorithm;
  }
  return algorithm;
}

// The verdict of the npm library jose, under the same policy.
//
// Two things are done for it that it leaves to those who use it: secrets (`oct`) are chosen here, for its
// key sets are of public keys only, and a single JWK is taken for a set of one.

import {
  base64url,
  createLocalJWKSet,
  errors,
  type JWK,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import type { Policy, Scene, Verdict } from './case.ts';
import type { Judge } from './judge-ours.ts';

type KeyFinder = ReturnType<typeof createLocalJWKSet>;
type Found = Awaited<ReturnType<KeyFinder>> | Uint8Array;

/** Several keys fit, and each is to be tried. */
interface Several {
  readonly keys: AsyncIterable<Found> | Iterable<Found>;
}

/**
 * Makes jose's judge of a scene.
 *
 * @param scene key set and policy
 */
export function createJose({ jwks, policy }: Scene): Judge {
  let finder: Finder;
  try {
    finder = createFinder(jwks);
  } catch (thrown) {
    const verdict = { isValid: false, why: nameOf(thrown) };
    return async () => verdict;
  }
  return async (token, now) => {
    try {
      const payload = await verify(token, finder, toOptions(policy, now));
      return { isValid: true, why: '', claims: JSON.stringify(payload) };
    } catch (thrown) {
      return { isValid: false, why: nameOf(thrown) };
    }
  };
}

function nameOf(thrown: unknown): Verdict['why'] {
  if (thrown instanceof errors.JOSEError) {
    return thrown.code;
  }
  return thrown instanceof Error ? thrown.name : String(thrown);
}

async function verify(token: string, finder: Finder, options: JWTVerifyOptions): Promise<object> {
  try {
    return (await jwtVerify(token, finder as KeyFinder, options)).payload;
  } catch (thrown) {
    if (!isSeveral(thrown)) {
      throw thrown;
    }
    return verifyByOne(token, thrown, options);
  }
}

/** As the documentation of `createLocalJWKSet` has it. */
async function verifyByOne(token: string, { keys }: Several, options: JWTVerifyOptions) {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed) && !isKeyFault(error)) {
        throw error;
      }
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** A key that is too weak or misshapen says nothing of the others. */
function isKeyFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException;
}

type Finder = (header: { alg?: string; kid?: unknown }, token: never) => Promise<Found>;

function createFinder(jwks: string): Finder {
  const set = JSON.parse(jwks);
  const isSingle = set?.keys === undefined && set?.kty !== undefined;
  const keys: JWK[] = isSingle ? [set] : set?.keys;
  const local = createLocalJWKSet(isSingle ? { keys } : set);
  return async (header, token) => {
    if (!/^HS(256|384|512)$/.test(String(header.alg))) {
      return local(header as never, token).catch((error) => {
        throw error instanceof errors.JWKSMultipleMatchingKeys ? { keys: error } : error;
      });
    }
    const secrets = keys.filter((key) => isSecretFor(key, header)).flatMap(decodeSecret);
    const [secret] = secrets;
    if (secret === undefined) {
      throw new errors.JWKSNoMatchingKey();
    }
    if (secrets.length > 1) {
      throw { keys: secrets };
    }
    return secret;
  };
}

/** By the rules that jose has for public keys. */
function isSecretFor(key: JWK, { alg, kid }: { alg?: string; kid?: unknown }): boolean {
  const { ext, key_ops: operations } = key;
  return (
    key.kty === 'oct' &&
    (ext === undefined || typeof ext === 'boolean') &&
    (operations === undefined ||
      (isListOfOperations(operations) && operations.includes('verify'))) &&
    (kid === undefined || (typeof kid === 'string' && kid === key.kid)) &&
    (key.alg === undefined || key.alg === alg) &&
    (key.use === undefined || key.use === 'sig')
  );
}

function isListOfOperations(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((one, index) => typeof one === 'string' && value.indexOf(one) === index)
  );
}

function decodeSecret({ k }: JWK): Uint8Array[] {
  try {
    const bytes = base64url.decode(k as string);
    return bytes.length > 0 ? [bytes] : [];
  } catch {
    return [];
  }
}

function isSeveral(thrown: unknown): thrown is Several {
  return typeof thrown === 'object' && thrown !== null && 'keys' in thrown;
}

function toOptions(policy: Policy, now: number): JWTVerifyOptions {
  const { algorithms, issuers, audiences, typ, leeway, requireExp, maxAge } = policy;
  return {
    algorithms: [...algorithms],
    clockTolerance: leeway,
    currentDate: new Date(now * 1000),
    requiredClaims: requireExp ? ['exp'] : [],
    ...(issuers && { issuer: [...issuers] }),
    ...(audiences && { audience: [...audiences] }),
    ...(typ && { typ }),
    ...(maxAge !== undefined && { maxTokenAge: maxAge }),
  };
}

import { isArray, isObject, type JsonObject, member, parseJson } from '../json.ts';
import { type Refusal, refuse } from '../refusal.ts';

/** Longest key set in characters. */
export const MAX_JWKS_LENGTH = 1048576;

/** Most keys in one set. */
export const MAX_KEYS = 256;

/** The keys of all sources together. */
export interface KeySet {
  /** JWKs as they came (RFC 7517), but for their certificates; none has been looked into. */
  readonly keys: readonly JsonObject[];
  /** Stands for all of the keys; empty where a source is missing, or nothing is remembered. */
  readonly generation: string;
  /**
   * For each of the keys the one issuer whose tokens it may sign, `undefined` where that may be any; absent where it
   * is for all of them.
   */
  readonly issuers?: readonly (string | undefined)[];
  /** Why one of the sources gave nothing; it decides only where the keys at hand do not. */
  readonly failure?: Refusal;
}

/**
 * Reads a JWK Set (RFC 7517, section 5), or a single JWK as a set of one. What is no object is left
 * out, as the RFC asks for keys that are not understood, and so are certificates (`x5c`).
 *
 * @param text body of an answer, content of a file
 * @param source what the log calls the place it came from
 * @throws Refusal `cannot_parse` where it is no key set, is empty, or is over the limits
 */
export function parseJwks(text: string, source: string): JsonObject[] {
  if (text.length > MAX_JWKS_LENGTH) {
    throw unreadable(source, `is longer than ${MAX_JWKS_LENGTH} characters`);
  }
  const document = parseJson(text);
  if (!isObject(document)) {
    throw unreadable(source, 'is not a JSON object');
  }
  const listed = member(document, 'keys');
  const entries =
    listed === undefined && member(document, 'kty') !== undefined ? [document] : listed;
  if (!isArray(entries)) {
    throw unreadable(source, 'has no array "keys"');
  }
  if (entries.length > MAX_KEYS) {
    throw unreadable(source, `has more than ${MAX_KEYS} keys`);
  }
  const keys = entries.filter(isObject).map(withoutCertificates);
  if (keys.length === 0) {
    throw unreadable(source, 'holds no key');
  }
  return keys;
}

/** Chains are never looked at, and may be most of a set: what is kept and stored is kept small. */
function withoutCertificates(jwk: JsonObject): JsonObject {
  return member(jwk, 'x5c') === undefined ? jwk : { ...jwk, x5c: null };
}

function unreadable(source: string, problem: string): Refusal {
  return refuse('cannot_parse', 'jwks', `the key set of ${source} ${problem}`);
}

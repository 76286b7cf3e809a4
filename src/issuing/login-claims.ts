import { decodeUtf8 } from '../base64url.ts';
import {
  isArray,
  isExactNumber,
  isObject,
  type Json,
  type JsonObject,
  parseJson,
} from '../json.ts';
import { MAX_TOKEN_LENGTH } from '../token/decode.ts';
import { loginFault } from './login-fault.ts';

/**
 * Reads what the login service says of somebody: a JSON object. Strictly, for what is put right or
 * rounded here would be signed as somebody else's name or number.
 *
 * @param bytes body of an answer with status 200
 * @returns the claims, not held against the settings yet
 * @throws Refusal {@link loginFault} where it is no object, is not UTF-8, nests too deep, is longer than
 * any token, or holds a number that cannot be told from others
 */
export function readLoginClaims(bytes: Buffer): JsonObject {
  if (bytes.length > MAX_TOKEN_LENGTH) {
    throw loginFault(`is longer than ${MAX_TOKEN_LENGTH} bytes`);
  }
  const claims = parseJson(decodeUtf8(bytes) ?? '', bytes);
  if (!isObject(claims)) {
    throw loginFault('is not a JSON object, or nests too deep');
  }
  if (!isExact(claims)) {
    throw loginFault('holds a number that would be rounded: write it as a text');
  }
  return claims;
}

/** Whether every number, at any depth, is the one that was written. */
function isExact(value: Json): boolean {
  if (typeof value === 'number') {
    return isExactNumber(value);
  }
  if (isArray(value)) {
    return value.every(isExact);
  }
  return !isObject(value) || Object.keys(value).every((name) => isExact(value[name] as Json));
}

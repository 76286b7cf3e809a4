import { decodeUtf8 } from '../base64url.ts';
import { isInexact } from '../exact/number.ts';
import { parseVerbatim } from '../exact/verbatim.ts';
import { isObject, type JsonObject } from '../json.ts';
import { MAX_TOKEN_LENGTH } from '../token/decode.ts';
import { loginFault } from './login-fault.ts';

/**
 * Reads what the login service says of somebody: a JSON object. Strictly, for what is put right or
 * rounded here would be signed as somebody else's name or number.
 *
 * @param bytes body of an answer with status 200
 * @returns the claims, not held against the settings yet
 * @throws Refusal {@link loginFault} where it is no object, is not UTF-8, nests too deep, is longer than
 * any token, or holds a number or a text that
 * cannot be told from others
 */
export function readLoginClaims(bytes: Buffer): JsonObject {
  if (bytes.length > MAX_TOKEN_LENGTH) {
    throw loginFault(`is longer than ${MAX_TOKEN_LENGTH} bytes`);
  }
  const claims = parseVerbatim(decodeUtf8(bytes) ?? '', bytes);
  if (!isObject(claims)) {
    throw loginFault('is not a JSON object, or nests too deep');
  }
  if (isInexact(claims)) {
    throw loginFault(
      'holds a number that would be rounded, or half a character: write it as a text',
    );
  }
  return claims;
}

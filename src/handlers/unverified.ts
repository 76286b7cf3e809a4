import { toHeaderValue } from '../answer/header-value.ts';
import type { Json } from '../json.ts';
import { Memo } from '../memo.ts';
import type { NginxRequest } from '../nginx.ts';
import { readTokenFrom } from '../settings/token-from.ts';
import { decodeToken, type UnverifiedToken } from '../token/decode.ts';
import { extractToken } from '../token/extract.ts';
import { Gateway } from './gateway.ts';

/**
 * `js_set` of `$jwt_unverified_iss`: the issuer that a token names. Anybody can write such a token: it
 * may choose between policies, of which each has its own issuer and keys, and nothing else.
 *
 * @param r the request
 * @returns `iss`; empty where there is no token, it is malformed, or its `iss` is no text
 */
export function unverifiedIss(r: NginxRequest): string {
  return textOf(r, ({ claims }) => claims.iss);
}

/**
 * `js_set` of `$jwt_unverified_kid`: the key that a token names. See {@link unverifiedIss}.
 *
 * @param r the request
 * @returns `kid`; empty where there is no token, it is malformed, or it has none
 */
export function unverifiedKid(r: NginxRequest): string {
  return textOf(r, ({ kid }) => kid);
}

function textOf(r: NginxRequest, pick: (token: UnverifiedToken) => Json | undefined): string {
  try {
    const gateway = new Gateway(r);
    const sources = readTokenFrom({ auth_jwt_token_from: gateway.variable('auth_jwt_token_from') });
    const value = pick(decode(extractToken(sources, gateway)));
    return typeof value === 'string' ? toHeaderValue(value) : '';
  } catch (_error) {
    // The check itself will say what is wrong.
    return '';
  }
}

/** A map asks more than once, and the tokens of a client come again. */
const decoded = new Memo<UnverifiedToken>(16);
const MAX_KEPT_LENGTH = 2048;

function decode(compact: string): UnverifiedToken {
  const known = decoded.find(compact);
  if (known !== undefined) {
    return known;
  }
  const token = decodeToken(compact);
  if (compact.length <= MAX_KEPT_LENGTH) {
    decoded.keep(compact, token);
  }
  return token;
}

import { toHeaderValue } from '../answer/header-value.ts';
import { Memo } from '../memo.ts';
import type { NginxRequest } from '../nginx.ts';
import { readTokenFrom } from '../settings/token-from.ts';
import { peekToken } from '../token/decode.ts';
import { extractToken } from '../token/extract.ts';
import { Gateway } from './gateway.ts';

/** What a token says that nobody has checked; empty what it does not say. */
interface Unverified {
  readonly iss: string;
  readonly kid: string;
}

const NOTHING: Unverified = { iss: '', kid: '' };

/**
 * `js_set` of `$jwt_unverified_iss`: the issuer that a token names. Anybody can write such a token: it
 * may choose between policies, of which each has its own issuer and keys, and nothing else.
 *
 * @param r the request
 * @returns `iss`; empty where there is no token, it is malformed, or its `iss` is no text
 */
export function unverifiedIss(r: NginxRequest): string {
  return read(r).iss;
}

/**
 * `js_set` of `$jwt_unverified_kid`: the key that a token names. See {@link unverifiedIss}.
 *
 * @param r the request
 * @returns `kid`; empty where there is no token, it is malformed, or it has none
 */
export function unverifiedKid(r: NginxRequest): string {
  return read(r).kid;
}

/** A map asks more than once, and the tokens of a client come again. Few of those that are long. */
const seen = new Memo<Unverified>(16);
const seenLong = new Memo<Unverified>(2);
const LONG = 2048;

function read(r: NginxRequest): Unverified {
  try {
    const gateway = new Gateway(r);
    const sources = readTokenFrom({ auth_jwt_token_from: gateway.variable('auth_jwt_token_from') });
    const compact = extractToken(sources, gateway);
    const memo = compact.length > LONG ? seenLong : seen;
    const known = memo.find(compact);
    if (known !== undefined) {
      return known;
    }
    const found = peek(compact);
    memo.keep(compact, found);
    return found;
  } catch (_error) {
    // The check itself will say what is wrong.
    return NOTHING;
  }
}

function peek(compact: string): Unverified {
  try {
    const { iss, kid } = peekToken(compact);
    return { iss: toHeaderValue(iss), kid: toHeaderValue(kid) };
  } catch (_error) {
    return NOTHING;
  }
}

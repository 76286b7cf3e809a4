import { isNumber, toDouble } from '../exact/number.ts';
import { writeJson } from '../exact/verbatim.ts';
import { isArray, type Json, type JsonObject, member } from '../json.ts';
import { loginFault } from './login-fault.ts';

/** What the tokens of a location say. */
export interface ClaimsToIssue {
  /** `iss`; `undefined`: none. */
  readonly issuer: string | undefined;
  /** `aud`: one of them a string, several an array, none no claim. */
  readonly audiences: readonly string[];
  /** Seconds from `iat` to `exp`. */
  readonly lifetime: number;
  /** Which of `iat`, `exp` and `jti` are not added. */
  readonly omitted: readonly string[];
  /** Claims that the login service may set; `undefined`: all but those of the gateway. */
  readonly allowed: readonly string[] | undefined;
}

/** What is to be signed. */
export interface IssuedClaims {
  /** The payload of the token. */
  readonly json: string;
  /** Seconds until `exp`; `undefined` where there is none. */
  readonly expiresIn: number | undefined;
}

/** A kind of value, and the words for it. */
interface Kind {
  readonly name: string;
  fits(value: Json): boolean;
}

const TEXT: Kind = { name: 'a text', fits: (value) => typeof value === 'string' };
const TEXTS: Kind = {
  name: 'a text or an array of texts',
  fits: (value) => (isArray(value) ? value.length > 0 && value.every(TEXT.fits) : TEXT.fits(value)),
};
const TIME: Kind = { name: 'a number', fits: isNumber };

/** The gateway's own claims and what they must be (RFC 7519, section 4.1): nobody accepts another kind. */
const OWN: readonly (readonly [string, Kind])[] = [
  ['iss', TEXT],
  ['aud', TEXTS],
  ['exp', TIME],
  ['nbf', TIME],
  ['iat', TIME],
  ['jti', TEXT],
];

/**
 * Makes the claims of a token: the gateway's own, and what the login service says, which wins where it
 * is allowed to say it.
 *
 * @param login what the login service says
 * @param policy what the tokens say
 * @param now seconds since the epoch
 * @param id value of `jti`, never given before
 * @throws Refusal {@link loginFault} where the service sets a claim that it may not set, or one of the
 * gateway's that is of another kind
 */
export function makeClaims(
  login: JsonObject,
  policy: ClaimsToIssue,
  now: number,
  id: string,
): IssuedClaims {
  const names = Object.keys(login);
  for (const name of names) {
    checkAllowed(name, policy.allowed);
  }
  for (const [name, kind] of OWN) {
    const value = member(login, name);
    if (value !== undefined && !kind.fits(value)) {
      throw loginFault(`sets "${name}", which is not ${kind.name}`);
    }
  }
  const own = ownClaims(login, policy, now, id);
  const exp = toDouble(member(login, 'exp') ?? own.exp);
  const pairs = Object.keys(own)
    .filter((name) => own[name] !== undefined && member(login, name) === undefined)
    .map((name) => toPair(name, own[name] as Json))
    .concat(names.map((name) => toPair(name, login[name] as Json)));
  return {
    // Put together as text: a claim of the name "__proto__" is a claim like any other there.
    json: `{${pairs.join(',')}}`,
    expiresIn: Number.isFinite(exp) ? Math.max(Math.floor(exp - now), 0) : undefined,
  };
}

function checkAllowed(name: string, allowed: ClaimsToIssue['allowed']): void {
  const isOwn = OWN.some(([own]) => own === name);
  if (allowed === undefined ? isOwn : allowed.indexOf(name) < 0) {
    throw loginFault(
      `sets ${JSON.stringify(name.slice(0, 40))}, which $auth_jwt_issue_claims does not let it set`,
    );
  }
}

/** What the gateway adds where the login service has not said it. */
function ownClaims(
  login: JsonObject,
  { issuer, audiences, lifetime, omitted }: ClaimsToIssue,
  now: number,
  id: string,
): { readonly [name: string]: Json | undefined } {
  const isAdded = (name: string) => omitted.indexOf(name) < 0;
  const iat = member(login, 'iat') ?? now;
  return {
    iss: issuer,
    aud: audiences.length > 1 ? audiences : audiences[0],
    iat: isAdded('iat') ? iat : undefined,
    exp: isAdded('exp') ? Math.floor(toDouble(iat)) + lifetime : undefined,
    jti: isAdded('jti') ? id : undefined,
  };
}

function toPair(name: string, value: Json): string {
  return `${JSON.stringify(name)}:${writeJson(value)}`;
}

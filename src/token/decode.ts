import { decodeBase64url, decodeUtf8 } from '../base64url.ts';
import { isObject, type JsonObject, member, parseJson } from '../json.ts';
import { refuse } from '../refusal.ts';

/** Longest token in characters; nginx's own header buffers hold 8k by default. */
export const MAX_TOKEN_LENGTH = 16384;

/** A token taken apart. Nothing in it is vouched for until the signature has been verified. */
export interface UnverifiedToken {
  /** JOSE header (RFC 7515, section 4). */
  readonly header: JsonObject;
  /** Value of `alg`; empty where the header has none that is a string. */
  readonly alg: string;
  /** Value of `kid`, if the header has one. */
  readonly kid: string | undefined;
  /** Claims set (RFC 7519, section 4). */
  readonly claims: JsonObject;
  /** Signature bytes, possibly none. */
  readonly signature: Buffer;
  /** What was signed: the first two parts and the dot between them. */
  readonly signingInput: string;
  /** Room for what others derive from the token and would derive again; never what decides. */
  readonly derived: { variables?: Readonly<Record<string, string>> };
}

/** Tokens that this context has decoded lately, by their text. Plain data, and few. */
let recent: { [compact: string]: UnverifiedToken | undefined } = Object.create(null);
let recentCount = 0;
const MAX_RECENT = 64;

/**
 * Decodes a token, or gives what the same text was decoded to a moment ago in this context. Nothing is
 * vouched for by that: the same text is the same token, good or bad.
 *
 * @param compact the token as it came
 * @throws Refusal as {@link decodeToken}
 */
export function decodeRecentToken(compact: string): UnverifiedToken {
  const known = recent[compact];
  if (known !== undefined) {
    return known;
  }
  const token = decodeToken(compact);
  if (recentCount >= MAX_RECENT) {
    recent = Object.create(null);
    recentCount = 0;
  }
  recent[compact] = token;
  recentCount += 1;
  return token;
}

/**
 * Takes a compact JWS apart (RFC 7515, section 5.2; RFC 7519, section 7.2).
 *
 * @param compact the token as it came
 * @throws Refusal `invalid_jwt` where it is too long (`size`), has not three parts (`parts`), a part
 * is not canonical base64url (`base64url`), header or payload is no JSON object (`header`,
 * `payload`), a header parameter has the wrong type (its name), or the header asks for an extension
 * (`crit`, `b64`)
 */
export function decodeToken(compact: string): UnverifiedToken {
  if (compact.length > MAX_TOKEN_LENGTH) {
    throw refuse('invalid_jwt', 'size');
  }
  const firstDot = compact.indexOf('.');
  const secondDot = compact.indexOf('.', firstDot + 1);
  if (firstDot < 0 || secondDot < 0 || compact.indexOf('.', secondDot + 1) >= 0) {
    throw refuse('invalid_jwt', 'parts');
  }
  const header = decodeObject(compact.slice(0, firstDot), 'header');
  const claims = decodeObject(compact.slice(firstDot + 1, secondDot), 'payload');
  const alg = member(header, 'alg');
  refuseExtensions(header);
  return {
    header,
    alg: typeof alg === 'string' ? alg : '',
    kid: optionalString(header, 'kid'),
    claims,
    signature: decodePart(compact.slice(secondDot + 1)),
    signingInput: compact.slice(0, secondDot),
    derived: {},
  };
}

/**
 * No extension is implemented, so none may be critical (RFC 7515, section 4.1.11), and an unencoded
 * payload is not for JWTs at all (RFC 7797, section 7).
 */
function refuseExtensions(header: JsonObject): void {
  if (member(header, 'crit') !== undefined) {
    throw refuse('invalid_jwt', 'crit');
  }
  const b64 = member(header, 'b64');
  if (b64 !== undefined && b64 !== true) {
    throw refuse('invalid_jwt', 'b64');
  }
  optionalString(header, 'typ');
}

function optionalString(header: JsonObject, name: string): string | undefined {
  const value = member(header, name);
  if (value !== undefined && typeof value !== 'string') {
    throw refuse('invalid_jwt', name);
  }
  return value;
}

function decodeObject(part: string, name: 'header' | 'payload'): JsonObject {
  const text = decodeUtf8(decodePart(part));
  const value = text === undefined ? undefined : parseJson(text);
  if (!isObject(value)) {
    throw refuse('invalid_jwt', name);
  }
  return value;
}

function decodePart(part: string): Buffer {
  const bytes = decodeBase64url(part);
  if (!bytes) {
    throw refuse('invalid_jwt', 'base64url');
  }
  return bytes;
}

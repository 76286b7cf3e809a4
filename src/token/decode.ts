import type { Rendered } from '../answer/outlets.ts';
import { decodeBase64url, decodeUtf8 } from '../base64url.ts';
import { isObject, type JsonObject, member, parseJson } from '../json.ts';
import { Memo } from '../memo.ts';
import { refuse } from '../refusal.ts';
import type { SignedText } from '../signature/verify.ts';

/** Longest token in characters; nginx's own header buffers hold 8k by default. */
export const MAX_TOKEN_LENGTH = 16384;

/** A JOSE header (RFC 7515, section 4), with what is needed of it most. */
interface JoseHeader {
  readonly header: JsonObject;
  /** Value of `alg`; empty where the header has none that is a string. */
  readonly alg: string;
  /** Value of `kid`, if the header has one. */
  readonly kid: string | undefined;
  /** Whether no character of it can harm a header of HTTP: there is no escape in its text. */
  readonly hasPlainHeader: boolean;
}

/** A token, decoded. Whether it is vouched for is for the one who gives it to say. */
export interface Token extends JoseHeader, Pick<SignedText, 'signingInput'> {
  /** Claims set (RFC 7519, section 4). */
  readonly claims: JsonObject;
  /** Whether no character of the claims can harm a header of HTTP. */
  readonly hasPlainClaims: boolean;
  /** Room for what others derive from the token and would derive again; never what decides. */
  readonly derived: { rendered?: Rendered };
}

/** A token taken apart. Nothing in it is vouched for until the signature has been verified. */
export interface UnverifiedToken extends Token, SignedText {}

/** Headers by their text: an issuer writes the same one again and again. */
const headers = new Memo<JoseHeader>(4);
const MAX_KEPT_HEADER = 512;

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
  const headerPart = compact.slice(0, firstDot);
  const { header, alg, kid, hasPlainHeader } =
    headers.find(headerPart) ?? readHeader(headerPart, decodeText(headerPart));
  const text = decodeText(compact.slice(firstDot + 1, secondDot));
  return {
    header,
    alg,
    kid,
    hasPlainHeader,
    claims: parseObject(text, 'payload'),
    hasPlainClaims: isPlain(text),
    derived: {},
    signature: decodePart(compact.slice(secondDot + 1)),
    signingInput: compact.slice(0, secondDot),
  };
}

/**
 * Decodes a token whose very text {@link decodeToken} has taken apart before: it is known to be well
 * formed, so the checks are left out and the result is the same.
 *
 * @param compact the token as it came
 */
export function decodeKnownToken(compact: string): Token {
  const firstDot = compact.indexOf('.');
  const secondDot = compact.indexOf('.', firstDot + 1);
  const headerPart = compact.slice(0, firstDot);
  const { header, alg, kid, hasPlainHeader } =
    headers.find(headerPart) ?? readHeader(headerPart, decodeKnown(headerPart));
  const text = decodeKnown(compact.slice(firstDot + 1, secondDot));
  const claims: JsonObject = JSON.parse(text);
  const hasPlainClaims = isPlain(text);
  const signingInput = compact.slice(0, secondDot);
  return { header, alg, kid, hasPlainHeader, claims, hasPlainClaims, signingInput, derived: {} };
}

function decodeKnown(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}

function readHeader(part: string, text: string): JoseHeader {
  const header = parseObject(text, 'header');
  const alg = member(header, 'alg');
  refuseExtensions(header);
  const decoded = {
    header,
    alg: typeof alg === 'string' ? alg : '',
    kid: optionalString(header, 'kid'),
    hasPlainHeader: isPlain(text),
  };
  if (part.length <= MAX_KEPT_HEADER) {
    headers.keep(part, decoded);
  }
  return decoded;
}

/** JSON has no control characters in strings but as escapes; DEL alone may stand as it is. */
function isPlain(text: string): boolean {
  return text.indexOf('\\') < 0 && text.indexOf('\x7f') < 0;
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

function parseObject(text: string, name: 'header' | 'payload'): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) {
    throw refuse('invalid_jwt', name);
  }
  return value;
}

/** What is no UTF-8 comes out empty, and that is no JSON either. */
function decodeText(part: string): string {
  return decodeUtf8(decodePart(part)) ?? '';
}

function decodePart(part: string): Buffer {
  const bytes = decodeBase64url(part);
  if (!bytes) {
    throw refuse('invalid_jwt', 'base64url');
  }
  return bytes;
}

import { decodeBase64url, decodeUtf8 } from '../base64url.ts';
import { RawJson } from '../exact/raw-json.ts';
import { mayChange, parseKnownVerbatim, parseVerbatim } from '../exact/verbatim.ts';
import { isObject, type Json, type JsonObject, member, parseJson } from '../json.ts';
import { hasAtMost, mayNestTooDeep } from '../json-limits.ts';
import { peekMember } from '../json-peek.ts';
import { Memo } from '../memo.ts';
import { refuse } from '../refusal.ts';
import type { SignedText } from '../signature/verify.ts';
import type { Derived } from './derived.ts';

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
  /** `kid` of the key that has signed it, once that is known, and if the key has one. */
  signer?: string | undefined;
  /** There is room for it where the token is kept, for it may come again. */
  derived?: Derived;
}

/** A token taken apart. Nothing in it is vouched for until the signature has been verified. */
export interface UnverifiedToken extends JoseHeader, SignedText {
  /** Bytes of the payload: parsed by {@link parseClaims}, once the signature has been verified. */
  readonly payload: Buffer;
}

/** Headers by their text: an issuer writes the same one again and again. */
const headers = new Memo<JoseHeader>(4);
const MAX_KEPT_HEADER = 512;

/**
 * Most commas, colons, quotes and backslashes in the text of a header, those in strings included. No issuer comes near them, not
 * with chains of certificates either. The engines hash names without a seed, so that thousands of members may cost
 * milliseconds, and anybody can write a header.
 */
const MAX_IN_HEADER: readonly (readonly [number, number])[] = [
  [0x2c, 256],
  [0x3a, 64],
  [0x22, 1024],
  [0x5c, 1024],
];

/** Longest header, in bytes, that may hold numbers that JavaScript would change, or half a character. */
const MAX_INEXACT_HEADER = 1024;

/** Bytes of the longest header in which brackets are counted one by one, for that is slow. */
const MAX_NESTED_HEADER = 2048;

const BACKSLASH = 0x5c;
const DEL = 0x7f;

/**
 * Takes a compact JWS apart (RFC 7515, section 5.2; RFC 7519, section 7.2). The payload is decoded and not parsed:
 * that is for {@link parseClaims}.
 *
 * @param compact the token as it came
 * @throws Refusal `invalid_jwt` where it is too long (`size`), has not three parts (`parts`), a part
 * is not canonical base64url (`base64url`), the header is no JSON object or has too many members (`header`), a
 * header parameter has the wrong type (its name), or the header asks for an extension (`crit`, `b64`)
 */
export function decodeToken(compact: string): UnverifiedToken {
  const [headerPart = '', payloadPart = '', signaturePart = ''] = splitToken(compact);
  const { header, alg, kid, hasPlainHeader } = headers.find(headerPart) ?? decodeHeader(headerPart);
  return {
    header,
    alg,
    kid,
    hasPlainHeader,
    payload: decodePart(payloadPart),
    signature: decodePart(signaturePart),
    signingInput: signedPartOf(compact, headerPart, payloadPart),
  };
}

/**
 * Reads what a token says of where it comes from, unverified and in little time.
 *
 * @param compact the token as it came
 * @returns `kid` of the header and `iss` of the claims, where they are strings
 * @throws Refusal as {@link decodeToken}; signature and payload are not held to their form
 */
export function peekToken(compact: string): { iss: string | undefined; kid: string | undefined } {
  const [headerPart = '', payloadPart = ''] = splitToken(compact);
  const { kid } = headers.find(headerPart) ?? decodeHeader(headerPart);
  return { kid, iss: peekMember(decodePart(payloadPart), 'iss') ?? undefined };
}

/**
 * Parses the claims of a token. Only once its signature has been verified: what they cost is then for the issuer to
 * decide, and not for whoever can send a request.
 *
 * @param token the token, taken apart
 * @throws Refusal `invalid_jwt`, detail `payload`, where the payload is no JSON object
 */
export function parseClaims(token: UnverifiedToken): Token {
  // The same object: to make another one costs time with each token that is new.
  const { payload } = token;
  const parsed = token as Unparsed as Parsed;
  parsed.claims = parseObject(payload, 'payload', token.signingInput);
  parsed.hasPlainClaims = isPlain(payload);
  return parsed;
}

type Unparsed = UnverifiedToken & Partial<Parsed>;
type Parsed = { -readonly [Name in keyof Token]: Token[Name] };

/**
 * Decodes a token whose very text {@link decodeToken} has taken apart before: it is known to be well
 * formed, so the checks are left out and the result is the same.
 *
 * @param compact the token as it came
 * @param isExact whether JavaScript is known to hold every value of the claims
 */
export function decodeKnownToken(compact: string, isExact = false): Token {
  const [headerPart = '', payloadPart = ''] = compact.split('.', 2);
  const { header, alg, kid, hasPlainHeader } =
    headers.find(headerPart) ?? decodeKnownHeader(headerPart);
  const payload = Buffer.from(payloadPart, 'base64url');
  const text = payload.toString();
  const claims: JsonObject = isExact ? JSON.parse(text) : parseKnownVerbatim(text, payload);
  const hasPlainClaims = isPlain(payload);
  const signingInput = signedPartOf(compact, headerPart, payloadPart);
  return { header, alg, kid, hasPlainHeader, claims, hasPlainClaims, signingInput };
}

function splitToken(compact: string): readonly string[] {
  if (compact.length > MAX_TOKEN_LENGTH) {
    throw refuse('invalid_jwt', 'size');
  }
  const parts = compact.split('.', 4);
  if (parts.length !== 3) {
    throw refuse('invalid_jwt', 'parts');
  }
  return parts;
}

/** A slice, for QuickJS copies what is put together. */
function signedPartOf(compact: string, headerPart: string, payloadPart: string): string {
  return compact.slice(0, headerPart.length + 1 + payloadPart.length);
}

function decodeHeader(part: string): JoseHeader {
  const bytes = decodePart(part);
  const isBounded =
    (bytes.length <= MAX_NESTED_HEADER || !mayNestTooDeep(bytes)) &&
    MAX_IN_HEADER.every(([byte, most]) => hasAtMost(bytes, byte, most));
  if (!isBounded) {
    throw refuse('invalid_jwt', 'header');
  }
  return readHeader(part, bytes, parseObject(bytes, 'header'));
}

function decodeKnownHeader(part: string): JoseHeader {
  const bytes = Buffer.from(part, 'base64url');
  return readHeader(part, bytes, parseKnownVerbatim(bytes.toString(), bytes) as JsonObject);
}

function readHeader(part: string, bytes: Buffer, header: JsonObject): JoseHeader {
  const alg = member(header, 'alg');
  refuseExtensions(header);
  const decoded = {
    header,
    alg: typeof alg === 'string' ? alg : '',
    kid: optionalString(header, 'kid'),
    hasPlainHeader: isPlain(bytes),
  };
  if (part.length <= MAX_KEPT_HEADER) {
    headers.keep(part, decoded);
  }
  return decoded;
}

/** JSON has no control characters in strings but as escapes; DEL alone may stand as it is. */
function isPlain(json: Buffer): boolean {
  return json.indexOf(BACKSLASH) < 0 && json.indexOf(DEL) < 0;
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
  const found = member(header, name);
  // Half a character is compared as the engine has it: a key set may have the same.
  const value = found instanceof RawJson ? (JSON.parse(found.text) as Json) : found;
  if (value !== undefined && typeof value !== 'string') {
    throw refuse('invalid_jwt', name);
  }
  return value;
}

/** What is no UTF-8 comes out empty, and that is no JSON either. */
function parseObject(bytes: Buffer, name: 'header' | 'payload', signingInput?: string): JsonObject {
  const text = decodeUtf8(bytes) ?? '';
  const isExact = !mayChange(text, bytes);
  if (!isExact && name === 'header' && bytes.length > MAX_INEXACT_HEADER) {
    throw refuse('invalid_jwt', 'header');
  }
  exact = isExact ? signingInput : undefined;
  const value = isExact ? parseJson(text, bytes) : parseVerbatim(text, bytes);
  if (!isObject(value)) {
    throw refuse('invalid_jwt', name);
  }
  return value;
}

/** Signing input of the token that was parsed last, where JavaScript holds every value of its claims. */
let exact: string | undefined;

/**
 * Tells whether JavaScript is known to hold every value of the claims of a token: of the one that was parsed last.
 *
 * @param compact the token as it came
 */
export function hasExactClaims(compact: string): boolean {
  return exact !== undefined && compact.indexOf(`${exact}.`) === 0;
}

function decodePart(part: string): Buffer {
  const bytes = decodeBase64url(part);
  if (!bytes) {
    throw refuse('invalid_jwt', 'base64url');
  }
  return bytes;
}

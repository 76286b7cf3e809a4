// Keys, and tokens signed with them by the npm library jose.

import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, generateSecret, type JWK, SignJWT } from 'jose';
import type { JsonObject } from '../../src/json.ts';
import { decodeToken, parseClaims, type Token } from '../../src/token/decode.ts';

/** The clock of the tests, in seconds since the epoch. */
export const NOW = 1_700_000_000;

/** Claims of a token that every policy of the tests accepts at {@link NOW}. */
export const CLAIMS = {
  iss: 'https://idp.example.com/',
  sub: 'alice',
  aud: 'orders',
  iat: NOW - 60,
  exp: NOW + 600,
} as const;

/** Somebody who signs tokens. */
export interface Signer {
  readonly alg: string;
  /** The key to check with, with `kid` and `alg`; the secret itself for HMAC. */
  readonly jwk: JsonObject;
  /** Signs claims; what `header` names is added to `alg` and `kid`, `undefined` takes it away. */
  sign(claims?: object, header?: object): Promise<string>;
}

/**
 * Makes a key pair, or a secret.
 *
 * @param alg algorithm that it signs with
 * @param kid name of the key
 */
export async function createSigner(alg = 'ES256', kid = 'key-1'): Promise<Signer> {
  const isHmac = alg.startsWith('HS');
  const pair = isHmac ? undefined : await generateKeyPair(alg, { extractable: true });
  const signingKey = pair?.privateKey ?? (await generateSecret(alg, { extractable: true }));
  const exported: JWK = await exportJWK(pair?.publicKey ?? signingKey);
  return {
    alg,
    jwk: { ...exported, kid, alg } as JsonObject,
    sign: (claims = CLAIMS, header = {}) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(signingKey),
  };
}

/** The text of a JWK Set. */
export function jwksOf(...signers: readonly Pick<Signer, 'jwk'>[]): string {
  return JSON.stringify({ keys: signers.map(({ jwk }) => jwk) });
}

/** One part of a token: base64url of JSON, of a text as it is, or of bytes. */
export function encodePart(value: object | string): string {
  const isBytes = typeof value === 'string' || value instanceof Uint8Array;
  return Buffer.from(isBytes ? (value as string) : JSON.stringify(value)).toString('base64url');
}

/** A compact token whose signature is worth nothing. */
export function forge(
  header: object | string,
  payload: object | string = CLAIMS,
  signature: object | string = 'signature',
): string {
  return [header, payload, signature].map(encodePart).join('.');
}

/** A token as it is once its signature has been verified. */
export function parseToken(compact: string): Token {
  return parseClaims(decodeToken(compact));
}

/** The token with one bit of its signature flipped. */
export function breakSignature(token: string): string {
  const dot = token.lastIndexOf('.') + 1;
  const signature = Buffer.from(token.slice(dot), 'base64url');
  signature.writeUInt8(signature.readUInt8(0) ^ 1, 0);
  return token.slice(0, dot) + signature.toString('base64url');
}

/**
 * A token as small services make it: HS256, without `kid`.
 *
 * @param secret any text or bytes, also too few
 * @param claims the claims, and nothing else
 */
export function signHmac(secret: string | Buffer, claims: object): string {
  const input = `${encodePart({ alg: 'HS256', typ: 'JWT' })}.${encodePart(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

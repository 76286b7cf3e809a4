import { decodeBase64url } from '../base64url.ts';
import { parseVerbatim } from '../exact/verbatim.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts';
import { refuse } from '../refusal.ts';
import { findAlgorithm } from '../signature/algorithms.ts';
import type { Credential } from './consumer.ts';

/** Longest file of consumers in characters. */
export const MAX_CONSUMERS_LENGTH = 524288;

/**
 * Most credentials in one file: it holds secrets, so no memory but that of a context may keep it, and the njs
 * engine reads it for each request, at some 20 µs a credential.
 */
export const MAX_CREDENTIALS = 1000;

/**
 * Reads a file of consumers: `{"consumers": [{"id", "username", "custom_id", "jwt_secrets": [{"key",
 * "algorithm", "secret" or "jwk"}]}]}`. One fault spoils it all: a credential that is passed over would be
 * missed when it is needed.
 *
 * @param text content of the file
 * @param source what the log calls it
 * @param isBase64 whether secrets are base64 or base64url of their bytes, not the bytes as text
 * @returns an entry for each credential, and one for each consumer without
 * @throws Refusal `cannot_parse`, which says where the fault is and quotes no secret
 */
export function parseConsumers(text: string, source: string, isBase64: boolean): Credential[] {
  const fail = (problem: string) =>
    refuse('cannot_parse', 'consumers', `the consumers of ${source}: ${problem}`);
  if (text.length > MAX_CONSUMERS_LENGTH) {
    throw fail(`longer than ${MAX_CONSUMERS_LENGTH} characters`);
  }
  const document = parseVerbatim(text);
  const listed = isObject(document) ? member(document, 'consumers') : undefined;
  if (!isArray(listed)) {
    throw fail('no JSON object with an array "consumers"');
  }
  const seen: { [key: string]: boolean | undefined } = Object.create(null);
  const entries: Credential[] = [];
  listed.forEach((one, index) => {
    const place = `consumers[${index}]`;
    const consumer = readConsumer(one);
    if (typeof consumer === 'string') {
      throw fail(`${place} ${consumer}`);
    }
    const secrets = member(one as JsonObject, 'jwt_secrets') ?? [];
    if (!isArray(secrets)) {
      throw fail(`${place}.jwt_secrets is no array`);
    }
    secrets.forEach((secret, at) => {
      const jwk = readCredential(secret, isBase64);
      if (typeof jwk === 'string') {
        throw fail(`${place}.jwt_secrets[${at}] ${jwk}`);
      }
      const key = jwk.kid as string;
      if (seen[key]) {
        throw fail(`${place}.jwt_secrets[${at}] has a key that another one has`);
      }
      seen[key] = true;
      entries.push({ ...jwk, consumer });
    });
    if (secrets.length === 0) {
      entries.push({ consumer });
    }
  });
  if (entries.length > MAX_CREDENTIALS) {
    throw fail(`more than ${MAX_CREDENTIALS} credentials`);
  }
  return entries;
}

/** What is said of a consumer, or what is wrong with it. */
function readConsumer(one: Json): JsonObject | string {
  if (!isObject(one)) {
    return 'is no object';
  }
  const said: { [name: string]: string } = {};
  for (const name of ['id', 'username', 'custom_id']) {
    const value = member(one, name);
    if (value !== undefined && value !== null) {
      if (typeof value !== 'string' || value === '') {
        return `has a ${name} that is no text`;
      }
      said[name] = value;
    }
  }
  return said.id === undefined && said.username === undefined
    ? 'has neither id nor username'
    : said;
}

/** A credential as a JWK, or what is wrong with it. */
function readCredential(secret: Json, isBase64: boolean): JsonObject | string {
  if (!isObject(secret)) {
    return 'is no object';
  }
  const kid = member(secret, 'key');
  if (typeof kid !== 'string' || kid === '') {
    return 'has no key';
  }
  const alg = member(secret, 'algorithm') ?? 'HS256';
  const algorithm = typeof alg === 'string' ? findAlgorithm(alg) : undefined;
  if (algorithm === undefined) {
    return 'has an algorithm that does not exist';
  }
  if (algorithm.kty !== 'oct') {
    const jwk = member(secret, 'jwk');
    return isObject(jwk) && member(jwk, 'kty') === algorithm.kty
      ? { ...jwk, kid, alg: algorithm.name }
      : `has no jwk for ${algorithm.name}`;
  }
  const k = toOctets(member(secret, 'secret'), isBase64);
  return k === undefined ? 'has no secret that can be read' : { kty: 'oct', k, kid, alg };
}

/** A secret as `k` of a JWK (RFC 7518, section 6.4.1). */
function toOctets(secret: Json | undefined, isBase64: boolean): string | undefined {
  if (typeof secret !== 'string' || secret === '') {
    return undefined;
  }
  if (!isBase64) {
    return Buffer.from(secret).toString('base64url');
  }
  const text = secret
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/={1,2}$/, '');
  return decodeBase64url(text) === undefined ? undefined : text;
}

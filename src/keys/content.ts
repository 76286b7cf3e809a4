import { parseConsumers } from '../consumers/parse.ts';
import { type JsonObject, member } from '../json.ts';
import { parseRevocations } from '../revocation/parse.ts';
import { parseJwks } from './jwks.ts';
import { type KeySource, nameOf } from './source.ts';

/**
 * Reads what a source gave.
 *
 * @param source the source: it knows what it holds
 * @param text what it gave
 * @returns keys (RFC 7517), credentials in the form of keys, or one table of revocations
 * @throws Refusal `cannot_parse` where it is not what it should be
 */
export function parseContent(source: KeySource, text: string): readonly JsonObject[] {
  const name = nameOf(source);
  switch (source.content) {
    case 'key':
      return parseJwks(text, name);
    case 'consumers':
      return parseConsumers(text, name, source.isBase64 === true);
    case 'revocation':
      return [parseRevocations(text, name)];
  }
}

/**
 * What may be written into shared memory, which outlives the request and may end in a core dump: no
 * secret and no private key, and of a revocation list only its digests.
 *
 * @param source the source
 * @param text what it gave
 * @param entries the same, read
 * @returns `undefined` where nothing of it may
 */
export function toStored(
  { content }: KeySource,
  text: string,
  entries: readonly JsonObject[],
): string | undefined {
  if (content === 'revocation') {
    return String(entries[0]?.table);
  }
  if (entries.some(isSecret)) {
    return undefined;
  }
  // A large set is mostly certificates, which have been left out.
  return content === 'key' && text.length > MAX_AS_IT_CAME
    ? JSON.stringify({ keys: entries })
    : text;
}

/** Longest key set that is stored as it came, in characters. */
const MAX_AS_IT_CAME = 65536;

/**
 * Reads what {@link toStored} wrote.
 *
 * @param source the source
 * @param text what stands in shared memory
 */
export function fromStored(source: KeySource, text: string): readonly JsonObject[] {
  if (source.content !== 'revocation') {
    return parseContent(source, text);
  }
  return [{ table: text }];
}

/** A secret (RFC 7518, section 6.4), or the private half of a pair that does not belong here. */
function isSecret(jwk: JsonObject): boolean {
  return member(jwk, 'k') !== undefined || member(jwk, 'd') !== undefined;
}

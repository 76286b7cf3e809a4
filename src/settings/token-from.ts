import { parseTokenSource, type TokenSource } from '../token/sources.ts';
import { misread, readList, type SettingTexts } from './texts.ts';

/** RFC 6750, section 2.1. */
const DEFAULT_SOURCES: readonly TokenSource[] = [{ kind: 'header', name: 'Authorization' }];

/**
 * Reads `$auth_jwt_token_from`.
 *
 * @param texts the settings
 * @returns where the token may stand
 * @throws Refusal `bad_configuration` where it cannot be understood
 */
export function readTokenFrom(texts: SettingTexts): readonly TokenSource[] {
  const words = readList(texts, 'auth_jwt_token_from');
  if (words.length === 0) {
    return DEFAULT_SOURCES;
  }
  return words.map((word) => {
    const source = parseTokenSource(word);
    if (source === undefined) {
      throw misread(
        texts,
        'auth_jwt_token_from',
        'not a list of header:NAME, cookie:NAME, query:NAME, variable:NAME or protocol',
      );
    }
    return source;
  });
}

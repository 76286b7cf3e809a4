import type { IntrospectionPolicy } from '../introspection/introspect.ts';
import { misread, readChoice, readTime, type SettingTexts, serverIn } from './texts.ts';

const REQUEST = 'auth_jwt_introspection_request';
const SCOPE = 'auth_jwt_introspection';

/**
 * Reads `$auth_jwt_introspection_request`, and what belongs to it.
 *
 * @param texts the settings
 * @param hasKeys whether there is another way to check a token: then only those that are no JWT are
 * introspected, unless all are to be
 * @returns `undefined` where it is not set
 * @throws Refusal `bad_configuration` where one of them cannot be used
 */
export function readIntrospection(
  texts: SettingTexts,
  hasKeys: boolean,
): IntrospectionPolicy | undefined {
  const endpoint = texts[REQUEST];
  const scope = readChoice(texts, SCOPE, ['', 'opaque', 'all']);
  if (endpoint === undefined) {
    if (scope !== '') {
      throw misread(texts, SCOPE, `by nobody: $${REQUEST} is not set`);
    }
    return undefined;
  }
  if (!/^\/[!-~]*$/.test(endpoint)) {
    throw misread(texts, REQUEST, 'not the URI of an internal location');
  }
  if (scope === 'opaque' && !hasKeys) {
    throw misread(texts, SCOPE, 'and there is no key to check the others with');
  }
  return {
    endpoint,
    server: serverIn(texts),
    isForAll: scope === 'all' || !hasKeys,
    cache: readTime(texts, 'auth_jwt_introspection_cache', 60),
  };
}

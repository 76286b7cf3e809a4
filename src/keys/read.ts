import type { NginxRequest } from '../nginx.ts';
import { discoverKeys, fetchKeys } from './fetch.ts';
import { readKeyFile } from './file.ts';
import { requestKeys } from './request.ts';
import { type KeySource, settingOf } from './source.ts';

/**
 * Reads a source, whatever its kind.
 *
 * @param r the request that needs the keys
 * @param source the source
 * @returns the text that should be what it holds; a file gives it at once
 * @throws Refusal as the source's kind has it
 */
export function readSource(
  r: Pick<NginxRequest, 'subrequest'>,
  source: KeySource,
): string | Promise<string> {
  switch (source.kind) {
    case 'file':
      return readKeyFile(source.location, settingOf(source));
    case 'request':
      return requestKeys(
        r,
        source.location,
        settingOf(source),
        source.content === 'revocation' ? 'revocation' : 'jwks',
      );
    case 'url':
      return fetchKeys(source.location);
    case 'discovery':
      return discoverKeys(source.location);
  }
}

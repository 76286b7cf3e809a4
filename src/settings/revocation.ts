import { type KeySource, revocationSource } from '../keys/source.ts';
import type { RevocationPolicy } from '../revocation/check.ts';
import { misread, readChoice, readList, readTime, type SettingTexts, serverIn } from './texts.ts';

/** Nothing forces a revocation list to be fetched before its time. */
const NEVER = 0;

/**
 * Reads where revocation lists are, and how long they count.
 *
 * @param texts the settings
 * @returns `undefined` where there is none
 * @throws Refusal `bad_configuration` where a setting cannot be understood
 */
export function readRevocation(texts: SettingTexts): RevocationPolicy | undefined {
  const sources = [
    ...readSources(texts, 'file', 'not an absolute path'),
    ...readSources(texts, 'request', 'not the URI of an internal location'),
  ];
  const failure = readChoice(texts, 'auth_jwt_revocation_failure', ['closed', 'open']);
  return sources.length === 0
    ? undefined
    : {
        sources,
        keyCache: Math.max(readTime(texts, 'auth_jwt_revocation_cache', 60), 1),
        keyStale: readTime(texts, 'auth_jwt_revocation_stale', 600),
        keyCooldown: NEVER,
        passesWithout: failure === 'open',
      };
}

function readSources(texts: SettingTexts, kind: 'file' | 'request', problem: string): KeySource[] {
  const name = `auth_jwt_revocation_${kind}`;
  return readList(texts, name).map((location) => {
    if (location.charAt(0) !== '/') {
      throw misread(texts, name, problem);
    }
    return revocationSource(kind, location, kind === 'request' ? serverIn(texts) : '');
  });
}

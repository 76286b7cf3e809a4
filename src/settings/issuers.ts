import type { IdentityPolicy } from '../claims/identity.ts';
import { misread, readList, type SettingTexts } from './texts.ts';

/**
 * Reads `$auth_jwt_issuer`.
 *
 * @param texts the settings
 * @throws Refusal `bad_configuration` where it is not set, or says two things
 */
export function readIssuers(texts: SettingTexts): IdentityPolicy['issuers'] {
  const issuers = readList(texts, 'auth_jwt_issuer');
  if (issuers.length === 0) {
    throw misread(texts, 'auth_jwt_issuer', 'not set; say "any" to accept every issuer');
  }
  if (issuers.indexOf('any') < 0) {
    return issuers;
  }
  if (issuers.length > 1) {
    throw misread(texts, 'auth_jwt_issuer', '"any" beside other issuers');
  }
  return 'any';
}

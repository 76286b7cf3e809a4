import type { ClaimOutlet } from '../claims/claim-set.ts';
import { parsePath } from '../claims/path.ts';
import { misread, readList, type SettingTexts } from './texts.ts';

const NAME = 'auth_jwt_claim_set';

/** nginx knows variables in lower case only. */
const TARGET = /^[a-z0-9_]+$/;

/** A claim whose own name begins so is written as a JSON Pointer. */
const JSON_PREFIX = 'json:';

/** What the module itself writes and reads: no claim may have a say in it. */
const RESERVED =
  /^(?:auth_jwt|no_auth_|jwt_claims$|jwt_error_|jwt_login_|jwt_redacted_|jwt_unchecked$|jwt_unverified_)/;

/**
 * Reads `$auth_jwt_claim_set`: `VARIABLE=PATH` or `VARIABLE=json:PATH`, in a list.
 *
 * @param texts the settings
 * @returns what each variable is filled with, maybe none
 * @throws Refusal `bad_configuration` where a word cannot be understood
 */
export function readClaimSet(texts: SettingTexts): ClaimOutlet[] {
  return readList(texts, NAME).map((word) => {
    const equals = word.indexOf('=');
    const variable = word.slice(0, Math.max(equals, 0)).toLowerCase();
    const written = word.slice(equals + 1);
    const isJson = written.indexOf(JSON_PREFIX) === 0;
    const path = parsePath(isJson ? written.slice(JSON_PREFIX.length) : written);
    if (!TARGET.test(variable) || path === undefined) {
      throw misread(texts, NAME, 'not a list of VARIABLE=PATH, without "$"');
    }
    if (RESERVED.test(variable)) {
      throw misread(texts, NAME, `$${variable} is the module's own`);
    }
    return { variable, path, isJson };
  });
}

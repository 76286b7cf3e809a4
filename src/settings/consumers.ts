import type { ConsumerPolicy } from '../consumers/consumer.ts';
import { consumersSource, type KeySource } from '../keys/source.ts';
import { misread, readList, readSwitch, type SettingTexts } from './texts.ts';

const FILE = 'auth_jwt_consumers_file';
const ANONYMOUS = 'auth_jwt_anonymous_consumer';

/** A file of consumers, and how they are found in it. */
export interface ConsumerSettings {
  readonly source: KeySource;
  readonly policy: ConsumerPolicy;
}

/**
 * Reads `$auth_jwt_consumers_file`, and what belongs to it.
 *
 * @param texts the settings
 * @returns `undefined` where it is not set
 * @throws Refusal `bad_configuration` where one of them cannot be used
 */
export function readConsumers(texts: SettingTexts): ConsumerSettings | undefined {
  const [path, ...others] = readList(texts, FILE);
  const anonymous = texts[ANONYMOUS];
  if (path === undefined) {
    if (anonymous !== undefined) {
      throw misread(texts, ANONYMOUS, `a consumer without $${FILE}`);
    }
    return undefined;
  }
  if (others.length > 0 || path.charAt(0) !== '/') {
    throw misread(texts, FILE, 'not one absolute path');
  }
  const optional = texts.auth_jwt_optional ?? 'off';
  if (anonymous !== undefined && optional === 'off') {
    throw misread(texts, ANONYMOUS, 'nobody is anonymous while $auth_jwt_optional is "off"');
  }
  const claim = texts.auth_jwt_key_claim_name ?? 'iss';
  const isBase64 = readSwitch(texts, 'auth_jwt_secret_is_base64', false);
  return {
    source: consumersSource(path, claim, isBase64),
    policy: anonymous === undefined ? { claim } : { claim, anonymous },
  };
}

import { isFetchable } from './key-sources.ts';
import { misread, readSwitch, type SettingTexts } from './texts.ts';

/**
 * Checks the settings for answers to refused requests. They are read as they are when one is refused;
 * here it is seen that they can be.
 *
 * @param texts the settings
 * @throws Refusal `bad_configuration` where one of them cannot be used
 */
export function checkAnswers(texts: SettingTexts): void {
  const login = texts.auth_jwt_login_url;
  if (login !== undefined && !LOGIN_URL.test(login)) {
    throw misread(texts, 'auth_jwt_login_url', 'neither a URL nor a path, without "#"');
  }
  const metadata = texts.auth_jwt_resource_metadata;
  const allowsHttp = readSwitch(texts, 'auth_jwt_insecure_http', false);
  if (metadata !== undefined && !isFetchable(metadata, allowsHttp)) {
    // RFC 9728, section 3.
    throw misread(texts, 'auth_jwt_resource_metadata', 'not an https URL');
  }
}

/** `//host` would be another host, and `/\host` is one to browsers. */
const LOGIN_URL = /^(?:https?:\/\/[!"$-.0-~]|\/(?![/\\]))[!"$-~]*$/;

import { type Refusal, refuse } from '../refusal.ts';
import { SERVER_NAMES } from './names.ts';
import { parseList, parseSwitch, parseTime } from './values.ts';

/** Settings by the name of their variable: those that hold something, without white space around it. */
export interface SettingTexts {
  [name: string]: string | undefined;
}

/**
 * Collects what is set. Undeclared and empty are the same: not set.
 *
 * @param names names of settings
 * @param values their values, in the same order
 */
export function collectTexts(
  names: readonly string[],
  values: readonly (string | undefined)[],
): SettingTexts {
  const texts: SettingTexts = {};
  for (let index = 0; index < names.length; index += 1) {
    const text = values[index];
    const trimmed = text === undefined || text === '' ? '' : text.trim();
    if (trimmed !== '') {
      texts[names[index] as string] = trimmed;
    }
  }
  return texts;
}

/**
 * Names the `server {}` of the request, for what shared memory knows by the URI of an internal location. nginx cannot tell
 * apart two servers that listen on one address and share their first name: `$auth_jwt_server_id` does.
 *
 * @param texts the settings, with nginx's own variables
 */
export function serverIn(texts: SettingTexts): string {
  const server = SERVER_NAMES.map((name) => texts[name] ?? '').join(' ');
  const id = texts.auth_jwt_server_id;
  // Quoted, so that no id together with one URI reads like another id with another URI.
  return id === undefined ? server : `${server} ${JSON.stringify(id)}`;
}

/**
 * Names the `server {}` for what is fetched by URL: each may verify TLS in its own way, so none gets what another has
 * fetched. Without its address, which `js_periodic` does not know.
 *
 * @param texts the settings, with nginx's own variables
 * @returns the name, `$auth_jwt_server_id` and a space; empty where the server has neither
 */
export function serverNameIn({ server_name, auth_jwt_server_id }: SettingTexts): string {
  const name = server_name ?? '';
  const id = auth_jwt_server_id === undefined ? '' : JSON.stringify(auth_jwt_server_id);
  return name === '' && id === '' ? '' : `${name}${id} `;
}

/**
 * Reads a list, empty where it is not set.
 *
 * @param texts the settings
 * @param name name of the setting
 */
export function readList(texts: SettingTexts, name: string): string[] {
  const text = texts[name];
  return text === undefined ? [] : parseList(text);
}

/**
 * Reads a time.
 *
 * @param texts the settings
 * @param name name of the setting
 * @param preset what counts where it is not set, in seconds
 * @returns seconds
 * @throws Refusal `bad_configuration` where it is no time
 */
export function readTime(texts: SettingTexts, name: string, preset: number): number {
  const text = texts[name];
  if (text === undefined) {
    return preset;
  }
  const seconds = parseTime(text);
  if (seconds === undefined) {
    throw misread(texts, name, 'not a time such as 500ms, 30s, 10m or 1h');
  }
  return seconds;
}

/**
 * Reads a switch.
 *
 * @param texts the settings
 * @param name name of the setting
 * @param preset what counts where it is not set
 * @throws Refusal `bad_configuration` where it is neither on nor off
 */
export function readSwitch(texts: SettingTexts, name: string, preset: boolean): boolean {
  const text = texts[name];
  if (text === undefined) {
    return preset;
  }
  const state = parseSwitch(text);
  if (state === undefined) {
    throw misread(texts, name, 'neither "on" nor "off"');
  }
  return state;
}

/**
 * Reads one of some words.
 *
 * @param texts the settings
 * @param name name of the setting
 * @param words those it may be; the first one counts where it is not set
 * @throws Refusal `bad_configuration` where it is none of them
 */
export function readChoice<Word extends string>(
  texts: SettingTexts,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = texts[name];
  if (text === undefined) {
    return words[0];
  }
  for (const word of words) {
    if (word === text) {
      return word;
    }
  }
  throw misread(texts, name, `none of ${words.join(', ')}`);
}

/**
 * Makes the refusal for a setting that cannot be understood.
 *
 * @param texts the settings
 * @param name name of the setting
 * @param problem what is wrong with its value
 */
export function misread(texts: SettingTexts, name: string, problem: string): Refusal {
  return refuse('bad_configuration', name, `$${name} is "${texts[name] ?? ''}": ${problem}`);
}

import { Memo } from '../memo.ts';
import type { NginxVariables } from '../nginx.ts';
import { POLICY_NAMES } from './names.ts';
import { readSettings, type Settings } from './settings.ts';
import { collectTexts } from './texts.ts';

/** Policies by the text of their settings. A location has one, unless it is made of variables. */
const policies = new Memo<Settings | 'off'>(16);

/** Not the line feed, for people write rules on several lines. */
const SEPARATOR = '\r';

/**
 * Reads the policy of a location, or gives what the same settings were read as before.
 *
 * `$auth_jwt_policy` holds all settings, with carriage returns between them. A setting that holds one
 * itself could make one policy look like another: then, and where the variable is not declared, the settings are
 * read one by one.
 *
 * @param variables the variables of the location
 * @throws Refusal as {@link readSettings}
 */
export function readPolicy(variables: NginxVariables): Settings | 'off' {
  const whole = variables.auth_jwt_policy ?? '';
  const known = policies.find(whole);
  if (known !== undefined) {
    return known;
  }
  const lines = whole.split(SEPARATOR);
  if (lines.length !== POLICY_NAMES.length) {
    const values = POLICY_NAMES.map((name) => variables[name]);
    return readSettings(collectTexts(POLICY_NAMES, values));
  }
  const settings = readSettings(collectTexts(POLICY_NAMES, lines));
  policies.keep(whole, settings);
  return settings;
}

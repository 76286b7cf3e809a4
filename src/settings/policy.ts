import { Memo } from '../memo.ts';
import type { NginxVariables } from '../nginx.ts';
import { SETTING_NAMES } from './names.ts';
import { readSettings, type Settings } from './settings.ts';
import { collectTexts } from './texts.ts';

/** Policies by the text of their settings. A location has one, unless it is made of variables. */
const policies = new Memo<Settings | 'off'>(16);

/**
 * Reads the policy of a location, or gives what the same settings were read as before.
 *
 * `$auth_jwt_policy` holds all settings, a line each. A setting that holds a line break itself could
 * make one policy look like another: then, and where the variable is not declared, the settings are
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
  const lines = whole.split('\n');
  if (lines.length !== SETTING_NAMES.length) {
    return readSettings(
      collectTexts(SETTING_NAMES, (index) => variables[SETTING_NAMES[index] as string]),
    );
  }
  const settings = readSettings(collectTexts(SETTING_NAMES, (index) => lines[index]));
  policies.keep(whole, settings);
  return settings;
}

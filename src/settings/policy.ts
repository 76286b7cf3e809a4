import { Memo } from '../memo.ts';
import type { NginxVariables } from '../nginx.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { POLICY_FORMAT, POLICY_NAMES } from './names.ts';
import { readSettings, type Settings } from './settings.ts';
import { collectTexts } from './texts.ts';

/** Policies by the text of their settings. A location has one, unless it is made of variables. */
const policies = new Memo<Settings | 'off'>(16);

/** Not the line feed, for people write rules on several lines. */
const SEPARATOR = '\r';

/**
 * Reads the policy of a location, or gives what the same settings were read as before.
 *
 * `$auth_jwt_policy` holds {@link POLICY_FORMAT} and all settings, with carriage returns between them. A setting that holds one
 * itself could make one policy look like another: then, and where the variable is not declared, the settings are
 * read one by one.
 *
 * @param variables the variables of the location
 * @throws Refusal as {@link readSettings}; `bad_configuration`, detail `auth_jwt_policy`, where the settings are joined in
 * another order than the one in which they would be read: a required role would be dropped
 */
export function readPolicy(variables: NginxVariables): Settings | 'off' {
  const whole = variables.auth_jwt_policy ?? '';
  const known = policies.find(whole);
  if (known !== undefined) {
    return known;
  }
  const [format, ...lines] = whole.split(SEPARATOR);
  if (whole !== '' && (format !== POLICY_FORMAT || lines.length < POLICY_NAMES.length)) {
    throw ofAnotherVersion();
  }
  if (lines.length !== POLICY_NAMES.length) {
    const values = POLICY_NAMES.map((name) => variables[name]);
    return readSettings(collectTexts(POLICY_NAMES, values));
  }
  const settings = readSettings(collectTexts(POLICY_NAMES, lines));
  policies.keep(whole, settings);
  return settings;
}

function ofAnotherVersion(): Refusal {
  return refuse(
    'bad_configuration',
    'auth_jwt_policy',
    '$auth_jwt_policy: auth_jwt.conf is of another version than auth_jwt.js; install both from the same release',
  );
}

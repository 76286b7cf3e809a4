// The auth_jwt.conf of a contender: the one that ships, but for what the workload says otherwise.

import { readFile } from 'node:fs/promises';
import { ROOT } from '../build/run.mjs';

const VERIFIED = /(zone=auth_jwt_verified:)\w+/;
const OUTLET = /^js_var \$jwt_(?:claim|header)_(\w+);\n/gm;

/**
 * @param {import('./contenders.mjs').Contender} contender
 * @returns {Promise<string>} its text
 */
export async function renderSnippet({ zone, declares }) {
  const shipped = await readFile(`${ROOT}nginx/auth_jwt.conf`, 'utf8');
  const conf = declares ? declareOnly(shipped, declares) : shipped;
  return zone ? withVerifiedZone(conf, zone) : conf;
}

/**
 * @param {string} conf
 * @param {string[]} names of the claims whose variables stay
 */
function declareOnly(conf, names) {
  const declared = [...conf.matchAll(OUTLET)].map(([, name = '']) => name);
  const unknown = names.filter((name) => !declared.includes(name));
  if (unknown.length > 0) {
    throw new Error(`auth_jwt.conf does not declare ${unknown.join(' ')}`);
  }
  return conf.replace(OUTLET, (line, name) =>
    line.includes('$jwt_claim_') && names.includes(name) ? line : '',
  );
}

/**
 * @param {string} conf
 * @param {string} size in nginx's notation
 */
function withVerifiedZone(conf, size) {
  if (!VERIFIED.test(conf)) {
    throw new Error('auth_jwt.conf declares no zone auth_jwt_verified');
  }
  return conf.replace(VERIFIED, `$1${size}`);
}

/**
 * @param {string} conf text of an auth_jwt.conf
 * @returns {number} megabytes of all zones together
 */
export function sizeOfZones(conf) {
  const sizes = [...conf.matchAll(/^js_shared_dict_zone zone=\w+:(\d+)m /gm)];
  return sizes.reduce((sum, [, megabytes]) => sum + Number(megabytes), 0);
}

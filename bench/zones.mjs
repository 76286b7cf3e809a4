// The zones that auth_jwt.conf declares.

const VERIFIED = /(zone=auth_jwt_verified:)\w+/;

/**
 * @param {string} conf text of auth_jwt.conf
 * @param {string} size in nginx's notation
 * @returns {string} the same with a zone of that size for verified signatures
 */
export function withVerifiedZone(conf, size) {
  if (!VERIFIED.test(conf)) {
    throw new Error('auth_jwt.conf declares no zone auth_jwt_verified');
  }
  return conf.replace(VERIFIED, `$1${size}`);
}

/**
 * @param {string} conf text of auth_jwt.conf
 * @returns {number} megabytes of all zones together
 */
export function sizeOfZones(conf) {
  const sizes = [...conf.matchAll(/^js_shared_dict_zone zone=\w+:(\d+)m /gm)];
  return sizes.reduce((sum, [, megabytes]) => sum + Number(megabytes), 0);
}

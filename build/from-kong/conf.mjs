// kong.conf: what goes into http {}.

import { writeLocation, writeSettings } from './location.mjs';

/** @import { Policy } from './policies.mjs' */
/** @import { Server } from './router.mjs' */

/**
 * @typedef {object} ConfOptions
 * @property {string} listen value of `listen`
 * @property {'validateJwt' | 'enforceJwt'} door how the check is run
 */

/** Kong's words for refusals, by our reason and detail. `%` stands for the name of the key claim. */
const ANSWERS = [
  ['default', message('Unauthorized')],
  ['invalid_jwt:multiple', message('Multiple tokens provided')],
  ['~^invalid_jwt:(exp|nbf)$', '{"$1":"must be a number"}'],
  ['~^invalid_jwt:', message('Bad token; invalid JSON')],
  ['~^bad_algorithm:', message('Invalid algorithm')],
  ['unknown_key:key_claim_missing', message("No mandatory '%' in claims")],
  ['unknown_key:key_claim_invalid', message("Invalid '%' in claims")],
  // The credential is there, with a secret that is not used. Kong, too, says this of one that fits no signature.
  ['unknown_key:unusable', message('Invalid signature')],
  ['~^unknown_key:', message("No credentials found for given '%'")],
  ['~^bad_signature:', message('Invalid signature')],
  ['not_active:expired', '{"exp":"token expired"}'],
  ['not_active:not_yet_valid', '{"nbf":"token not valid yet"}'],
  ['~^bad_claim:(exp|nbf)$', '{"$1":"must be a number"}'],
  ['bad_claim:maximum_expiration', '{"exp":"exceeds maximum allowed expiration"}'],
];

/** @param {string} text */
function message(text) {
  return `{"message":"${text}"}`;
}

const HEAD = `# Written by "njs-auth-jwt from-kong"; read it before you use it, and change it as you like.
#
# Include:  in http {}, after auth_jwt.conf
# Needs:    consumers.json, readable by the workers of nginx and by nobody else

# Refusals in Kong's words.
map "$no_auth_reason:$no_auth_detail" $kong_answer {
${ANSWERS.map(([from = '', to = '']) => `    ${word(from)} ${word(to)};`).join('\n')}
}

map $auth_jwt $kong_realm {
    "" Bearer;
    default "Bearer realm=\\"$auth_jwt\\"";
}

map $no_auth_reason $kong_challenge {
    empty_token $kong_realm;
    default "$kong_realm\${kong_comma}error=\\"invalid_token\\"";
}

map $auth_jwt $kong_comma {
    "" " ";
    default ", ";
}

map $auth_jwt_anonymous $kong_anonymous {
    1 true;
}

map $http_upgrade $kong_connection {
    "" "";
    default upgrade;
}

map "" $kong_no_route {
    default ${word(message('no Route matched with those values'))};
}
`;

const SERVER = [
  'client_max_body_size 0;',
  'default_type application/json;',
  // A token does not stand for a plugin that has no counterpart.
  'satisfy all;',
  '',
  'location @kong_unauthorized {',
  '    add_header WWW-Authenticate $kong_challenge always;',
  '    return 401 $kong_answer;',
  '}',
  '',
  'location @kong_fault {',
  `    return 500 ${word(message('An unexpected error occurred'))};`,
  '}',
];

/**
 * Writes the configuration.
 *
 * @param {readonly Server[]} servers
 * @param {ConfOptions} options
 * @returns {string}
 */
export function writeConf(servers, options) {
  return `${HEAD}${servers.map((server) => writeServer(server, options)).join('')}`;
}

/**
 * @param {Server} server
 * @param {ConfOptions} options
 */
function writeServer({ host, places }, { listen, door }) {
  const isDefault = host === '';
  /** @type {Map<string, string>} names of internal locations, by what stands in them */
  const policies = new Map();
  const locations = places.flatMap((place) => {
    const { policy, answer } = place.rule.guard;
    const name = policy && !answer && door === 'validateJwt' ? nameOf(policy, policies) : undefined;
    return ['', ...writeLocation(place, name)];
  });
  const internal = [...policies].flatMap(([settings, name]) => [
    '',
    `location = ${name} {`,
    '    include /etc/nginx/auth_jwt/auth_jwt_policy.conf;',
    ...settings.split('\n').map((line) => `    ${line}`),
    '}',
  ]);
  const hasRoot = places.some(({ rule }) => !rule.isRegex && rule.path === '/');
  const lines = [
    `listen ${listen}${isDefault ? ' default_server' : ''};`,
    ...(isDefault ? [] : [`server_name ${host};`]),
    ...SERVER,
    ...internal,
    ...locations,
    ...(hasRoot ? [] : ['', 'location / {', '    return 404 $kong_no_route;', '}']),
  ];
  const body = lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n');
  return `\nserver {\n${body}\n}\n`;
}

/**
 * @param {Policy} policy
 * @param {Map<string, string>} policies
 */
function nameOf(policy, policies) {
  const settings = writeSettings(policy).join('\n');
  const name = policies.get(settings) ?? `/_kong_jwt_${policies.size + 1}`;
  policies.set(settings, name);
  return name;
}

/** A value of a map, in which the name of the key claim is put. @param {string} text */
function word(text) {
  const escaped = text.replace(/["\\]/g, '\\$&').replace('%', '$auth_jwt_key_claim_name');
  return /^[A-Za-z0-9_:]+$/.test(text) ? text : `"${escaped}"`;
}

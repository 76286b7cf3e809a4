// One location of kong.conf.

import { asComment, escapePattern, quote } from './quote.mjs';

/** @import { Guard } from './guards.mjs' */
/** @import { Policy } from './policies.mjs' */
/** @import { Place } from './router.mjs' */
/** @import { Rule } from './routes.mjs' */

/** The headers that Kong hands on. An empty variable takes away what the client sent under that name. */
const HEADERS = [
  ['X-Consumer-ID', '$auth_jwt_consumer_id'],
  ['X-Consumer-Username', '$auth_jwt_consumer_username'],
  ['X-Consumer-Custom-ID', '$auth_jwt_consumer_custom_id'],
  ['X-Credential-Identifier', '$auth_jwt_credential_identifier'],
  ['X-Anonymous-Consumer', '$kong_anonymous'],
  ['X-Real-IP', '$remote_addr'],
  ['X-Forwarded-For', '$proxy_add_x_forwarded_for'],
  ['X-Forwarded-Proto', '$scheme'],
  ['X-Forwarded-Host', '$host'],
  ['X-Forwarded-Port', '$server_port'],
  ['Upgrade', '$http_upgrade'],
  ['Connection', '$kong_connection'],
];

/**
 * Writes a location.
 *
 * @param {Place} place
 * @param {string | undefined} policyName the internal location of its policy, for `auth_request`
 * @returns {string[]} lines
 */
export function writeLocation({ rule, isFinal, isNarrow }, policyName) {
  const { isRegex, path, label, guard } = rule;
  const modifier = isRegex ? '~ ' : isFinal ? '^~ ' : '';
  // nginx compares the path without escapes, so that %0A is a line end: (?s) makes "." match it, too. Not all of
  // Kong's routers do, so where this would open a path it matches none.
  const pattern = isRegex ? `(?s)^${isNarrow ? '(?!.*\\n)' : ''}${asGroup(path)}` : path;
  return [
    `# route ${asComment(label)}`,
    `location ${modifier}${quote(pattern)} {`,
    ...[
      ...writeMethods(rule),
      ...(guard.answer === undefined
        ? [...writeOthers(guard), ...writeProxy(rule, policyName)]
        : [guard.answer]),
    ].map((line) => `    ${line}`),
    '}',
  ];
}

/** @param {Guard} guard */
function writeOthers({ others }) {
  return others.flatMap((name) => [
    `# The plugin ${asComment(name)} stood here. Write what takes its place, then remove the next line.`,
    'deny all;',
  ]);
}

/**
 * @param {Rule} rule
 * @param {string | undefined} policyName
 */
function writeProxy(rule, policyName) {
  const { guard, keepsHost, upstream, directives } = rule;
  if (upstream === undefined) {
    return writeCheck(guard.policy, policyName);
  }
  return [
    ...writeCheck(guard.policy, policyName),
    ...writeRewrites(rule, upstream.path),
    ...HEADERS.map(([name, value]) => `proxy_set_header ${name} ${value};`),
    ...(keepsHost ? ['proxy_set_header Host $http_host;'] : []),
    'proxy_http_version 1.1;',
    ...upstream.directives,
    ...directives,
    `proxy_pass ${upstream.origin};`,
  ];
}

/**
 * Writes settings.
 *
 * @param {Policy} policy
 * @returns {string[]} lines
 */
export function writeSettings(policy) {
  return policy.map(([name, value]) => `set $auth_jwt${name} ${quote(value)};`);
}

/** `return` comes before the check, which is right: who asks by another method means no route. @param {Rule} rule */
function writeMethods({ methods }) {
  return methods.length === 0
    ? []
    : [`if ($request_method !~ ^(${methods.join('|')})$) {`, '    return 404 $kong_no_route;', '}'];
}

/**
 * @param {Policy | undefined} policy
 * @param {string | undefined} policyName
 */
function writeCheck(policy, policyName) {
  if (policy === undefined) {
    return [];
  }
  return [
    ...(policyName === undefined
      ? [...writeSettings(policy), 'js_access auth_jwt.enforceJwt;']
      : [`auth_request ${policyName};`]),
    'error_page 401 = @kong_unauthorized;',
    'error_page 500 = @kong_fault;',
  ];
}

/**
 * What the service gets to see for a path: its own path, then that of the request, without the part that the
 * route has matched where this is to go.
 *
 * @param {Rule} rule
 * @param {string} own path of the service
 */
function writeRewrites({ isRegex, path, strips }, own) {
  const base = own.replace(/\/$/, '');
  if (!strips) {
    // Also where nothing is put before it: what the service sees is the path that was found to be this route,
    // and not what the client has written, with dots and escapes in it.
    return [rewrite('(.*)', `${base}$1`)];
  }
  const matched = isRegex ? asGroup(path) : escapePattern(path);
  // Nothing is left of the path: no slash comes up at its end that was not there.
  const isWhole = isRegex || !path.endsWith('/') || (path === '/' && own === base);
  return [
    ...(isWhole && base !== '' ? [rewrite(matched, base)] : []),
    // By name: the path may have groups of its own.
    rewrite(`${matched}/?(?<kong_rest>.*)`, `${base}/$kong_rest`),
  ];
}

/**
 * A regular expression as part of one that begins at the beginning of the path, as Kong's do: all of its
 * alternatives begin there.
 *
 * @param {string} path
 */
function asGroup(path) {
  return `(?:${path.replace(/^\^/, '')})`;
}

/**
 * @param {string} pattern for the whole path, in which there may be line ends
 * @param {string} replacement
 */
function rewrite(pattern, replacement) {
  return `rewrite ${quote(`(?s)^${pattern}\\z`)} ${quoteExpanding(replacement)} break;`;
}

/** A value with variables in it. @param {string} text */
function quoteExpanding(text) {
  return /^[A-Za-z0-9_./$~-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

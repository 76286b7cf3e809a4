// A route: which requests are meant, and where they go.

import { isClosed, isOpen } from './guards.mjs';
import { hasLooseAlternative, isForeign } from './pattern.mjs';
import { isPlain } from './quote.mjs';

/** @import { Entity } from './entity.mjs' */
/** @import { Guard } from './guards.mjs' */
/** @import { Route } from './model.mjs' */
/** @import { Router } from './order.mjs' */
/** @import { Upstream } from './upstream.mjs' */

/**
 * A path of a route: what becomes a location.
 *
 * @typedef {object} Rule
 * @property {Entity} entity the route
 * @property {string} label what people call the route
 * @property {readonly string[]} hosts none: any
 * @property {readonly string[]} methods none: any
 * @property {boolean} isRegex
 * @property {string} path a prefix, or a regular expression
 * @property {readonly [criteria: number, kinds: number]} weight how many criteria the route has, and which
 * @property {boolean} namesHosts it says for which hosts it is, and none of them has a star
 * @property {number} priority of regular expressions
 * @property {number} length of the path in bytes; 0: the route has none
 * @property {boolean} strips
 * @property {boolean} keepsHost
 * @property {readonly string[]} directives
 * @property {Upstream | undefined} upstream none where the guard lets nothing pass
 * @property {Guard} guard
 */

const ROUTE = [
  ...['id', 'name', 'service', 'plugins', 'paths', 'methods', 'hosts', 'protocols', 'strip_path'],
  ...['preserve_host', 'regex_priority', 'path_handling', 'request_buffering', 'tags'],
  ...['response_buffering', 'created_at', 'updated_at', 'https_redirect_status_code'],
];

/** What narrows a route, and nginx has no location for. */
const NARROWING = ['headers', 'snis', 'sources', 'destinations', 'expression'];

/** Beyond it, and below 0, the router traditional_compatible sorts by other bits. */
const MAX_PRIORITY = 2 ** 32 - 1;

/** Kinds of criteria, as the traditional router weighs them: a host counts for more than the other two. */
const [HOSTS, PATHS, METHODS] = [4, 2, 1];

/**
 * Reads a route.
 *
 * @param {Route} route
 * @param {Upstream | undefined} upstream of its service
 * @param {Guard} guard
 * @param {string} version of the format
 * @param {readonly Router[]} routers which routers of Kong the route has to be right for
 * @returns {Rule[]} none where it cannot be carried over: a warning where anybody may come in, else a fault
 */
export function readRoute({ entity, id, name }, upstream, guard, version, routers) {
  entity.warnOfOthers([...ROUTE, ...NARROWING]);
  const named = entity.texts('hosts');
  const hosts = named ?? [];
  const methods = entity.texts('methods') ?? [];
  const paths = entity.texts('paths') ?? [];
  const priority = readPriority(entity);
  const rules = (paths.length === 0 ? ['/'] : paths).map((text) => ({
    ...readPath(text, version),
    length: paths.length === 0 ? 0 : Buffer.byteLength(text),
    entity,
    label: name ?? id ?? 'without a name',
    hosts: hosts.map((host) => host.toLowerCase()),
    methods,
    weight: weigh(hosts, paths, methods),
    // Kong takes an empty list for one that names hosts.
    namesHosts: named?.every((host) => !host.includes('*')) ?? false,
    priority,
    strips: entity.flag('strip_path', true),
    keepsHost: entity.flag('preserve_host', false),
    directives: readBuffering(entity),
    guard,
  }));
  const obstacle = obstacleIn(entity, hosts, methods, paths) ?? rules.flatMap(obstacleInPath)[0];
  if (obstacle !== undefined || (upstream === undefined && !isClosed(guard))) {
    tell(entity, obstacle ?? 'its service is missing, or is not carried over', guard);
    return [];
  }
  tellOfAlternatives(rules, routers);
  if (entity.text('path_handling') === 'v1') {
    entity.warn('v1 is not carried over: paths are joined as v0 does', 'path_handling');
  }
  if (entity.texts('protocols')?.join() === 'https') {
    entity.warn('http is not turned away; make the server listen with TLS only', 'protocols');
  }
  return rules.map((rule) => ({ ...rule, upstream }));
}

/**
 * Leaves a route out. What it kept from people could be open to them by way of another one.
 *
 * @param {Entity} entity
 * @param {string} obstacle
 * @param {Guard} guard
 */
export function tell(entity, obstacle, guard) {
  if (isOpen(guard)) {
    entity.warn(`this route is left out: ${obstacle}`);
  } else {
    entity.fault(`this route is protected, and cannot be carried over: ${obstacle}`);
  }
}

/**
 * The traditional router holds all alternatives of a regular expression to the beginning of the path, the other one
 * only the first.
 *
 * @param {readonly Pick<Rule, 'entity' | 'isRegex' | 'path' | 'guard'>[]} rules
 * @param {readonly Router[]} routers
 */
function tellOfAlternatives(rules, routers) {
  for (const { entity, isRegex, path, guard } of rules) {
    if (isRegex && hasLooseAlternative(path) && routers.includes('traditional_compatible')) {
      const text = 'the router traditional_compatible finds its alternatives anywhere in the path';
      if (isOpen(guard)) {
        entity.warn(`${text}; here they stand at its beginning`, 'paths');
      } else {
        entity.fault(`${text}, nginx at its beginning: write "~/(?:one|other)"`, 'paths');
      }
    }
  }
}

/** @param {Entity} entity */
function readPriority(entity) {
  const priority = entity.number('regex_priority') ?? 0;
  if (!Number.isInteger(priority) || priority < 0 || priority > MAX_PRIORITY) {
    entity.fault(`must be a whole number from 0 to ${MAX_PRIORITY}`, 'regex_priority');
  }
  return priority;
}

/**
 * @param {Entity} entity
 * @param {readonly string[]} hosts
 * @param {readonly string[]} methods
 * @param {readonly string[]} paths
 * @returns {string | undefined}
 */
function obstacleIn(entity, hosts, methods, paths) {
  const narrowing = NARROWING.find((name) => entity.get(name) !== undefined);
  if (narrowing !== undefined) {
    return `nginx has no location for ${narrowing}`;
  }
  if (hosts.length + methods.length + paths.length === 0) {
    return 'it has no host, path or method, and Kong does not route to it';
  }
  if (hosts.some((host) => !/^(\*\.)?[A-Za-z0-9][A-Za-z0-9.-]*$/.test(host))) {
    return 'only names and *.names are carried over as hosts';
  }
  if (methods.some((method) => !/^[A-Z]+$/.test(method))) {
    return 'methods must be words in capitals';
  }
  const protocols = entity.texts('protocols') ?? ['http'];
  return protocols.every((name) => name !== 'http' && name !== 'https')
    ? 'only http and https are carried over'
    : undefined;
}

/**
 * From 3.0 on a `~` says that a path is a regular expression; before, its characters did.
 *
 * @param {string} text
 * @param {string} version
 */
export function readPath(text, version) {
  if (text.startsWith('~')) {
    return { isRegex: true, path: text.slice(1) };
  }
  const isRegex = version !== '3.0' && !/^[A-Za-z0-9._~/%-]*$/.test(text);
  return { isRegex, path: text };
}

/** @param {{isRegex: boolean, path: string}} rule */
function obstacleInPath({ isRegex, path }) {
  const isBad = isRegex
    ? // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      /[\x00-\x1f\x7f]/.test(path) || path === '' || isForeign(path)
    : !path.startsWith('/') || !isPlain(path) || /\/\/|[%?#\s]|\/\.\.?(\/|$)/.test(path);
  return isBad ? ['nginx has no location for this path'] : [];
}

/**
 * @param {readonly string[]} hosts
 * @param {readonly string[]} paths
 * @param {readonly string[]} methods
 * @returns {[number, number]}
 */
function weigh(hosts, paths, methods) {
  const byHost = hosts.length > 0 ? HOSTS : 0;
  const byPath = paths.length > 0 ? PATHS : 0;
  const byMethod = methods.length > 0 ? METHODS : 0;
  const count = [byHost, byPath, byMethod].filter((kind) => kind > 0).length;
  return [count, byHost + byPath + byMethod];
}

/** @param {Entity} entity */
function readBuffering(entity) {
  return [
    ...(entity.flag('request_buffering', true) ? [] : ['proxy_request_buffering off;']),
    ...(entity.flag('response_buffering', true) ? [] : ['proxy_buffering off;']),
  ];
}

// Which plugins stand before a route: the jwt plugin becomes a policy, and what else keeps requests from the service
// keeps all of them from it until somebody has written what does it here.

import { answerOf } from './answers.mjs';

/** @import { Model, Plugin, Route } from './model.mjs' */
/** @import { Policy } from './policies.mjs' */

/**
 * @typedef {object} Guard
 * @property {Policy | undefined} policy of the jwt plugin
 * @property {string[]} others plugins that refuse requests, answer them or change them, and have no counterpart
 * @property {string | undefined} answer what every request gets, as a directive
 */

/**
 * Plugins of Kong without which the service gets no request that it would not get with them, and the client no other
 * response: they count, limit, record and add. Any other one may refuse requests, take something out of them or
 * answer in the place of the service, so nothing passes until somebody has written what takes its place.
 */
const PASSING = [
  ...['canary', 'correlation-id', 'cors', 'datadog', 'file-log', 'http-log', 'kafka-log', 'loggly'],
  ...['opentelemetry', 'prometheus', 'proxy-cache', 'proxy-cache-advanced', 'rate-limiting'],
  ...['rate-limiting-advanced', 'request-size-limiting', 'response-ratelimiting', 'statsd'],
  ...['syslog', 'tcp-log', 'udp-log', 'zipkin'],
];

/** Plugins that answer every request, in the order in which Kong runs them. */
const ANSWERING = ['redirect', 'request-termination'];

/** @param {string} name */
const isPassing = (name) => name === 'jwt' || PASSING.includes(name);

/**
 * Tells what stands before a route. Of several plugins of one name the one that is bound most closely
 * counts, as in Kong.
 *
 * @param {Route} route
 * @param {Model} model
 * @param {(plugin: Plugin) => Policy} policyOf
 * @returns {Guard}
 */
export function guardOf(route, { plugins, configs }, policyOf) {
  const closestOf = (/** @type {string} */ wanted) =>
    closest(
      plugins.filter(({ name }) => name === wanted),
      route,
    );
  const jwt = closestOf('jwt');
  const names = new Set(plugins.map(({ name }) => name).filter((name) => !isPassing(name)));
  const [answer] = ANSWERING.flatMap((name) => {
    const plugin = closestOf(name);
    return (plugin && answerOf(plugin, configs)) ?? [];
  });
  return {
    policy: jwt && policyOf(jwt),
    others: [...names].filter((name) => closestOf(name) !== undefined),
    answer,
  };
}

/** Tells whether nothing passes, as long as nobody writes what takes the place of plugins. @param {Guard} guard */
export function isClosed({ others }) {
  return others.length > 0;
}

/** Tells whether anybody may come in. @param {Guard} guard */
export function isOpen({ policy, others }) {
  return policy === undefined && others.length === 0;
}

/**
 * Tells whether two let the same requests in.
 *
 * @param {Guard} one
 * @param {Guard} other
 */
export function isSameGuard(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * @param {readonly Plugin[]} plugins of one name
 * @param {Route} route
 * @returns {Plugin | undefined}
 */
function closest(plugins, route) {
  const closeness = (/** @type {Plugin} */ plugin) =>
    (plugin.route === undefined ? 0 : 2) + (plugin.service === undefined ? 0 : 1);
  return plugins
    .filter(({ route: own }) => own === undefined || own === route)
    .filter(({ service }) => service === undefined || service === route.service)
    .sort((one, other) => closeness(other) - closeness(one))[0];
}

/**
 * Says which plugins are left behind, and that two of one kind in one place are not for us to choose from.
 *
 * @param {Model} model
 */
export function tellOfPlugins({ plugins, configs }) {
  for (const plugin of plugins) {
    const { name, entity } = plugin;
    if (!isPassing(name) && answerOf(plugin, configs) === undefined) {
      entity.warn(`the plugin ${name} has no counterpart: where it counts, nobody is let in`);
    } else if (PASSING.includes(name)) {
      entity.warn(`the plugin ${name} is not carried over`);
    }
  }
  const jwts = plugins.filter(({ name }) => name === 'jwt');
  jwts.forEach(({ service, route, entity }, at) => {
    if (jwts.slice(0, at).some((each) => each.service === service && each.route === route)) {
      entity.fault('there is another jwt plugin in the same place');
    }
  });
}

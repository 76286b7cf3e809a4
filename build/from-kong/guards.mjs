// Which plugins stand before a route: the jwt plugin becomes a policy, and what else keeps people out keeps
// everybody out until somebody has written what does it here.

/** @import { Model, Plugin, Route } from './model.mjs' */
/** @import { Policy } from './policies.mjs' */

/**
 * @typedef {object} Guard
 * @property {Policy | undefined} policy of the jwt plugin
 * @property {string[]} others plugins that refuse requests and have no counterpart
 */

/**
 * Plugins of Kong that do not decide who may come in. Any other one may, so it is taken for one that does.
 */
const PASSING = [
  ...['aws-lambda', 'azure-functions', 'canary', 'correlation-id', 'cors', 'datadog', 'file-log'],
  ...['grpc-gateway', 'grpc-web', 'http-log', 'kafka-log', 'loggly', 'opentelemetry', 'prometheus'],
  ...['proxy-cache', 'proxy-cache-advanced', 'rate-limiting', 'rate-limiting-advanced', 'redirect'],
  ...['request-size-limiting', 'request-transformer', 'request-transformer-advanced', 'statsd'],
  ...['response-ratelimiting', 'response-transformer', 'response-transformer-advanced', 'syslog'],
  ...['tcp-log', 'udp-log', 'zipkin'],
];

/** @param {string} name */
const isRefusing = (name) => name !== 'jwt' && !PASSING.includes(name);

/**
 * Tells what stands before a route. Of several plugins of one name the one that is bound most closely
 * counts, as in Kong.
 *
 * @param {Route} route
 * @param {Model} model
 * @param {(plugin: Plugin) => Policy} policyOf
 * @returns {Guard}
 */
export function guardOf(route, { plugins }, policyOf) {
  const jwt = closest(
    plugins.filter(({ name }) => name === 'jwt'),
    route,
  );
  const refusing = plugins.filter(({ name }) => isRefusing(name));
  const others = [...new Set(refusing.map(({ name }) => name))].filter((wanted) => {
    return (
      closest(
        refusing.filter(({ name }) => name === wanted),
        route,
      ) !== undefined
    );
  });
  return { policy: jwt && policyOf(jwt), others };
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
 * @param {readonly Plugin[]} plugins
 */
export function tellOfPlugins(plugins) {
  for (const { name, entity } of plugins) {
    if (isRefusing(name)) {
      entity.warn(`the plugin ${name} has no counterpart: where it counts, nobody is let in`);
    } else if (name !== 'jwt') {
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

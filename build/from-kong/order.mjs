// Which of two routes Kong tries first. Its two routers do not always agree.

/** @import { Rule } from './routes.mjs' */

/** Kong's `router_flavor`. @typedef {'traditional' | 'traditional_compatible'} Router */

/**
 * Compares two rules that match the same request: below 0, Kong always takes the one; above 0, always the other; 0, it
 * depends on what the file does not say.
 *
 * @typedef {(one: Rule, other: Rule, host: string) => number} Order
 */

/** The default of Kong since 3.0, and the one before. @type {readonly [Router, ...Router[]]} */
export const ROUTERS = ['traditional_compatible', 'traditional'];

/**
 * Makes the order of a router.
 *
 * Source: kong/router/traditional.lua and kong/router/transform.lua of Kong 3.9.
 *
 * @param {Router} router
 * @param {readonly string[]} patterns the regular expressions of all routes of the file, each as often as it stands there
 * @returns {Order}
 */
export function orderOf(router, patterns) {
  return (one, other, host) => {
    const first = compareRanks(router, one, other);
    if (router === 'traditional_compatible' || first === 0) {
      return first;
    }
    const [before, after] = first < 0 ? [one, other] : [other, one];
    return overtakes(after, before, host, patterns) ? 0 : first;
  };
}

/**
 * Compares what Kong sorts routes by.
 *
 * @param {Router} router
 * @param {Rule} one
 * @param {Rule} other
 * @returns {number} below 0 where the one comes first
 */
export function compareRanks(router, one, other) {
  const [left, right] = [rank(router, one), rank(router, other)];
  return left.map((value, at) => (right[at] ?? 0) - value).find((value) => value !== 0) ?? 0;
}

/**
 * @param {Router} router
 * @param {Rule} rule
 */
function rank(router, { weight: [count, kinds], namesHosts, isRegex, priority, length }) {
  return [
    count,
    // A host, or else a path, decides between different criteria; the other router has no such rule.
    router === 'traditional' ? kinds : 0,
    Number(namesHosts),
    Number(isRegex),
    isRegex ? priority : length,
  ];
}

/**
 * Whether a rule may be tried before one of the same criteria and a higher rank. Before it tries all routes of some
 * criteria in their order, the traditional router tries those that have the host of the request in so many words, or
 * the first path of all routes that matches it.
 *
 * @param {Rule} after
 * @param {Rule} before
 * @param {string} host of the server
 * @param {readonly string[]} patterns
 */
function overtakes(after, before, host, patterns) {
  if (after.weight[1] !== before.weight[1]) {
    return false;
  }
  // Names with a star count only where no route of the file has the host itself.
  const named = after.hosts.filter(
    (own) => own.startsWith('*') === host.startsWith('*') && covers(own, host),
  );
  return (
    named.some((own) => !before.hosts.includes(own)) || overtakesByPath(after, before, patterns)
  );
}

/**
 * Tells whether a host of a route matches all hosts of a server.
 *
 * @param {string} own name or `*.name`
 * @param {string} host name or `*.name`; empty: any other
 */
export function covers(own, host) {
  return own === host || (own.startsWith('*') && host.endsWith(own.slice(1)));
}

/**
 * @param {Rule} after
 * @param {Rule} before
 * @param {readonly string[]} patterns
 */
function overtakesByPath(after, before, patterns) {
  if (after.path === before.path) {
    return false;
  }
  if (!before.isRegex && (after.isRegex || after.length > before.length)) {
    return true;
  }
  // A regular expression elsewhere in the file leads to what has the same text.
  return patterns.filter((text) => text === after.path).length > Number(after.isRegex);
}

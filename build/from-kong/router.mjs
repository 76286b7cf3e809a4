// From routes to servers and locations. nginx chooses by the host, then a regular expression or the longest
// prefix; Kong weighs all criteria at once. Where the two would not choose the same, nothing is guessed.

import { isOpen, isSameGuard } from './guards.mjs';
import { literalHead, missesEscapes } from './pattern.mjs';
import { tell } from './routes.mjs';

/** @import { Rule } from './routes.mjs' */

/**
 * @typedef {object} Server
 * @property {string} host empty: any other
 * @property {Place[]} places
 */

/**
 * @typedef {object} Place
 * @property {Rule} rule
 * @property {boolean} isFinal no regular expression is to be tried after it: `^~`
 */

/**
 * Makes servers of routes.
 *
 * @param {readonly Rule[]} rules
 * @returns {Server[]}
 */
export function arrange(rules) {
  const hosts = [...new Set(rules.flatMap(({ hosts }) => hosts))];
  return [...hosts, ''].map((host) => {
    const here = rules.filter(
      ({ hosts }) => hosts.length === 0 || hosts.some((own) => covers(own, host)),
    );
    return { host, places: arrangeServer(here, host) };
  });
}

/**
 * @param {string} pattern
 * @param {string} host
 */
function covers(pattern, host) {
  return pattern === host || (pattern.startsWith('*') && host.endsWith(pattern.slice(1)));
}

/**
 * @param {readonly Rule[]} rules
 * @param {string} host
 * @returns {Place[]}
 */
function arrangeServer(rules, host) {
  /** @type {Rule[]} */
  const kept = [];
  for (const rule of inOrder(rules, host)) {
    const others = kept.filter((other) => overlap(other, rule));
    if (others.some((other) => hides(other, rule, host))) {
      continue;
    }
    const rival = others.find((other) => collides(other, rule, host, kept));
    if (rival === undefined) {
      kept.push(rule);
    } else {
      const guard = [rule, rival].map(({ guard }) => guard).find((guard) => !isOpen(guard));
      const obstacle = `nginx cannot choose between it and the route "${rival.label}" as Kong does`;
      tell(rule.entity, obstacle, guard ?? rule.guard);
    }
  }
  tellOfMethods(kept);
  tellOfTies(kept, host);
  tellOfEscapes(kept);
  const patterns = kept.filter(({ isRegex }) => isRegex);
  return kept.map((rule) => ({
    rule,
    isFinal: !rule.isRegex && patterns.some((pattern) => compare(rule, pattern, host) < 0),
  }));
}

/**
 * In the order in which Kong tries them. Regular expressions of one priority have none: see `tellOfTies`.
 *
 * @param {readonly Rule[]} rules
 * @param {string} host
 */
function inOrder(rules, host) {
  return [...rules].sort(
    (one, other) =>
      compare(one, other, host) ||
      Number(other.isRegex) - Number(one.isRegex) ||
      other.priority - one.priority ||
      other.path.length - one.path.length,
  );
}

/**
 * @param {Rule} one
 * @param {Rule} other
 * @param {string} host
 * @returns {number} below 0 where the one is tried first, whatever their paths
 */
function compare(one, other, host) {
  const isExact = (/** @type {Rule} */ { hosts }) => Number(hosts.includes(host));
  return (
    other.weight[0] - one.weight[0] ||
    other.weight[1] - one.weight[1] ||
    isExact(other) - isExact(one)
  );
}

/**
 * Whether a path may be meant by both. Of regular expressions nobody can tell, unless by how they begin.
 *
 * @param {Rule} one
 * @param {Rule} other
 */
function overlap(one, other) {
  const head = (/** @type {Rule} */ { isRegex, path }) => (isRegex ? literalHead(path) : path);
  return head(one).startsWith(head(other)) || head(other).startsWith(head(one));
}

/**
 * Whether a request may be meant by both.
 *
 * @param {Rule} one
 * @param {Rule} other
 */
function mayMeet(one, other) {
  const isMet = (/** @type {string} */ method) => other.methods.includes(method);
  const isApart = one.methods.length > 0 && other.methods.length > 0 && !one.methods.some(isMet);
  return !isApart && overlap(one, other);
}

/**
 * Whether every request that is meant by a rule is taken by one before it.
 *
 * @param {Rule} before
 * @param {Rule} rule
 * @param {string} host
 */
function hides(before, rule, host) {
  if (before.methods.length > 0 || before.isRegex !== rule.isRegex) {
    return false;
  }
  const isTwice = before.entity === rule.entity && before.path === rule.path;
  const isWithin = rule.isRegex ? rule.path === before.path : rule.path.startsWith(before.path);
  return isTwice || (isWithin && compare(before, rule, host) < 0);
}

/**
 * Whether nginx would choose between two otherwise than Kong: it knows a path once, takes the longest prefix,
 * and a pattern before all prefixes or after one, whatever else is asked for.
 *
 * @param {Rule} before the one that Kong tries first
 * @param {Rule} rule
 * @param {string} host
 * @param {readonly Rule[]} kept all that Kong tries before the rule
 */
function collides(before, rule, host, kept) {
  if (before.isRegex === rule.isRegex && before.path === rule.path) {
    return true;
  }
  if (before.isRegex || compare(before, rule, host) === 0) {
    return false;
  }
  return rule.isRegex
    ? kept.some((other) => other.isRegex && compare(other, before, host) <= 0)
    : rule.path.startsWith(before.path);
}

/** @param {readonly Rule[]} rules */
function tellOfMethods(rules) {
  for (const rule of rules) {
    if (rule.methods.length > 0 && rules.some((other) => other !== rule && overlap(other, rule))) {
      rule.entity.warn(
        'other methods are answered with 404 here; Kong would go on to other routes',
        'methods',
      );
    }
  }
}

/**
 * Of two regular expressions with the same weight and priority one of Kong's routers takes the older route, and
 * the others either. It must not depend on this who may come in.
 *
 * @param {readonly Rule[]} rules
 * @param {string} host
 */
function tellOfTies(rules, host) {
  const patterns = rules.filter(({ isRegex }) => isRegex);
  patterns.forEach((rule, at) => {
    for (const before of patterns.slice(0, at)) {
      if (isTie(before, rule, host)) {
        tellOfTie(before, rule);
      }
    }
  });
}

/**
 * @param {Rule} one
 * @param {Rule} other
 * @param {string} host
 */
function isTie(one, other, host) {
  const isEqual = compare(one, other, host) === 0 && one.priority === other.priority;
  return one.entity !== other.entity && isEqual && mayMeet(one, other);
}

/**
 * @param {Rule} before
 * @param {Rule} rule
 */
function tellOfTie(before, { entity, guard, upstream }) {
  const text = `Kong does not say whether its pattern is tried first, or that of "${before.label}"`;
  const member = 'regex_priority';
  if (!isSameGuard(before.guard, guard)) {
    entity.fault(`${text}; they let in whom the other does not: give one a higher one`, member);
  } else if (before.upstream !== upstream) {
    entity.warn(`${text}; here it is tried after that: give one a higher one`, member);
  }
}

/**
 * Where nginx does not find a protected route that Kong finds, another one must not be easier to enter.
 *
 * @param {readonly Rule[]} rules
 */
function tellOfEscapes(rules) {
  for (const rule of rules) {
    const { isRegex, path, guard, entity } = rule;
    const isWeak = isRegex && !isOpen(guard) && missesEscapes(path);
    const other = rules.find((other) => !isSameGuard(guard, other.guard) && mayMeet(rule, other));
    if (isWeak && other !== undefined) {
      const what =
        'characters that clients write with "%" do not match in nginx where they do in Kong';
      tell(entity, `${what}, and go to the route "${other.label}"; write "." or "[^/]"`, guard);
    }
  }
}

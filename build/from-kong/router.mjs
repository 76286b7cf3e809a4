// From routes to servers and locations. nginx chooses by the host, then a regular expression or the longest
// prefix; Kong weighs all criteria at once. Where the two would not choose the same, nothing is guessed.

import { isOpen, isSameGuard } from './guards.mjs';
import { compareRanks, covers, orderOf } from './order.mjs';
import { isPortable, literalHead } from './pattern.mjs';
import { tell } from './routes.mjs';

/** @import { Order, Router } from './order.mjs' */
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
 * @property {boolean} isNarrow an open regular expression that stands before others: it matches no line end
 */

/**
 * Makes servers of routes.
 *
 * @param {readonly Rule[]} rules
 * @param {readonly [Router, ...Router[]]} routers that choose alike who may come in; the first one chooses the service
 * @param {readonly string[]} patterns the regular expressions of all routes of the file
 * @returns {Server[]}
 */
export function arrange(rules, routers, patterns) {
  if (routers.includes('traditional')) {
    tellOfDoubles(rules, patterns);
  }
  const hosts = [...new Set(rules.flatMap(({ hosts }) => hosts))];
  const orders = routers.map((router) => orderOf(router, patterns));
  return [...hosts, ''].map((host) => {
    const here = rules.filter(
      ({ hosts }) => hosts.length === 0 || hosts.some((own) => covers(own, host)),
    );
    return { host, places: arrangeServer(here, host, routers[0], orders) };
  });
}

/**
 * The traditional router takes a prefix for a regular expression of the same text.
 *
 * @param {readonly Rule[]} rules
 * @param {readonly string[]} patterns
 */
function tellOfDoubles(rules, patterns) {
  for (const { isRegex, path, entity } of rules) {
    if (!isRegex && patterns.includes(path) && !/^[\w/~-]+$/.test(path)) {
      entity.fault('the same text is a prefix here and a regular expression elsewhere', 'paths');
    }
  }
}

/**
 * @param {readonly Rule[]} rules
 * @param {string} host
 * @param {Router} router that chooses the service
 * @param {readonly Order[]} orders
 * @returns {Place[]}
 */
function arrangeServer(rules, host, router, orders) {
  const ordersOf = (/** @type {Rule} */ one, /** @type {Rule} */ other) =>
    orders.map((order) => order(one, other, host));
  const isFirst = (/** @type {Rule} */ before, /** @type {Rule} */ rule) =>
    before.entity === rule.entity || compareRanks(router, before, rule) < 0;
  const isCertain = (/** @type {Rule} */ before, /** @type {Rule} */ rule) =>
    before.entity === rule.entity || ordersOf(before, rule).every((order) => order < 0);
  /** Those that Kong may choose. @type {Rule[]} */
  const chosen = [];
  /** Those that nginx may choose. @type {Rule[]} */
  const kept = [];
  for (const rule of inOrder(rules, router)) {
    const others = chosen.filter((other) => overlap(other, rule));
    const hiding = others.filter((other) => isFirst(other, rule) && hides(other, rule));
    if (hiding.some((other) => isCertain(other, rule))) {
      continue;
    }
    chosen.push(rule);
    for (const other of others) {
      tellOfPair(other, rule, ordersOf(other, rule));
    }
    if (hiding.length > 0) {
      continue;
    }
    const rival = kept.find((other) => overlap(other, rule) && collides(other, rule, kept));
    if (rival === undefined) {
      kept.push(rule);
    } else {
      const guard = [rule, rival].map(({ guard }) => guard).find((guard) => !isOpen(guard));
      const obstacle = `nginx cannot choose between it and the route "${rival.label}" as Kong does`;
      tell(rule.entity, obstacle, guard ?? rule.guard);
    }
  }
  tellOfMethods(kept);
  return kept.map((rule, at) => ({
    rule,
    isFinal: !rule.isRegex && kept.slice(at).some((other) => other.isRegex && overlap(other, rule)),
    isNarrow:
      rule.isRegex && isOpen(rule.guard) && kept.slice(at).some((other) => isStricter(other, rule)),
  }));
}

/**
 * In the order in which Kong tries them. Rules of one rank have none: see `tellOfPair`.
 *
 * @param {readonly Rule[]} rules
 * @param {Router} router
 */
function inOrder(rules, router) {
  return [...rules].sort(
    (one, other) => compareRanks(router, one, other) || other.path.length - one.path.length,
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
 * @param {Rule} one
 * @param {Rule} open
 */
function isStricter(one, open) {
  return !isOpen(one.guard) && overlap(one, open);
}

/**
 * Whether every request that is meant by a rule is meant by one before it, too.
 *
 * @param {Rule} before
 * @param {Rule} rule
 */
function hides(before, rule) {
  const isSame = before.isRegex === rule.isRegex && before.path === rule.path;
  const isWithin =
    isSame || (!before.isRegex && !rule.isRegex && rule.path.startsWith(before.path));
  return isWithin && (before.methods.length === 0 || (isSame && before.entity === rule.entity));
}

/**
 * Whether nginx would choose between two otherwise than Kong: it knows a path once, takes the longest prefix,
 * and a pattern before all prefixes or after one, whatever else is asked for.
 *
 * @param {Rule} before the one that Kong tries first
 * @param {Rule} rule
 * @param {readonly Rule[]} kept all that Kong tries before the rule
 */
function collides(before, rule, kept) {
  if (before.isRegex === rule.isRegex && before.path === rule.path) {
    return true;
  }
  if (before.isRegex) {
    return false;
  }
  return rule.isRegex
    ? kept.slice(0, kept.indexOf(before)).some((other) => other.isRegex && overlap(other, before))
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
 * Where it is not certain which of two rules Kong, or nginx, chooses, it must not depend on this who may come in.
 *
 * @param {Rule} before the one that is tried first here
 * @param {Rule} rule
 * @param {readonly number[]} orders of the two, by each router
 */
function tellOfPair(before, rule, orders) {
  if (before.entity === rule.entity || !mayMeet(before, rule)) {
    return;
  }
  const isCertain = orders.every((order) => order < 0);
  const isTie = before.isRegex && orders.every((order) => order === 0);
  const text = isTie
    ? `Kong does not say whether its pattern is tried first, or that of "${before.label}"`
    : `it depends on the router of Kong whether it is tried first, or the route "${before.label}"`;
  const remedy = isTie
    ? 'give one a higher one'
    : 'say which router you run with --router, or write routes that do not meet';
  const member = isTie ? ['regex_priority'] : [];
  if (!isSameGuard(before.guard, rule.guard)) {
    if (!isCertain) {
      rule.entity.fault(`${text}; they let in whom the other does not: ${remedy}`, ...member);
    }
    tellOfEscapes(before, rule);
    tellOfEscapes(rule, before);
  } else if (!isCertain && before.upstream !== rule.upstream) {
    rule.entity.warn(`${text}; here it is tried after that: ${remedy}`, ...member);
  }
}

/**
 * Where nginx does not find the route that Kong finds, another one must not be easier to enter.
 *
 * @param {Rule} rule
 * @param {Rule} other one that does not let in the same requests
 */
function tellOfEscapes({ isRegex, path, entity }, other) {
  if (isRegex && !isPortable(path)) {
    entity.fault(
      'characters that clients write with "%" do not match in nginx as they do in Kong, and lead from here to the ' +
        `route "${other.label}", or back; between two "/" write ".*", "[^/]*" or what is in no escape`,
      'paths',
    );
  }
}

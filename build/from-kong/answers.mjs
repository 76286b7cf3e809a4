// Plugins that answer every request of a route, so that none reaches its service.

import { configOf } from './config.mjs';
import { isPlain, quoteText } from './quote.mjs';

/** @import { Entity } from './entity.mjs' */
/** @import { Plugin } from './model.mjs' */

/** What Kong says where the file has no message. */
const MESSAGES = new Map([
  [401, 'Unauthorized'],
  [404, 'Not found'],
  [405, 'Method not allowed'],
  [500, 'An unexpected error occurred'],
  [502, 'Bad Gateway'],
  [503, 'Service unavailable'],
]);

/** Those for which nginx takes the text of `return` for an address. */
const REDIRECTIONS = [301, 302, 303, 307, 308];

/**
 * Writes what a plugin answers.
 *
 * @param {Plugin} plugin
 * @param {Entity} configs what decK shares between plugins
 * @returns {string | undefined} a directive; nothing where it is another plugin, or its answer depends on the request
 */
export function answerOf({ name, entity, isPersonal }, configs) {
  if (isPersonal || (name !== 'request-termination' && name !== 'redirect')) {
    return undefined;
  }
  const config = configOf(entity, configs);
  return name === 'redirect' ? redirect(config) : terminate(config);
}

/** @param {Entity} config */
function terminate(config) {
  const status = config.number('status_code') ?? 503;
  const message = config.text('message') ?? MESSAGES.get(status);
  const isOther = ['body', 'content_type', 'trigger'].some(
    (name) => config.get(name) !== undefined,
  );
  // nginx has no answer of its own where there is a text, and 444 hangs up.
  if (isOther || config.flag('echo', false) || message === undefined || status === 444) {
    return undefined;
  }
  const text = JSON.stringify({ message });
  return isStatus(status) && !REDIRECTIONS.includes(status) && isPlain(text)
    ? `return ${status} ${quoteText(text)};`
    : undefined;
}

/** @param {Entity} config */
function redirect(config) {
  const status = config.number('status_code') ?? 301;
  const location = config.text('location') ?? '';
  const isKnown = REDIRECTIONS.includes(status) && !config.flag('keep_incoming_path', false);
  return isKnown && /^https?:\/\//.test(location) && isPlain(location)
    ? `return ${status} ${quoteText(location)};`
    : undefined;
}

/** @param {number} status */
function isStatus(status) {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}

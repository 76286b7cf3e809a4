// Texts in the configuration of nginx.

/**
 * Tells whether a text can stand in a value: nginx expands `$` and has no escape for it, and control
 * characters have no business there.
 *
 * @param {string} text
 */
export function isPlain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return !/[$\x00-\x1f\x7f]/.test(text);
}

/**
 * One word of a directive.
 *
 * @param {string} text
 * @returns {string} as it is where it needs no quotes
 */
export function quote(text) {
  return /^[A-Za-z0-9_.:/@^,+*=~!-]+$/.test(text) ? text : quoteText(text);
}

/**
 * One word of a directive, always in quotes.
 *
 * @param {string} text
 */
export function quoteText(text) {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A text as part of a comment.
 *
 * @param {string} text
 */
export function asComment(text) {
  return text.replace(/[^ -~]/g, '?');
}

/**
 * A text as part of a regular expression, which stands for itself.
 *
 * @param {string} text
 */
export function escapePattern(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

// Values that are no secrets, though they stand where secrets do.

/** What shells, templates and pipelines replace, wherever it stands: `${A}`, `$(a)`, `{{ a }}`. */
const REPLACED = /\$\{[^{}]*\}|\$\([^)]*\)|(?<!\$)\{\{.*\}\}/su;

/** The same where it is all there is: `$A`, `%A%`, `<a>`, `__A__`, `@A@`. */
const WHOLE = /^\s*(?:\$\w+|%[^%\s]*%|<[^<>]*>|__\w+__|@\w+@)\s*$/u;

const EXAMPLE =
  /change.?(?:me|it|this)|replace.?(?:me|this)|your.{0,3}(?:secret|key)|example|placeholder|dummy|passw[o0]rd/iu;

/**
 * Tells whether a text stands for another one, which the file does not hold.
 *
 * @param {string} text
 */
export function isPlaceholder(text) {
  return REPLACED.test(text) || WHOLE.test(text);
}

/**
 * Tells whether a secret looks like one that nobody has made up: `changeme`, `your-secret`.
 *
 * @param {string} text
 */
export function isExample(text) {
  return EXAMPLE.test(text);
}

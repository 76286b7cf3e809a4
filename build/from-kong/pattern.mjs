// What can be said of the regular expressions of routes without knowing what they match.

/**
 * What every path begins with that a regular expression matches. There may be more that all have in common.
 *
 * @param {string} pattern
 */
export function literalHead(pattern) {
  if (pattern.includes('|')) {
    return '';
  }
  const text = pattern.replace(/^\^/, '');
  const [head = ''] = /^[\w/-]*/.exec(text) ?? [];
  // The last character may be repeated, or missing.
  return /^[?*+{]/.test(text.slice(head.length)) ? head.slice(0, -1) : head;
}

/**
 * Tells whether a regular expression is one that nginx cannot be given: it compares paths without escapes, where
 * no percent sign is left, and a group with a name becomes a variable, whose value the client chooses.
 *
 * @param {string} pattern
 */
export function isForeign(pattern) {
  return pattern.includes('%') || /\(\?P?[<'](?:auth_jwt|jwt_|no_auth|kong_)/i.test(pattern);
}

/**
 * Tells whether a regular expression may match an escape, as Kong sees it, and not the character that nginx sees
 * in its place: `\S` matches `%20`, and no space. Classes that leave out what needs no escape are the same in
 * both, and so is `[^/]`: nginx tells the service of a slash, where the client had `%2F`.
 *
 * @param {string} pattern
 */
export function missesEscapes(pattern) {
  return (
    /\\[DHNPSVW]|\[:(?:\^|graph|print|punct)/.test(pattern) ||
    /\[\^(?!(?:[\w/.~-]|\\[/.~-])*\])/.test(pattern) ||
    // "." matches no line end after (?-s).
    /\(\?[A-Za-z]*[-^]/.test(pattern)
  );
}

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
 * Tells whether a regular expression has alternatives that no group holds together.
 *
 * @param {string} pattern
 */
export function hasLooseAlternative(pattern) {
  const [, ...others] = splitAlternatives(pattern);
  return others.some((text) => !text.startsWith('^'));
}

/** @param {string} pattern */
function splitAlternatives(pattern) {
  const alternatives = [''];
  let depth = 0;
  for (const [atom] of pattern.matchAll(/\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]?|./gsu)) {
    depth += Number(atom === '(') - Number(atom === ')');
    if (atom === '|' && depth === 0) {
      alternatives.push('');
    } else {
      alternatives.push(`${alternatives.pop()}${atom}`);
    }
  }
  return alternatives;
}

/** No digit of an escape: it can stand behind `.*`, which ends before it, and not within `%2F`. */
const BOUNDARY = String.raw`[/g-zG-Z_~-]|\\[/.~-]`;

/** What may follow any characters: the end, a boundary, `(/|$)`, or `/?` or `(/more)?` and the end. */
const NEXT = String.raw`/?\??\$?$|\$\)|(?:${BOUNDARY})(?![?*{])|\((?:\?:)?/(?:\|\$\)|[^|()]*\)[?*]?\$?$)`;

/** Any characters. */
const ANYTHING = String.raw`(?:\.|\[\^(?:${BOUNDARY}|\.)+\])[*+]\??(?=(?:\)\??)*(?:${NEXT}))`;

/** Characters that are in no escape, and have none. */
const PLAIN = String.raw`[\w/~@:,;=&!'-]|\\[/.~dw-]|\[(?:[\w.~-]|\\[dw.-])+\]`;

const REPEATED = String.raw`(?:${PLAIN}|\))(?:[*+?]\??|\{\d+(?:,\d*)?\}\??)?`;

const GROUP = String.raw`\((?:\?:|\?P?<\w+>|(?!\?))`;

const PORTABLE = new RegExp(`^(?:${ANYTHING}|${REPEATED}|${GROUP}|[|^$])*$`);

/**
 * Tells whether a regular expression matches the same paths in Kong, which leaves some escapes in them, and in nginx,
 * which leaves none. `\S` matches `%3F` as three characters and as one; `.` does not.
 *
 * @param {string} pattern
 */
export function isPortable(pattern) {
  return PORTABLE.test(pattern);
}

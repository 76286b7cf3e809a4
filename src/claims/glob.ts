/** A pattern, cut at its asterisks: one part for a pattern without, else one more than it has. */
export type Glob = readonly string[];

/**
 * Reads a pattern in which `*` stands for any characters, also none: `admin`, `admin*`, `*@example.com`,
 * `*test*`, `urn:*:user:*`. Nothing else has a meaning of its own. There is no regular expression to
 * write, for nothing in QuickJS bounds the time that one may take.
 *
 * @param pattern the pattern
 */
export function parseGlob(pattern: string): Glob {
  return pattern.split('*');
}

/**
 * Tells whether a text has the form of a pattern, as a whole. Each part is looked for once, from where
 * the one before it ended: nothing is tried again.
 *
 * @param glob the pattern
 * @param text any text
 */
export function matchesGlob(glob: Glob, text: string): boolean {
  const first = glob[0] as string;
  const last = glob[glob.length - 1] as string;
  if (glob.length === 1) {
    return text === first;
  }
  const end = text.length - last.length;
  if (text.slice(0, first.length) !== first || text.slice(end) !== last) {
    return false;
  }
  let at = first.length;
  for (const part of glob.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) {
      return false;
    }
    at = found + part.length;
  }
  return at <= end;
}

/** A place where a token can stand: one word of `$auth_jwt_token_from`. */
export type TokenSource =
  | { readonly kind: 'header' | 'cookie' | 'query' | 'variable'; readonly name: string }
  | { readonly kind: 'protocol' };

/**
 * Reads one word of `$auth_jwt_token_from`.
 *
 * @param word `header:NAME`, `cookie:NAME`, `query:NAME`, `variable:NAME` or `protocol`
 * @returns the source, or `undefined` where the word is none
 */
export function parseTokenSource(word: string): TokenSource | undefined {
  if (word === 'protocol') {
    return { kind: 'protocol' };
  }
  const colon = word.indexOf(':');
  const kind = word.slice(0, colon);
  const name = word.slice(colon + 1);
  const isNamed = kind === 'header' || kind === 'cookie' || kind === 'query' || kind === 'variable';
  if (colon < 0 || !isNamed || !NAME[kind].test(name)) {
    return undefined;
  }
  return { kind, name };
}

/** What a name may be made of: RFC 9110 tokens, and what nginx allows in variables. */
const NAME = {
  header: /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
  cookie: /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
  query: /^[A-Za-z0-9._~-]+$/,
  variable: /^[A-Za-z0-9_]+$/,
} as const;

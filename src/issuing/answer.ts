/** How a token is given out: `$auth_jwt_issue_format`. */
export type TokenFormat = 'token' | 'oauth' | 'text';

/** An answer with a token. */
export interface TokenAnswer {
  readonly contentType: 'application/json' | 'text/plain';
  readonly body: string;
}

/**
 * Writes the answer to a login that was good.
 *
 * @param format `token`: an object with `token`; `oauth`: as RFC 6749, section 5.1 has it; `text`: the
 * token and nothing else
 * @param token the token
 * @param expiresIn seconds until it expires; `undefined` where it does not
 */
export function describeToken(
  format: TokenFormat,
  token: string,
  expiresIn: number | undefined,
): TokenAnswer {
  if (format === 'text') {
    return { contentType: 'text/plain', body: token };
  }
  const object =
    format === 'token'
      ? { token }
      : { access_token: token, token_type: 'Bearer', expires_in: expiresIn };
  return { contentType: 'application/json', body: `${JSON.stringify(object)}\n` };
}

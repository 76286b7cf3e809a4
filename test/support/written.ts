// Variables of a request, and what a token has written to them.

import { createOutlets, writeClaims } from '../../src/answer/write-claims.ts';
import type { NginxVariables } from '../../src/nginx.ts';
import { fakeRequest } from './fake-request.ts';
import { forge, parseToken } from './tokens.ts';

/** The variables of `auth_jwt.conf`, and others. */
export const variablesWith = (variables: Record<string, string> = {}) =>
  fakeRequest({ variables }).variables;

/** Fills variables from a good token, as the first request of a context does. */
export function fill(
  variables: NginxVariables,
  claims: object,
  header: object = { alg: 'ES256' },
): NginxVariables {
  writeClaims(variables, parseToken(forge(header, claims)), 'MISS', createOutlets(), []);
  return variables;
}

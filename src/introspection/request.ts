import { decodeUtf8 } from '../base64url.ts';
import type { NginxRequest } from '../nginx.ts';
import { refuse } from '../refusal.ts';
import { askLocation, isCompressed } from '../subrequest.ts';
import { MAX_TOKEN_LENGTH } from '../token/decode.ts';

const SETTING = 'auth_jwt_introspection_request';

/**
 * Asks an introspection endpoint of a token (RFC 7662, section 2.1), through an internal location: it knows where
 * the endpoint is, and the credentials of this gateway (`auth_jwt_introspection.conf`).
 *
 * Nothing here can stop a subrequest: how long it lasts and how long its answer may be is for the location to say.
 *
 * @param r the request that waits for it
 * @param endpoint URI of the location, with or without arguments
 * @param token the token, of characters that RFC 6750 allows
 * @returns the body of the answer
 * @throws Refusal `bad_introspection` where the status is not 200 or nothing came; `cannot_parse`, detail
 * `introspection`, where the answer is compressed, is no UTF-8, or is longer than any token may be
 */
export async function askEndpoint(
  r: Pick<NginxRequest, 'subrequest'>,
  endpoint: string,
  token: string,
): Promise<string> {
  const body = `token=${encodeURIComponent(token)}&token_type_hint=access_token`;
  const reply = await askLocation(r, endpoint, { method: 'POST', body });
  const name = `$${SETTING} "${endpoint}"`;
  const bytes = reply.responseBuffer;
  if (reply.status !== 200) {
    const problem = `${name} answered with status ${reply.status}`;
    // Or the token is one that the endpoint does not like.
    const isOfClient = reply.status >= 400 && reply.status < 500;
    throw { ...refuse('bad_introspection', SETTING, problem), isOfClient };
  }
  // nginx reports 200 and no body where the upstream stopped in the middle of one.
  if (!bytes || bytes.length === 0) {
    throw refuse('bad_introspection', SETTING, `${name} answered with an empty or incomplete body`);
  }
  if (bytes.length > MAX_TOKEN_LENGTH) {
    const explanation = `${name} answered with more than ${MAX_TOKEN_LENGTH} bytes`;
    throw refuse('cannot_parse', 'introspection', explanation);
  }
  const text = isCompressed(reply) ? undefined : decodeUtf8(bytes);
  if (text === undefined) {
    const explanation = `${name} answered with a body that is compressed or no UTF-8`;
    throw refuse('cannot_parse', 'introspection', explanation);
  }
  return text;
}

import type { NginxRequest } from '../nginx.ts';
import { refuse } from '../refusal.ts';

const SETTING = 'auth_jwt_introspection_request';

/**
 * Asks an introspection endpoint of a token (RFC 7662, section 2.1), through an internal location: it knows where
 * the endpoint is, and the credentials of this gateway (`auth_jwt_introspection.conf`).
 *
 * Nothing here can stop a subrequest: how long it lasts is for the location to say.
 *
 * @param r the request that waits for it
 * @param endpoint URI of the location
 * @param token the token, of characters that RFC 6750 allows
 * @returns the body of the answer
 * @throws Refusal `bad_introspection` where the status is not 200 or nothing came
 */
export async function askEndpoint(
  r: Pick<NginxRequest, 'subrequest'>,
  endpoint: string,
  token: string,
): Promise<string> {
  const body = `token=${encodeURIComponent(token)}&token_type_hint=access_token`;
  const reply = await r.subrequest(endpoint, { method: 'POST', body });
  if (reply.status !== 200 || !reply.responseText) {
    const problem =
      reply.status === 200 ? 'with an empty or incomplete body' : `with status ${reply.status}`;
    throw refuse('bad_introspection', SETTING, `$${SETTING} "${endpoint}" answered ${problem}`);
  }
  return reply.responseText;
}

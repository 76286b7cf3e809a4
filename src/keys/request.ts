import type { NginxRequest } from '../nginx.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { askLocation, isCompressed } from '../subrequest.ts';

/**
 * Asks an internal location for a key set, or for something else that is read like one.
 *
 * Nothing here can stop a subrequest: how long it lasts and how long its answer may be is decided by
 * the location (`auth_jwt_jwks.conf`), and an answer over `subrequest_output_buffer_size` makes
 * nginx close the client's connection.
 *
 * @param r the request that waits for it
 * @param uri URI of the location, with or without arguments
 * @param setting the setting that names it: detail of the refusal
 * @param content what the answer should be: detail where it cannot be read
 * @returns the body of the answer
 * @throws Refusal `keys_unavailable` where the status is not 200 or nothing came; `cannot_parse`
 * where the answer is compressed
 */
export async function requestKeys(
  r: Pick<NginxRequest, 'subrequest'>,
  uri: string,
  setting = 'auth_jwt_key_request',
  content = 'jwks',
): Promise<string> {
  // A body of its own: else nginx would hold that of the client against the limit of the location.
  const reply = await askLocation(r, uri, { method: 'GET', body: '' });
  if (reply.status !== 200) {
    const refusal = unavailable(setting, uri, `answered with status ${reply.status}`);
    throw { ...refusal, isOfClient: dependsOnRequest(reply.status) };
  }
  if (isCompressed(reply)) {
    throw refuse(
      'cannot_parse',
      content,
      `$${setting} "${uri}" answered with a compressed body: clear Accept-Encoding there`,
    );
  }
  // nginx reports 200 and no body where the upstream stopped in the middle of one.
  if (!reply.responseText) {
    throw unavailable(setting, uri, 'answered with an empty or incomplete body');
  }
  return reply.responseText;
}

/**
 * Whether headers of the client may be the cause of a status: a range, a condition, credentials, too many cookies.
 * Without `auth_jwt_jwks.conf` they reach the key server.
 */
function dependsOnRequest(status: number): boolean {
  return status === 206 || status === 304 || (status >= 400 && status < 500);
}

function unavailable(setting: string, uri: string, problem: string): Refusal {
  return refuse('keys_unavailable', setting, `$${setting} "${uri}" ${problem}`);
}

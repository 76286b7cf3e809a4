import { describeToken } from '../issuing/answer.ts';
import { chooseSigningKey } from '../issuing/choose.ts';
import { makeClaims } from '../issuing/claims.ts';
import { readLoginClaims } from '../issuing/login-claims.ts';
import { loginFault } from '../issuing/login-fault.ts';
import { signToken } from '../issuing/sign.ts';
import { readSigningKeys } from '../issuing/signing-file.ts';
import type { SigningKey } from '../issuing/signing-key.ts';
import type { NginxReply, NginxRequest } from '../nginx.ts';
import { type IssuingSettings, readIssuing } from '../settings/issuing.ts';
import { randomBytes } from '../signature/subtle.ts';
import { askLocation, isCompressed } from '../subrequest.ts';
import { fail } from './fail.ts';
import { Gateway } from './gateway.ts';
import { relay } from './relay.ts';

/** 128 bits: no two tokens have the same name (RFC 7519, section 4.1.7). */
const ID_BYTES = 16;

/**
 * `js_content` of a login: hands the client's body to `$auth_jwt_login_request` by POST, and signs what
 * that answers with 200 as the claims of a token. Any other answer goes to the client.
 *
 * Nothing here can stop a subrequest: how long a login may take is decided by the location that asks
 * the login service (`auth_jwt_login.conf`).
 *
 * @param r the request
 * @returns a promise that never rejects: the request has been answered
 */
export async function issueJwt(r: NginxRequest): Promise<void> {
  try {
    const settings = readIssuing(r.variables);
    // First, for a login may count, or use up what the client has brought.
    const key = chooseSigningKey(readSigningKeys(settings.keyFiles), settings.kid);
    // Without a body of its own a subrequest takes that of the request, from wherever nginx has put it.
    const reply = await askLocation(r, settings.loginRequest, { method: 'POST' });
    r.headersOut['Cache-Control'] = 'no-store';
    if (reply.status === 200) {
      await issue(r, reply, settings, key);
    } else {
      relay(r, reply);
    }
  } catch (thrown) {
    fail(r, thrown);
  }
}

async function issue(
  r: NginxRequest,
  reply: NginxReply,
  { claims, typ, format }: IssuingSettings,
  key: SigningKey,
): Promise<void> {
  if (isCompressed(reply)) {
    throw loginFault('is compressed: clear Accept-Encoding there');
  }
  const login = readLoginClaims(reply.responseBuffer ?? Buffer.alloc(0));
  const now = new Gateway(r).now();
  const id = randomBytes(ID_BYTES).toString('base64url');
  const { json, expiresIn } = makeClaims(login, claims, now, id);
  const token = await signToken(key, typ, json);
  const { contentType, body } = describeToken(format, token, expiresIn);
  r.headersOut['Content-Type'] = contentType;
  r.return(200, body);
}

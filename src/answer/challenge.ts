import { Memo } from '../memo.ts';
import { type NoAuthReason, reasons } from '../reasons.ts';

/**
 * Makes the value of `WWW-Authenticate` (RFC 6750, section 3). Nothing of the token is in it.
 *
 * @param reason why the request is refused
 * @param realm the realm of the location; empty: none is named
 * @returns the challenge, or an empty text where none is due because the fault is the gateway's
 */
export function challengeFor(reason: NoAuthReason, realm: string): string {
  const name = `${reason} ${realm}`;
  const known = challenges.find(name);
  if (known !== undefined) {
    return known;
  }
  const challenge = makeChallenge(reason, realm);
  challenges.keep(name, challenge);
  return challenge;
}

/** Whoever floods a gateway with bad tokens should not buy much time with each. */
const challenges = new Memo<string>(8);

function makeChallenge(reason: NoAuthReason, realm: string): string {
  const { status, error, description } = reasons()[reason];
  if (status === 500) {
    return '';
  }
  const parameters: string[] = [];
  if (realm !== '') {
    parameters.push(`realm=${quote(realm)}`);
  }
  if (error !== '') {
    parameters.push(`error=${quote(error)}`, `error_description=${quote(description)}`);
  }
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`;
}

/** A quoted-string of RFC 9110, section 5.6.4. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}

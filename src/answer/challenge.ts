import { Memo } from '../memo.ts';
import type { NginxVariables } from '../nginx.ts';
import { reasons } from '../reasons.ts';
import type { Refusal } from '../refusal.ts';

/**
 * Makes the value of `WWW-Authenticate` (RFC 6750, section 3; RFC 9728, section 5.1). Nothing of the
 * token is in it.
 *
 * @param refusal why the request is refused
 * @param variables settings of the location: realm, scopes and where its metadata is
 * @returns the challenge, or an empty text where none is due because the fault is the gateway's
 */
export function challengeFor({ reason, detail }: Refusal, variables: NginxVariables): string {
  const { status, error, description } = reasons()[reason];
  if (status === 500) {
    return '';
  }
  const realm = variables.auth_jwt ?? '';
  const metadata = variables.auth_jwt_resource_metadata ?? '';
  // Only who lacks a scope is told which there must be.
  const scopes = detail === 'scope' ? (variables.auth_jwt_scopes ?? '') : '';
  const name = `${reason}\n${realm}\n${metadata}\n${scopes}`;
  const known = challenges.find(name);
  if (known !== undefined) {
    return known;
  }
  const challenge = join([
    ['realm', realm],
    ['error', error],
    ['error_description', error === '' ? '' : description],
    ['scope', scopes.trim().replace(/^any:\s*/, '')],
    ['resource_metadata', metadata.trim()],
  ]);
  challenges.keep(name, challenge);
  return challenge;
}

/** Whoever floods a gateway with bad tokens should not buy much time with each. */
const challenges = new Memo<string>(8);

function join(parameters: readonly (readonly [string, string])[]): string {
  const given = parameters.filter(([, value]) => value !== '');
  const written = given.map(([name, value]) => `${name}=${quote(value)}`).join(', ');
  return written === '' ? 'Bearer' : `Bearer ${written}`;
}

/** A quoted-string of RFC 9110, section 5.6.4. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}

import { publicJwks } from '../issuing/publish.ts';
import { readSigningKeys } from '../issuing/signing-file.ts';
import type { NginxRequest } from '../nginx.ts';
import { readPublishing } from '../settings/issuing.ts';
import { fail } from './fail.ts';

/**
 * `js_content`: the public halves of the keys that sign, as a JWK Set (RFC 7517, section 5), for those
 * who verify the tokens. Anybody may read it.
 *
 * @param r the request
 */
export function publishJwks(r: NginxRequest): void {
  try {
    if (r.method !== 'GET' && r.method !== 'HEAD') {
      r.headersOut.Allow = 'GET, HEAD';
      r.headersOut['Content-Type'] = 'text/plain';
      r.return(405, 'GET or HEAD\n');
      return;
    }
    const { keyFiles, maxAge } = readPublishing(r.variables);
    const jwks = publicJwks(readSigningKeys(keyFiles));
    r.headersOut['Cache-Control'] = maxAge > 0 ? `public, max-age=${maxAge}` : 'no-store';
    r.headersOut['Content-Type'] = 'application/jwk-set+json';
    r.return(200, `${jwks}\n`);
  } catch (thrown) {
    fail(r, thrown);
  }
}

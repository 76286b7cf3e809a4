// How JWT checks in njs are often written: the key set comes by subrequest for each request (nginx
// caches it), the key is imported and the signature verified each time, and that is all. The numbers
// of such code are what a memory has to beat. Only the algorithm is not fixed here.

/** @type {Record<string, {kty: string, name: string, hash: string, namedCurve?: string}>} */
const ALGORITHMS = {
  RS256: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ES256: { kty: 'EC', name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ES512: { kty: 'EC', name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
};

const encoder = new TextEncoder();

/**
 * @param {any} r
 * @param {string} reason
 */
function deny(r, reason) {
  r.variables.no_auth_reason = reason;
  r.return(401);
}

/** @param {any} r */
async function validateJwt(r) {
  try {
    const algorithm = ALGORITHMS[r.variables.seed_algorithm];
    if (!algorithm) {
      throw new Error('no such algorithm');
    }
    const { kty } = algorithm;
    const reply = await r.subrequest('/signer/jwk');
    const jwk = JSON.parse(reply.responseText).keys.find(
      (/** @type {any} */ key) => key.kty === kty,
    );
    if (!jwk) {
      throw new Error('no preferred key');
    }
    const parts = r.variables.header_token.split('.');
    if (parts.length !== 3) {
      deny(r, 'invalid_jwt');
      return;
    }
    const key = await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify']);
    const signature = Buffer.from(parts[2], 'base64url');
    const signed = encoder.encode(parts.slice(0, 2).join('.'));
    if (!(await crypto.subtle.verify(algorithm, key, signature, signed))) {
      deny(r, 'bad_signature');
      return;
    }
    r.return(203);
  } catch (error) {
    r.error(error);
    deny(r, 'generic_error');
  }
}

export default { validateJwt };

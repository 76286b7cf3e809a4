// What auth_request asks where a service does the checking: Node's own HTTP server and jose.
//
//   node jose-service.mjs PORT JWKS-FILE ALGORITHM ISSUER AUDIENCE

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createLocalJWKSet, importJWK, jwtVerify } from 'jose';

const [port, file = '', algorithm = '', issuer = '', audience = ''] = process.argv.slice(2);
const jwks = JSON.parse(readFileSync(file, 'utf8'));
const findKey = algorithm.startsWith('HS') ? await secretsOf(jwks) : createLocalJWKSet(jwks);
const expected = { algorithms: [algorithm], issuer, audience, requiredClaims: ['exp'] };

/**
 * A key set of jose takes no HMAC secrets.
 *
 * @param {import('jose').JSONWebKeySet} jwks
 * @returns {Promise<import('jose').JWTVerifyGetKey>}
 */
async function secretsOf({ keys }) {
  const secrets = new Map();
  for (const jwk of keys) {
    secrets.set(jwk.kid, await importJWK(jwk, algorithm));
  }
  return (header) => secrets.get(header.kid);
}

const server = createServer(async (request, response) => {
  try {
    const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const { payload } = await jwtVerify(token, findKey, expected);
    response.writeHead(204, {
      'X-Sub': String(payload.sub),
      'X-Email': String(payload.email),
      'X-Role': String(payload.role),
    });
  } catch {
    response.writeHead(401);
  }
  response.end();
});
// nginx keeps its connections for longer than Node's five seconds.
server.keepAliveTimeout = 120_000;
server.listen(Number(port), '127.0.0.1');

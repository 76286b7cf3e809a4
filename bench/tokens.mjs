// Keys and tokens, made ahead with jose and kept under dist/bench/tokens for the next run.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as jose from 'jose';
import { AUDIENCE, ISSUER } from './contenders.mjs';

const LIFETIME_S = 90 * 24 * 3600;
const MANY_KEYS = 50;
const BATCH = 64;

/**
 * @typedef {object} Material all that is signed with one algorithm
 * @property {number} expires when the tokens end, seconds since the epoch
 * @property {jose.JWK} privateKey
 * @property {jose.JWK[]} publicKeys the one of the tokens comes last
 * @property {string} publicKeyPem empty for HMAC
 * @property {string} secretHex empty but for HMAC
 * @property {string[]} tokens no two alike
 */

/**
 * @param {string} folder
 * @param {string} algorithm
 * @param {number} count how many tokens are needed
 * @returns {Promise<Material>} with so many tokens
 */
export async function prepareTokens(folder, algorithm, count) {
  const file = `${folder}/${algorithm}.json`;
  const kept = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  /** @type {Material} */
  const material = isFresh(kept) ? kept : await makeKeys(algorithm);
  if (material.tokens.length < count) {
    console.error(`bench: signing ${count - material.tokens.length} ${algorithm} tokens`);
    await signTokens(material, algorithm, count);
    await mkdir(folder, { recursive: true });
    await writeFile(file, JSON.stringify(material));
  }
  return { ...material, tokens: material.tokens.slice(0, count) };
}

/** @param {Material | undefined} kept */
function isFresh(kept) {
  return kept !== undefined && kept.expires > Date.now() / 1000 + 24 * 3600;
}

/**
 * @param {string} algorithm
 * @returns {Promise<Material>}
 */
async function makeKeys(algorithm) {
  const isHmac = algorithm.startsWith('HS');
  const pairs = [];
  for (let index = 1; index <= MANY_KEYS; index++) {
    const named = { kid: `key-${index}`, alg: algorithm, use: 'sig' };
    if (isHmac) {
      const secret = crypto.getRandomValues(new Uint8Array(32));
      const jwk = { kty: 'oct', k: jose.base64url.encode(secret), ...named };
      pairs.push({ privateJwk: jwk, publicJwk: jwk, pem: '' });
    } else {
      const pair = await jose.generateKeyPair(algorithm, { extractable: true });
      pairs.push({
        privateJwk: { ...(await jose.exportJWK(pair.privateKey)), ...named },
        publicJwk: { ...(await jose.exportJWK(pair.publicKey)), ...named },
        pem: await jose.exportSPKI(pair.publicKey),
      });
    }
  }
  const last = pairs[MANY_KEYS - 1];
  if (last === undefined) {
    throw new Error('no keys');
  }
  return {
    expires: Math.floor(Date.now() / 1000) + LIFETIME_S,
    privateKey: last.privateJwk,
    publicKeys: pairs.map(({ publicJwk }) => publicJwk),
    publicKeyPem: last.pem,
    secretHex: isHmac ? Buffer.from(last.privateJwk.k ?? '', 'base64url').toString('hex') : '',
    tokens: [],
  };
}

/**
 * @param {Material} material
 * @param {string} algorithm
 * @param {number} count
 */
async function signTokens(material, algorithm, count) {
  const key = await jose.importJWK(material.privateKey, algorithm);
  const header = { alg: algorithm, typ: 'JWT', kid: material.privateKey.kid ?? '' };
  const { tokens, expires } = material;
  while (tokens.length < count) {
    const size = Math.min(BATCH, count - tokens.length);
    const first = tokens.length;
    // Signed side by side: Node does it in its thread pool.
    const batch = Array.from({ length: size }, (_, index) =>
      new jose.SignJWT(makeClaims(first + index, expires)).setProtectedHeader(header).sign(key),
    );
    tokens.push(...(await Promise.all(batch)));
  }
}

/**
 * The claims of an everyday access token.
 *
 * @param {number} index
 * @param {number} expires
 */
function makeClaims(index, expires) {
  return {
    iss: ISSUER,
    sub: subject(index),
    aud: AUDIENCE,
    exp: expires,
    iat: expires - LIFETIME_S - 60,
    jti: crypto.randomUUID(),
    client_id: 'bench-client',
    name: `Person Number ${index}`,
    email: `person-${index}@example.com`,
    role: 'editor',
    scope: 'openid profile email orders:read orders:write',
  };
}

/** @param {number} index of the token */
export function subject(index) {
  return `user-${index}`;
}

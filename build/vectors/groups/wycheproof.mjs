// Cases of Wycheproof over claims, where their key is there to sign with: they sign texts that are no JSON.

import { readFileSync } from 'node:fs';
import { Group } from '../cases.mjs';
import { CLAIMS, encode, hs, seal } from '../tokens.mjs';

/** @typedef {{ id: string, comment: string, token: string, jwks_ref: string }} Case */

/** @type {{ keysets: Record<string, { keys: Record<string, string>[] }>, cases: Case[] }} */
const { keysets, cases } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/wycheproof.json', import.meta.url), 'utf8'),
);

/** Those of HMAC whose signature is right; of the other algorithms only the public halves are known. */
const VALID = [
  ...[
    'signature/1',
    'signature/348',
    'signature/357',
    'signature/358',
    'signature/359',
    'signature/376',
    'signature/377',
  ],
  ...['key/1', 'key/2', 'key/4', 'key/11', 'key/12', 'key/13', 'key/14', 'key/15'],
];

const UNUSABLE = ['key/10', 'key/16', 'key/17', 'key/18'];

/** Keys for ciphers. */
const NOT_MEANT = ['key/25', 'key/26'];

export function wycheproof() {
  const group = new Group('wycheproof', 'C2SP/wycheproof, signed again over claims');
  for (const [ids, verdict] of /** @type {const} */ ([
    [VALID, ''],
    [UNUSABLE, 'unknown_key/unusable'],
    [NOT_MEANT, 'unknown_key/kid'],
  ])) {
    for (const id of ids) {
      const subject = again(id);
      if (verdict === '') {
        group.valid(id, subject);
      } else {
        group.invalid(id, verdict, subject);
      }
    }
  }
  return group.cases;
}

/** @param {string} id */
function again(id) {
  const one = cases.find((each) => each.id === `wycheproof/${id}`);
  const keys = one && keysets[one.jwks_ref];
  if (!one || !keys) {
    throw new Error(`there is no case ${id}`);
  }
  const [header = ''] = one.token.split('.');
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const secret = keys.keys.find((key) => key.kty === 'oct' && key.kid === kid)?.k ?? '';
  const signer = hs(Buffer.from(secret, 'base64url'), alg);
  return { token: seal(header, encode(CLAIMS), signer), keys, comment: one.comment };
}

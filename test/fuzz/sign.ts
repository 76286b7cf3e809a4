// Signatures that are the same each time, ECDSA and RSA-PSS too: what they draw at random is made of the
// message. For tests only: nothing here hides the time that it takes.

import {
  constants,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  type KeyObject,
  privateEncrypt,
  sign as signWith,
} from 'node:crypto';
import { CURVES, type Curve, inverse, type Material, toBytes, toNumber } from './material.ts';

const keys = new WeakMap<Material, KeyObject>();

/**
 * Signs a text.
 *
 * @param alg one of the algorithms of RFC 7518, or `EdDSA` or `Ed25519`
 * @param material a private key that fits it
 * @param input what to sign
 */
export function sign(alg: string, material: Material, input: string): Buffer {
  const hash = `sha${alg.slice(2)}`;
  switch (alg.slice(0, 2)) {
    case 'HS':
      return createHmac(hash, Buffer.from(material.k ?? '', 'base64url'))
        .update(input)
        .digest();
    case 'RS':
      return signWith(hash, Buffer.from(input), keyOf(material));
    case 'PS':
      return signPss(hash, material, input);
    case 'ES':
      return signEcdsa(hash, material, input);
    default:
      return signWith(null, Buffer.from(input), keyOf(material));
  }
}

/** RFC 8017, section 9.1.1; the salt is as long as the hash. */
function signPss(hash: string, material: Material, input: string): Buffer {
  const length = Buffer.from(material.n ?? '', 'base64url').length;
  const digest = digestOf(hash, input);
  const salt = digestOf(hash, `salt ${input}`);
  const proof = digestOf(hash, Buffer.concat([Buffer.alloc(8), digest, salt]));
  const block = Buffer.alloc(length - proof.length - 1);
  block[block.length - salt.length - 1] = 1;
  salt.copy(block, block.length - salt.length);
  const mask = expand(hash, proof, block.length);
  const masked = block.map((byte, index) => byte ^ (mask[index] as number));
  masked[0] = (masked[0] as number) & 0x7f;
  const encoded = Buffer.concat([masked, proof, Buffer.from([0xbc])]);
  return privateEncrypt({ key: keyOf(material), padding: constants.RSA_NO_PADDING }, encoded);
}

/** MGF1 of RFC 8017, appendix B.2.1. */
function expand(hash: string, seed: Buffer, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let count = 0; Buffer.concat(parts).length < length; count += 1) {
    parts.push(digestOf(hash, Buffer.concat([seed, toBytes(BigInt(count), 4)])));
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** FIPS 186-5, section 6.4.1. */
function signEcdsa(hash: string, material: Material, input: string): Buffer {
  const { openssl, length, order } = CURVES[material.crv as Curve];
  const d = toNumber(Buffer.from(material.d ?? '', 'base64url'));
  const secret = createHash('sha512').update(`${material.d} ${hash} ${input}`).digest();
  const k = (toNumber(secret) % (order - 1n)) + 1n;
  const ecdh = createECDH(openssl);
  ecdh.setPrivateKey(toBytes(k, length));
  const r = toNumber(ecdh.getPublicKey().subarray(1, 1 + length)) % order;
  const digest = toNumber(digestOf(hash, input)) % order;
  const s = (inverse(k, order) * (digest + r * d)) % order;
  return Buffer.concat([toBytes(r, length), toBytes(s, length)]);
}

function digestOf(hash: string, data: string | Buffer): Buffer {
  return createHash(hash).update(data).digest();
}

function keyOf(material: Material): KeyObject {
  const known = keys.get(material);
  if (known) {
    return known;
  }
  const key = createPrivateKey({ key: material, format: 'jwk' });
  keys.set(material, key);
  return key;
}

// Key sets: sound ones, odd ones, broken ones.

import type { JsonWebKey } from 'node:crypto';
import { oddValue } from './json-text.ts';
import type { Random } from './random.ts';
import type { Signer, World } from './world.ts';

/** A key that may have anything in it. */
type Jwk = { [name: string]: unknown };

/** Members that are given, taken away or changed; more often what decides. */
const NAMES: readonly string[] = [
  ...['kid', 'alg', 'use', 'key_ops', 'kty', 'crv', 'n', 'e', 'x', 'y', 'k', 'd', 'ext', 'x5c'],
  ...['p', 'q', 'oth', 'priv', '__proto__', 'iss'],
];
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  use: ['sig', 'enc', '', null, 1, ['sig']],
  key_ops: [
    ...[['verify'], ['sign'], [], 'verify', null, ['verify', 'verify'], ['sign', 'verify']],
    ...[['verify', 'foo'], ['verify', 1], ['encrypt'], { 0: 'verify' }],
  ],
  alg: ['RS256', 'HS256', 'ES256', 'none', '', null, 'EdDSA', 'RSA-OAEP', 256],
  kty: ['RSA', 'EC', 'oct', 'OKP', 'rsa', '', null, 'AKP'],
  crv: ['P-256', 'P-384', 'P-521', 'Ed25519', 'X25519', 'secp256k1', '', null],
  ext: [true, false, 'true', null, 1],
  e: [
    'AQAB',
    'AQ',
    'Aw',
    'AA',
    'Ag',
    '',
    'AAEAAQ',
    'AQAC',
    'AQAAAAAAAAE',
    'AQAAAAAAAAAB',
    'AQAB==',
  ],
  kid: ['', 'other', null, 1, undefined],
  d: ['', 'AQAB', null, false],
  oth: [[], 'x', [{ r: 'AQAB' }]],
};

/** How many keys of one name there may be: eight are tried. */
const CROWDS: readonly number[] = [2, 3, 7, 8, 9, 12];

/**
 * Makes the text of a key set.
 *
 * @param random chance
 * @param world whose keys are in it
 */
export function createJwks(random: Random, world: World): string {
  const signers = [...new Set(world.signers)];
  const all = signers.map(({ jwk }) => ({ ...jwk }) as Jwk);
  if (random.chance(0.4)) {
    return JSON.stringify({ keys: all });
  }
  const keys: unknown[] = random.chance(0.7) ? all : all.filter(() => random.chance(0.6));
  const changes = 1 + random.below(6);
  for (let count = 0; count < changes; count += 1) {
    change(random, keys as Jwk[], signers, world);
  }
  if (random.chance(0.04)) {
    return random.pick([
      JSON.stringify(keys[0] ?? {}),
      JSON.stringify(keys),
      JSON.stringify({ keys: { 0: keys[0] } }),
      JSON.stringify({ Keys: keys }),
      `\ufeff${JSON.stringify({ keys })}`,
      JSON.stringify({ keys }).slice(0, -1),
      `{"keys":[],"keys":${JSON.stringify(keys)}}`,
      `{"keys":${JSON.stringify(keys)},"extra":${oddValue(random)}}`,
    ]);
  }
  return JSON.stringify({ keys });
}

function change(random: Random, keys: Jwk[], signers: readonly Signer[], world: World): void {
  const index = random.below(keys.length + 1);
  const key = keys[index];
  switch (random.below(12)) {
    case 0:
      keys.splice(index, 0, random.pick([null, 1, 'key', [], {}, { kty: 'new' }]) as Jwk);
      return;
    case 1:
      keys.push({ ...random.pick(world.weak).jwk });
      return;
    case 2: {
      // Secrets that others could know: the public key itself.
      const { jwk } = random.pick(signers);
      keys.push({ kty: 'oct', k: jwk.n ?? jwk.x ?? jwk.k, kid: jwk.kid, alg: 'HS256' });
      return;
    }
    case 3:
      crowd(random, keys, random.pick(signers));
      return;
    case 4:
      if (random.chance(0.02)) {
        const filler = Array.from({ length: random.pick([200, 256, 257]) }, () => ({ kty: 'new' }));
        keys.push(...filler);
      }
      return;
    case 5:
      if (key) {
        const own = signers.filter(({ kid }) => kid === key.kid);
        const { material } = random.pick(random.chance(0.5) && own.length > 0 ? own : signers);
        keys[index] = { ...key, ...(random.chance(0.5) ? material : { d: material.d }) };
      }
      return;
    default:
      if (key && typeof key === 'object' && !Array.isArray(key)) {
        alter(random, key);
      }
  }
}

/** Many keys of one name, and the one that counts at a place of its own. */
function crowd(random: Random, keys: Jwk[], { jwk }: Signer): void {
  const length = random.pick(CROWDS);
  const place = random.below(length);
  for (let count = 0; count < length; count += 1) {
    keys.push(count === place ? { ...jwk } : strangerTo(random, jwk));
  }
}

/** A key of the same kind, with which nothing has been signed. */
function strangerTo(random: Random, jwk: JsonWebKey): Jwk {
  const stranger: Jwk = { ...jwk };
  if (jwk.kty === 'EC') {
    // Its mirror image lies on the curve as well; it is not worked out here, and may be off it.
    stranger.y = flip(random, String(jwk.y));
  } else {
    const name = jwk.kty === 'RSA' ? 'n' : jwk.kty === 'oct' ? 'k' : 'x';
    stranger[name] = flip(random, String(jwk[name as 'n']));
  }
  return stranger;
}

/** Changes one member. */
function alter(random: Random, key: Jwk): void {
  const name = random.pick(random.chance(0.7) ? Object.keys(key).concat('use', 'key_ops') : NAMES);
  const value = key[name];
  if (random.chance(0.2)) {
    delete key[name];
    return;
  }
  const known = VALUES[name];
  if (known && random.chance(0.8)) {
    key[name] = random.pick(known);
    return;
  }
  if (typeof value === 'string' && random.chance(0.8)) {
    key[name] = alterBytes(random, value);
    return;
  }
  key[name] = random.pick([null, 1, true, '', 'x', [], {}, [value], { value }]);
}

function alterBytes(random: Random, value: string): string {
  const bytes = Buffer.from(value, 'base64url');
  switch (random.below(8)) {
    case 0:
      return flip(random, value);
    case 1:
      return Buffer.concat([Buffer.from([0]), bytes]).toString('base64url');
    case 2:
      return bytes.subarray(random.pick([0, 1])).toString('base64');
    case 3:
      return bytes.subarray(0, Math.max(bytes.length - 1, 0)).toString('base64url');
    case 4:
      return `${value}=`;
    case 5:
      return Buffer.concat([bytes, Buffer.from([1])]).toString('base64url');
    case 6:
      return `${value.slice(0, 4)}\n${value.slice(4)}`;
    default:
      return Buffer.alloc(bytes.length).toString('base64url');
  }
}

function flip(random: Random, value: string): string {
  const bytes = Buffer.from(value, 'base64url');
  const at = random.below(Math.max(bytes.length, 1));
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes.toString('base64url');
}

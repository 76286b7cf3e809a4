// What can be done to a token that has been signed.

import type { Random } from './random.ts';
import type { World } from './world.ts';

const NOISE: readonly string[] = [
  ...[
    '=',
    '==',
    '+',
    '/',
    ' ',
    '\n',
    '\t',
    '\0',
    '.',
    'A',
    '-',
    '_',
    '%',
    ',',
    ';',
    '"',
    'é',
    '\ufeff',
  ],
  ...['😀', '\ud800', '~', '\x7f', '\u00a0', 'Ａ', 'ı'],
];

/** Lengths around that of the header's and the signature's own. */
const SIZES: readonly number[] = [0, 1, 31, 32, 33, 63, 64, 65, 96, 132, 255, 256, 257];

/**
 * Alters a token.
 *
 * @param random chance
 * @param world tokens to take parts from
 * @param token a compact JWS
 */
export function mutate(random: Random, world: World, token: string): string {
  const parts = token.split('.');
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return [parts[0], parts[1], mutateSignature(random, world, parts[2] ?? '')].join('.');
    case 4:
      return flipIn(random, parts);
    case 5:
      return splice(random, parts, random.pick(world.tokens).split('.'));
    case 6:
      return rearrange(random, parts);
    default:
      return noise(random, token);
  }
}

function mutateSignature(random: Random, world: World, part: string): string {
  const bytes = Buffer.from(part, 'base64url');
  const half = bytes.length / 2;
  switch (random.below(11)) {
    case 0:
    case 1:
    case 2: {
      const at = random.below(bytes.length || 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes.toString('base64url');
    }
    case 3:
      return bytes.subarray(0, random.below(bytes.length + 1)).toString('base64url');
    case 4:
      return Buffer.concat([bytes, random.bytes(1 + random.below(3))]).toString('base64url');
    case 5:
      return derOf(bytes.subarray(0, half), bytes.subarray(half)).toString('base64url');
    case 6:
      return Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]).toString('base64url');
    case 7:
      return Buffer.alloc(random.pick(SIZES), random.pick([0, 0xff, 1])).toString('base64url');
    case 8:
      return random.pick(world.tokens).split('.')[2] ?? '';
    case 9:
      // The same bytes for one who drops the bits that are left over.
      return respell(part);
    default:
      return random
        .bytes(random.chance(0.5) ? bytes.length : random.pick(SIZES))
        .toString('base64url');
  }
}

/** The other text of the same bytes, where there is one. */
function respell(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(part.slice(-1));
  return part.length % 4 === 0 ? `${part}=` : part.slice(0, -1) + alphabet.charAt(last ^ 1);
}

/** ECDSA as everybody but JOSE writes it (RFC 3279, section 2.2.3). */
function derOf(r: Buffer, s: Buffer): Buffer {
  const whole = (bytes: Buffer) => {
    const value = Buffer.concat([Buffer.from([0]), bytes]);
    return Buffer.concat([Buffer.from([2, value.length & 0x7f]), value]);
  };
  const body = Buffer.concat([whole(r), whole(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length & 0x7f]), body]);
}

/** One bit of the bytes of a part. */
function flipIn(random: Random, parts: readonly string[]): string {
  const index = random.below(parts.length);
  return parts
    .map((part, at) => {
      if (at !== index) {
        return part;
      }
      const bytes = Buffer.from(part, 'base64url');
      const place = random.below(bytes.length || 1);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8));
      return bytes.toString('base64url');
    })
    .join('.');
}

function splice(random: Random, parts: readonly string[], others: readonly string[]): string {
  return parts.map((part, index) => (random.chance(0.5) ? others[index] : part)).join('.');
}

function rearrange(random: Random, parts: readonly string[]): string {
  const [header = '', claims = '', signature = ''] = parts;
  return random.pick([
    `${header}.${claims}`,
    `${header}.${claims}.`,
    `${header}..${signature}`,
    `.${claims}.${signature}`,
    `${header}.${claims}.${signature}.`,
    `.${header}.${claims}.${signature}`,
    `${header}.${claims}.${signature}.${signature}.${signature}`,
    `${claims}.${header}.${signature}`,
    `${header}.${header}.${signature}`,
    `${header}.${claims}.${signature}${header}.${claims}.${signature}`,
    '..',
    '',
    '.'.repeat(random.below(20000)),
    `${header}=.${claims}.${signature}`,
    `Bearer ${header}.${claims}.${signature}`,
    `{"payload":"${claims}","protected":"${header}","signature":"${signature}"}`,
  ]);
}

function noise(random: Random, token: string): string {
  const at = random.below(token.length + 1);
  const removed = random.pick([0, 0, 1, 1, 2, 30]);
  const added = random.chance(0.8) ? random.pick(NOISE) : random.bytes(3).toString('latin1');
  return token.slice(0, at) + (random.chance(0.8) ? added : '') + token.slice(at + removed);
}

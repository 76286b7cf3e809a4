// Tokens that are signed for one case: what their header and claims say may be odd, and the signature is good.

import { type Members, objectText, oddValue } from './json-text.ts';
import type { Random } from './random.ts';
import { encodePart, GOOD, type Signer, tokenOf, type World } from './world.ts';

/** Longest token that is accepted. */
const LIMIT = 16384;

/** Headers that say other than they should, for a signature that is good. */
const ALGS: readonly string[] = [
  ...['none', 'None', '', 'hs256', 'HS256 ', 'RS256', 'HS256', 'ES256K', 'HS1', 'RSA-OAEP'],
  ...['__proto__', 'toString', 'ML-DSA-44', 'PS256', 'A256GCM', 'dir'],
];

/**
 * Makes a token with a signature of its own.
 *
 * @param random chance
 * @param world who signs
 */
export function createToken(random: Random, world: World): string {
  const cheap = random.chance(0.97);
  const from = cheap ? world.signers.filter(({ isCheap }) => isCheap) : world.signers;
  const signer = random.chance(0.02) ? random.pick(world.weak) : random.pick(from);
  const oddity = random.pick([0, 0, 0.3, 0.7, 1]);
  const header = headerText(random, signer, oddity);
  const claims = claimsText(random, world.now, oddity);
  return random.chance(0.01)
    ? padded(random, signer, header, claims)
    : tokenOf(signer, header, claims);
}

function headerText(random: Random, { alg, kid }: Signer, oddity: number): string {
  const is = (probability: number) => random.chance(probability * oddity);
  const members: Members = [
    ['alg', is(0.06) ? oddOr(random, ALGS) : JSON.stringify(alg)],
    ['kid', is(0.08) ? oddOr(random, ['', 'other', 'RS256', 'HS256']) : JSON.stringify(kid)],
    ['typ', is(0.15) ? oddOr(random, ['jwt', 'at+jwt', 'application/jwt', 'JWE']) : '"JWT"'],
  ];
  if (is(0.06)) {
    members.push(['crit', random.pick(['["b64"]', '["exp"]', '[]', '"b64"', '[1]', 'null'])]);
  }
  if (is(0.06)) {
    members.push(['b64', random.pick(['true', 'false', '1', 'null', '"true"'])]);
  }
  if (is(0.02)) {
    members.push(['crit', '["b64"]'], ['b64', 'true']);
  }
  if (is(0.08)) {
    members.splice(1, 1);
  }
  return objectText(random, members, oddity);
}

function claimsText(random: Random, now: number, oddity: number): string {
  const is = (probability: number) => random.chance(probability * oddity);
  const time = (usual: number) => (is(0.3) ? timeText(random, now) : String(usual));
  const members: Members = [
    [
      'iss',
      is(0.08) ? oddOr(random, ['other', `${GOOD.iss} `, GOOD.iss]) : JSON.stringify(GOOD.iss),
    ],
    ['aud', is(0.25) ? audienceText(random) : JSON.stringify(GOOD.aud)],
    ['sub', is(0.1) ? oddValue(random) : '"alice"'],
    ['exp', time(now + 600)],
    ['iat', time(now - 3)],
  ];
  if (random.chance(0.2)) {
    members.push(['nbf', time(now - 10)]);
  }
  if (random.chance(0.3)) {
    members.push(['jti', JSON.stringify(encodePart(String(random.below(2 ** 30))))]);
  }
  return objectText(random, members, oddity);
}

/** Around the clock, where a second decides; and what is no time. */
function timeText(random: Random, now: number): string {
  const around = [-3600, -61, -60, -59, -6, -5, -4, -1, 0, 1, 4, 5, 6, 59, 60, 61, 3600];
  if (random.chance(0.3)) {
    return oddValue(random);
  }
  const time = now + random.pick(around);
  return random.pick([`${time}`, `${time}.5`, `${time}.0`, `${time}e0`, `"${time}"`, `-${time}`]);
}

function audienceText(random: Random): string {
  return random.pick([
    ...['["orders"]', '["other"]', '["other","orders"]', '[]', '[1,"orders"]', '["orders",null]'],
    ...['[["orders"]]', '"other"', '"orders "', '{"orders":true}', '"ORDERS"', oddValue(random)],
  ]);
}

function oddOr(random: Random, texts: readonly string[]): string {
  return random.chance(0.4) ? oddValue(random) : JSON.stringify(random.pick(texts));
}

/** A token of just about the greatest length that is accepted. */
function padded(random: Random, signer: Signer, header: string, claims: string): string {
  const length = tokenOf(signer, header, claims).length;
  const wanted = LIMIT + random.pick([-3, -2, -1, 0, 1, 2, 3, 500]) - length;
  const filler = 'x'.repeat(Math.max(Math.floor((wanted * 3) / 4) - 8, 0));
  return tokenOf(signer, header, claims.replace('{', `{"pad":"${filler}",`));
}

import type { Policy } from './case.ts';
import type { Random } from './random.ts';
import { ALGORITHMS, GOOD } from './world.ts';

/** A policy; most of them accept a good token. */
export function createPolicy(random: Random): Policy {
  return {
    algorithms: random.chance(0.85)
      ? ALGORITHMS
      : ALGORITHMS.filter(() => random.chance(0.5)).concat('HS256'),
    leeway: random.pick([0, 0, 0, 5, 60]),
    requireExp: random.chance(0.7),
    ...(random.chance(0.7) && {
      issuers: random.chance(0.95) ? random.pick([[GOOD.iss], ['other', GOOD.iss]]) : ['other'],
    }),
    ...(random.chance(0.6) && { audiences: random.pick([[GOOD.aud], ['other', GOOD.aud]]) }),
    ...(random.chance(0.15) && { typ: random.pick(['JWT', 'jwt', 'at+jwt', 'application/JWT']) }),
    ...(random.chance(0.15) && { maxAge: random.pick([5, 60, 3600]) }),
  };
}

/** The same as settings: names without `auth_jwt_`, and values. */
export function settingsOf(policy: Policy): Readonly<Record<string, string>> {
  const { algorithms, issuers, audiences, typ, leeway, requireExp, maxAge } = policy;
  return {
    algorithms: algorithms.join(' '),
    issuer: issuers?.join(' ') ?? 'any',
    leeway: `${leeway}s`,
    require_exp: requireExp ? 'on' : 'off',
    ...(audiences && { audience: audiences.join(' ') }),
    ...(typ && { typ }),
    ...(maxAge !== undefined && { max_age: `${maxAge}s` }),
  };
}

// Our verdict: the way of a request, from the token to the variables that others read.

import { createOutlets, writeClaims } from '../../src/answer/write-claims.ts';
import { authenticate } from '../../src/authenticate.ts';
import { isNumber, toDouble } from '../../src/exact/number.ts';
import { writeJson } from '../../src/exact/verbatim.ts';
import { IntrospectionAnswers } from '../../src/introspection/answers.ts';
import type { JsonObject } from '../../src/json.ts';
import { type KeySet, parseJwks } from '../../src/keys/jwks.ts';
import type { Means, VerifiedToken } from '../../src/proof.ts';
import { isRefusal } from '../../src/refusal.ts';
import { readSettings, type Settings } from '../../src/settings/settings.ts';
import { VerifiedSignatures } from '../../src/signature/verified.ts';
import { KnownTokens } from '../../src/token/known.ts';
import { Zone } from '../../src/zone.ts';
import type { Policy, Scene, Verdict } from './case.ts';
import { settingsOf } from './policies.ts';

/** Judges tokens. */
export type Judge = (token: string, now: number) => Promise<Verdict>;

/** The variables of a configuration, which hold nothing yet. */
const VARIABLES: readonly string[] = [
  ...['auth_jwt_cache', 'auth_jwt_passed', 'jwt_header_alg', 'jwt_header_kid', 'jwt_header_typ'],
  ...['iss', 'aud', 'sub', 'exp', 'nbf', 'iat', 'jti', 'a', '0'].map((name) => `jwt_claim_${name}`),
];
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/;

/**
 * Makes our judge of a scene. A token that is valid is judged again from memory, and must be as valid.
 *
 * @param scene key set and policy
 * @param generation stands for the key set; empty: nothing is remembered
 */
export function createOurs({ jwks, policy }: Scene, generation = ''): Judge {
  const settings = toSettings(policy);
  const known = new KnownTokens(new VerifiedSignatures(generation === '' ? undefined : newZone()));
  const keys = ringOf(jwks, generation);
  const outlets = createOutlets();
  const look = async (token: string, now: number): Promise<VerifiedToken> => {
    const request = { header: () => `Bearer ${token}`, variable: () => undefined, warn: () => {} };
    return await authenticate(settings, { request, keys, known, now, services: NO_SERVICES });
  };
  return async (token, now) => {
    try {
      const verified = await look(token, now);
      const claims = write(verified.token.claims);
      const again = generation === '' ? verified : await look(token, now);
      const fault =
        writtenFault(verified, outlets) ??
        againFault(again, claims, generation !== '' && isLasting(verified, now));
      return { isValid: true, why: '', claims, ...(fault && { fault }) };
    } catch (thrown) {
      if (isRefusal(thrown)) {
        return { isValid: false, why: `${thrown.reason}/${thrown.detail}` };
      }
      return { isValid: false, why: 'fault', fault: `thrown: ${String(thrown)}` };
    }
  };
}

function writtenFault({ token, cache }: VerifiedToken, outlets: ReturnType<typeof createOutlets>) {
  const variables = Object.fromEntries(VARIABLES.map((name) => [name, '']));
  writeClaims(variables, token, cache, outlets, []);
  const bad = VARIABLES.filter((name) => CONTROL_CHARACTER.test(variables[name] ?? ''));
  return bad.length > 0 ? `control characters in ${bad.join(' ')}` : undefined;
}

/** Rounded, as jose has it. */
function write(claims: JsonObject): string {
  return JSON.stringify(JSON.parse(writeJson(claims)));
}

/** Whether it is remembered at all: with leeway it may have expired. */
function isLasting({ token }: VerifiedToken, now: number): boolean {
  const { exp } = token.claims;
  return !isNumber(exp) || toDouble(exp) > now;
}

function againFault({ token, cache }: VerifiedToken, claims: string, isKnown: boolean) {
  if (isKnown && cache !== 'HIT') {
    return `forgotten at once: ${cache}`;
  }
  return write(token.claims) === claims ? undefined : 'other claims from memory';
}

/** Read once, as of a file; a set that cannot be read is refused each time. */
function ringOf(jwks: string, generation: string): Means['keys'] {
  let keySet: KeySet | undefined;
  const read = () => {
    keySet = keySet ?? { keys: parseJwks(jwks, 'the scene'), generation };
    return keySet;
  };
  return {
    generation: () => (keySet === undefined || generation === '' ? undefined : generation),
    takeRefresh: () => false,
    atHand: () => (generation === '' ? undefined : read()),
    load: async () => read(),
    reload: () => undefined,
  };
}

/** Read as nginx has them read. */
function toSettings(policy: Policy): Settings {
  const values = Object.entries({ key_file: '/keys.json', ...settingsOf(policy) });
  const texts = Object.fromEntries(values.map(([name, value]) => [`auth_jwt_${name}`, value]));
  const settings = readSettings(texts);
  if (settings === 'off') {
    throw new Error('a policy that checks nothing');
  }
  return settings;
}

/** A zone that never forgets: the clock of the cases stands still. */
function newZone(): Zone {
  const entries = new Map<string, string>();
  return new Zone({
    get: (key) => entries.get(key),
    set: (key, value) => entries.set(key, value),
    add: (key, value) => !entries.has(key) && entries.set(key, value) === entries,
    delete: (key) => entries.delete(key),
  });
}

/** Nobody is asked for more than keys. */
const NO_SERVICES: Means['services'] = {
  answers: new IntrospectionAnswers(undefined),
  introspect: () => Promise.reject(new Error('nobody is asked of a token')),
  revocations: () => {
    throw new Error('there are no revocation lists');
  },
};

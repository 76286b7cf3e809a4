// Shared memory fails: it costs speed and never a verdict. What it gives that nobody has put there vouches
// for nothing but what it names.

import { describe, expect, test, vi } from 'vitest';
import { reply } from '../support/fake-request.ts';
import type { FakeDict } from '../support/fake-zone.ts';
import {
  arrive,
  arriveBad,
  burst,
  DOORS,
  expectDenied,
  inBrokenWorld,
  pass,
  ZONES,
} from '../support/faults.ts';
import { CLAIMS, NOW } from '../support/tokens.ts';

inBrokenWorld();

const METHODS = ['get', 'add', 'set', 'delete'] as const;
const NAMES = Object.keys(ZONES) as (keyof typeof ZONES)[];

const ACTIVE = { active: true, iss: CLAIMS.iss, aud: CLAIMS.aud, exp: NOW + 60, sub: 'alice' };

/** Everything that uses shared memory. */
const EVERYTHING = {
  auth_jwt_introspection_request: '/_introspect',
  auth_jwt_introspection: 'all',
  auth_jwt_revocation_request: '/_revoked',
};

/** A good request, and one that the lists revoke, where all that can be asked is asked. */
async function arriveAsking(revoked: object[] = [], answer: object = ACTIVE) {
  let keys = '';
  const { r, jwks } = await arrive({
    variables: EVERYTHING,
    subrequest: async (uri) =>
      reply(
        uri === '/_introspect'
          ? JSON.stringify(answer)
          : uri === '/_revoked'
            ? JSON.stringify(revoked)
            : keys,
      ),
  });
  keys = jwks;
  return r;
}

/** Breaks some methods of a zone. */
function breakMethods(zone: FakeDict, methods: readonly (typeof METHODS)[number][]): void {
  for (const method of methods) {
    vi.spyOn(zone, method).mockImplementation(burst);
  }
}

describe.each(DOORS)('%s', (_door, handler) => {
  describe.each(NAMES)('the zone %s', (name) => {
    test.each([...METHODS.map((method) => [method]), [...METHODS]])(
      'throws at %s %s %s %s',
      async (...methods) => {
        const broken = methods.filter((each) => each !== undefined);
        breakMethods(ZONES[name], broken);
        for (let round = 0; round < 2; round += 1) {
          expect(await pass(handler, await arriveAsking())).toBe('passes');
          expect(await pass(handler, (await arriveBad()).r)).toBe('401');
        }
      },
    );

    test.each(['add', 'set'] as const)('has no word of what %s came to', async (method) => {
      for (const value of [undefined, null, 0, '']) {
        vi.spyOn(ZONES[name], method).mockReturnValue(value as never);
        expect(await pass(handler, await arriveAsking())).toBe('passes');
        expect(await pass(handler, (await arriveBad()).r)).toBe('401');
      }
    });
  });

  test('all zones throw: who is revoked or inactive is denied all the same', async () => {
    for (const name of NAMES) {
      breakMethods(ZONES[name], METHODS);
    }
    expect(await pass(handler, await arriveAsking())).toBe('passes');
    const revoked = await arriveAsking([{ sub: 'alice' }]);
    expectDenied(await pass(handler, revoked), revoked);
    expect(revoked.variables.no_auth_reason).toBe('revoked');
    const inactive = await arriveAsking([], { active: false });
    expectDenied(await pass(handler, inactive), inactive);
    expect(inactive.variables.no_auth_reason).toBe('not_active');
  });

  const READ = ['auth_jwt_keys', 'auth_jwt_introspected', 'auth_jwt_inactive'] as const;
  describe.each(READ)('%s gives', (name) => {
    test.each([
      ['null', null],
      ['nothing', ''],
      ['a text', 'x'],
      ['a time without a name', `${NOW}`],
      ['a time that is none', 'x y'],
      ['a name that is none', `${NOW} y`],
      ['inactive', '-'],
      ['a key set of nobody', '{"keys":[]}'],
      ['a number', 5],
      ['true', true],
      ['an object', {}],
    ])('%s', async (_what, value) => {
      vi.spyOn(ZONES[name], 'get').mockReturnValue(value as never);
      const { r } = await arriveBad({ variables: EVERYTHING });
      expectDenied(await pass(handler, r), r);
    });
  });
});

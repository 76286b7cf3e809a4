import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fakeRequest } from '../../support/fake-request.ts';
import { declareZones } from '../../support/fake-zone.ts';

const DAY = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A context of its own, which has warned of nothing yet. */
async function freshContext() {
  vi.resetModules();
  const { warnOnce } = await import('../../../src/handlers/warn-once.ts');
  return (text: string) => {
    const r = fakeRequest();
    warnOnce(r, text);
    return r.logged.map(({ level, text: line }) => `${level} ${line}`);
  };
}

describe('with a zone', () => {
  test('a warning is given once a day, by one of all contexts', async () => {
    declareZones();
    const contexts = [await freshContext(), await freshContext()];
    const given = () => contexts.flatMap((warn) => [...warn('a'), ...warn('a'), ...warn('b')]);
    expect(given()).toEqual(['warn auth_jwt: a', 'warn auth_jwt: b']);
    vi.advanceTimersByTime(DAY - 1);
    expect(given()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(given()).toEqual(['warn auth_jwt: a', 'warn auth_jwt: b']);
  });

  test.each(['auth_jwt_keys', 'auth_jwt_verified'] as const)(
    'it is given once where %s alone has room',
    async (name) => {
      const zones = declareZones();
      for (const dict of Object.values(zones)) {
        dict.room = dict === zones[name] ? 1 : 0;
      }
      const warn = await freshContext();
      expect([...warn('a'), ...warn('a')]).toEqual(['warn auth_jwt: a']);
    },
  );
});

describe.each([
  ['no zone', () => vi.stubGlobal('ngx', {})],
  [
    'full zones',
    () => {
      const zones = declareZones();
      zones.auth_jwt_keys.room = 0;
      zones.auth_jwt_verified.room = 0;
    },
  ],
])('with %s', (_what, declare) => {
  test.each([
    ['QuickJS', 'warn'],
    ['njs', 'info'],
    [undefined, 'info'],
  ])('each context of %s gives it once, at %s', async (engine, level) => {
    declare();
    vi.stubGlobal('njs', { engine });
    const warn = await freshContext();
    expect([...warn('a'), ...warn('a'), ...warn('b')]).toEqual([
      `${level} auth_jwt: a`,
      `${level} auth_jwt: b`,
    ]);
    const another = await freshContext();
    expect(another('a')).toEqual([`${level} auth_jwt: a`]);
  });
});

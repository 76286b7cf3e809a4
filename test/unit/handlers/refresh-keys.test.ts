import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { refreshKeys } from '../../../src/handlers/refresh-keys.ts';
import {
  BACKGROUND_REFRESH_AFTER,
  REFUSAL_PAUSE,
  STALE_PAUSE,
} from '../../../src/keys/source-keys.ts';
import { type Edition, KeyStore } from '../../../src/keys/store.ts';
import { type FakeDict, fakeDict, zoneOf } from '../../support/fake-zone.ts';
import { fakeTime, pass, setOf, settle, sourceOf } from '../../support/key-world.ts';

const [ONE, TWO] = [sourceOf('https://one/jwks'), sourceOf('https://two/jwks')];

/** `ngx` as a session has it: no request, so nothing but this. */
const levels = { INFO: 7, WARN: 5, ERR: 4 };
const fetch = vi.fn<(url: string) => Promise<{ status: number; text(): Promise<string> }>>();
const lines: (readonly [number, string])[] = [];
let zone: FakeDict;

function declare(shared: object) {
  const log = (level: number, text: string) => void lines.push([level, text]);
  vi.stubGlobal('ngx', { ...levels, log, fetch, shared });
}

const answer = (body: string, status = 200) => ({ status, text: async () => body });

const store = () => new KeyStore(zoneOf(zone));

const editionOf = (source = ONE): Edition | undefined => store().edition(source);

const fetched = () => fetch.mock.calls.map(([url]) => url);

const refresh = (variables: Record<string, string> = {}) =>
  settle(refreshKeys({ variables: { auth_jwt_refresh: `url:${ONE.location}`, ...variables } }));

beforeEach(() => {
  fakeTime();
  zone = fakeDict();
  lines.length = 0;
  fetch.mockReset().mockImplementation(async () => answer(setOf('a')));
  declare({ auth_jwt_keys: zone });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a key set', () => {
  test('is fetched before anybody asks for it', async () => {
    await refresh();
    expect(fetched()).toEqual([ONE.location]);
    const edition = editionOf();
    expect(edition && store().keys(ONE, edition)).toEqual([{ kty: 'EC', kid: 'a' }]);
    expect(store().isLocked(ONE)).toBe(false);
    expect(lines).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is left alone while it is young, and renewed before a request would have to', async () => {
    await refresh();
    await pass(600 * BACKGROUND_REFRESH_AFTER - 1);
    await refresh();
    expect(fetched()).toHaveLength(1);
    await pass(1);
    await refresh();
    expect(fetched()).toHaveLength(2);
    expect(editionOf()?.fetchedAt).toBe(Math.floor(Date.now() / 1000));
  });

  test('is renewed by its own key_cache', async () => {
    const times = { auth_jwt_key_cache: '100s' };
    await refresh(times);
    await pass(74);
    await refresh(times);
    expect(fetched()).toHaveLength(1);
    await pass(1);
    await refresh(times);
    expect(fetched()).toHaveLength(2);
  });

  test('is left to whoever is fetching it', async () => {
    store().lock(ONE);
    await refresh();
    expect(fetched()).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('is fetched by one of all workers', async () => {
    await Promise.all([refresh(), refresh(), refresh(), refresh()]);
    expect(fetched()).toHaveLength(1);
  });

  test('that finds no room is not fetched again and again, and the log says so once', async () => {
    zone.room = 100;
    fetch.mockImplementation(async () => answer(setOf('a', 'x'.repeat(200))));
    await refresh();
    await refresh();
    expect(fetched()).toHaveLength(1);
    expect(lines).toEqual([
      [levels.WARN, 'auth_jwt: js_shared_dict_zone auth_jwt_keys is too small: make it larger'],
    ]);
  });
});

describe('a source that fails', () => {
  const failing = async (url: string) =>
    url === ONE.location ? answer('down', 503) : answer(setOf('b'));
  const both = { auth_jwt_refresh: `url:${ONE.location} url:${TWO.location}` };

  test('is told once, and stops no other', async () => {
    fetch.mockImplementation(failing);
    await refresh(both);
    expect(editionOf(ONE)).toBeUndefined();
    expect(editionOf(TWO)).toBeDefined();
    expect(lines).toEqual([
      [
        levels.ERR,
        `auth_jwt: keys_unavailable: $auth_jwt_key_url: "${ONE.location}" answered with 503`,
      ],
    ]);
  });

  test('is left alone for the pause, and then asked again', async () => {
    fetch.mockImplementation(failing);
    await refresh(both);
    await pass(REFUSAL_PAUSE / 2);
    await refresh(both);
    expect(fetched()).toEqual([ONE.location, TWO.location]);
    expect(lines).toHaveLength(1);
    await pass(REFUSAL_PAUSE);
    await refresh(both);
    expect(fetched()).toEqual([ONE.location, TWO.location, ONE.location]);
    expect(lines).toHaveLength(2);
  });

  test('leaves the set at hand as it is, and has a longer pause', async () => {
    await refresh();
    const before = editionOf();
    await pass(500);
    fetch.mockImplementation(async () => answer('<html>'));
    await refresh();
    expect(editionOf()).toEqual(before);
    expect(lines).toEqual([
      [levels.ERR, expect.stringMatching(/cannot_parse: .* not a JSON object; .* still serves$/)],
    ]);
    await pass(STALE_PAUSE - 1);
    await refresh();
    expect(fetched()).toHaveLength(2);
    await pass(2);
    await refresh();
    expect(fetched()).toHaveLength(3);
  });

  test('with something unforeseen rejects nothing', async () => {
    fetch.mockImplementation(async () => ({ status: 200, text: async () => null as never }));
    await refresh(both);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual([levels.ERR, expect.stringContaining('generic_error: unforeseen')]);
    expect(store().isLocked(ONE)).toBe(false);
  });

  test('with a file is told by its name', async () => {
    await refresh({ auth_jwt_refresh: 'file:/nowhere/at/all.json' });
    expect(lines).toEqual([
      [levels.ERR, expect.stringContaining('"/nowhere/at/all.json" cannot be read: ENOENT')],
    ]);
  });
});

describe('a configuration', () => {
  test.each([
    ['with nothing to refresh', { auth_jwt_refresh: '' }, 'there is nothing to refresh'],
    ['that is not understood', { auth_jwt_refresh: 'keys' }, '$auth_jwt_refresh is "keys": not a'],
    [
      'with a bad time',
      { auth_jwt_key_cache: 'soon' },
      '$auth_jwt_key_cache is "soon": not a time',
    ],
  ])('%s is one line in the error log', async (_, variables, text) => {
    await refresh(variables);
    expect(lines).toEqual([[levels.ERR, expect.stringContaining(`auth_jwt: bad_configuration: `)]]);
    expect(lines[0]?.[1]).toContain(text);
    expect(fetched()).toEqual([]);
  });

  test('without the zone is one line in the error log', async () => {
    declare({});
    await refresh();
    expect(lines).toEqual([
      [levels.ERR, expect.stringContaining('no js_shared_dict_zone auth_jwt_keys')],
    ]);
    expect(fetched()).toEqual([]);
  });

  test('whose variables cannot be read is one line in the error log', async () => {
    const session = {
      get variables(): never {
        throw new RangeError('secret');
      },
    };
    await refreshKeys(session);
    expect(lines).toEqual([[levels.ERR, 'auth_jwt: generic_error: unforeseen RangeError']]);
  });
});

import { describe, expect, test } from 'vitest';
import { keySource } from '../../../src/keys/source.ts';
import { readRefreshSettings } from '../../../src/settings/refresh.ts';
import { explained, refused } from '../../support/refusals.ts';

describe('$auth_jwt_refresh', () => {
  test('lists files, URLs and issuers', () => {
    const auth_jwt_refresh = ' file:/a.json  url:https://idp/jwks\n discovery:https://idp/a/ ';
    expect(readRefreshSettings({ auth_jwt_refresh })).toEqual({
      sources: [
        keySource('file', '/a.json'),
        keySource('url', 'https://idp/jwks'),
        keySource('discovery', 'https://idp/a/'),
      ],
      keyCache: 600,
      keyStale: 86400,
      keyCooldown: 5,
    });
  });

  test('takes the times, and http where it is allowed aloud', () => {
    expect(
      readRefreshSettings({
        auth_jwt_refresh: 'url:http://idp/jwks discovery:http://idp',
        auth_jwt_insecure_http: 'on',
        auth_jwt_key_cache: '1m',
        auth_jwt_key_stale: '1h',
      }),
    ).toEqual({
      sources: [keySource('url', 'http://idp/jwks'), keySource('discovery', 'http://idp')],
      keyCache: 60,
      keyStale: 3600,
      keyCooldown: 5,
    });
  });

  test.each([
    ...['/a.json', 'file:a.json', 'file:', 'FILE:/a.json', 'request:/_jwks', 'https://idp/jwks'],
    ...[':', 'file', 'url:https://idp/jwks and', 'variable:x'],
  ])('is not understood: %j', (auth_jwt_refresh) => {
    expect(() => readRefreshSettings({ auth_jwt_refresh })).toThrow(
      explained(
        'bad_configuration',
        'auth_jwt_refresh',
        `$auth_jwt_refresh is "${auth_jwt_refresh}": not a list of file:/PATH, url:https://… or ` +
          'discovery:https://…',
      ) as Error,
    );
  });

  test.each(['url:http://idp/jwks', 'discovery:http://idp', 'url:', 'discovery:any', 'url:/jwks'])(
    'is not fetched: %j',
    (auth_jwt_refresh) => {
      expect(() => readRefreshSettings({ auth_jwt_refresh })).toThrow(
        explained(
          'bad_configuration',
          'auth_jwt_refresh',
          expect.stringContaining(`$auth_jwt_refresh is "${auth_jwt_refresh}": not an https URL`),
        ) as Error,
      );
    },
  );

  test.each([
    ['auth_jwt_key_cache', 'soon'],
    ['auth_jwt_key_stale', 'late'],
    ['auth_jwt_insecure_http', 'yes'],
  ])('is not read where $%s is %j', (name, value) => {
    expect(() =>
      readRefreshSettings({ auth_jwt_refresh: 'url:https://idp', [name]: value }),
    ).toThrow(refused('bad_configuration', name) as Error);
  });
});

describe('the defaults of the site', () => {
  test('count where $auth_jwt_refresh is empty', () => {
    expect(
      readRefreshSettings({
        auth_jwt_refresh: '',
        auth_jwt_key_file: '/a.json /b.json',
        auth_jwt_key_request: '/_jwks',
        auth_jwt_key_url: 'https://idp/jwks',
        auth_jwt_key_discovery: 'on',
        auth_jwt_issuer: 'https://one https://two',
      }).sources,
    ).toEqual([
      keySource('file', '/a.json'),
      keySource('file', '/b.json'),
      keySource('url', 'https://idp/jwks'),
      keySource('discovery', 'https://one'),
      keySource('discovery', 'https://two'),
    ]);
  });

  test('need no issuer where nothing is discovered', () => {
    expect(readRefreshSettings({ auth_jwt_key_file: '/a.json' }).sources).toHaveLength(1);
    expect(() =>
      readRefreshSettings({ auth_jwt_key_file: '/a.json', auth_jwt_key_discovery: 'on' }),
    ).toThrow(refused('bad_configuration', 'auth_jwt_issuer') as Error);
  });

  test.each([[{}], [{ auth_jwt_key_request: '/_jwks' }], [{ auth_jwt_issuer: 'https://idp' }]])(
    'may be nothing to refresh: %j',
    (variables) => {
      expect(() => readRefreshSettings(variables)).toThrow(
        explained(
          'bad_configuration',
          'auth_jwt_refresh',
          expect.stringContaining('nothing to refresh'),
        ) as Error,
      );
    },
  );
});

// The request that nginx sends to itself to fetch an internal location: where it goes, and that it passes nowhere.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openContext } from '../../../src/handlers/context.ts';
import { ownListener, ownPath } from '../../../src/handlers/errand.ts';
import { Gateway } from '../../../src/handlers/gateway.ts';
import { keySource, revocationSource } from '../../../src/keys/source.ts';
import { KeyStore } from '../../../src/keys/store.ts';
import { openZone } from '../../../src/zone.ts';
import { fakeRequest, reply } from '../../support/fake-request.ts';
import { declareZones } from '../../support/fake-zone.ts';
import {
  atFixedTime,
  bearer,
  door,
  enter,
  expectAllowed,
  expectDenied,
  request,
  TOKEN,
} from '../../support/guarded.ts';

const HEADER = 'X-Auth-Jwt-Errand';
const HERE = { scheme: 'http', server_addr: '10.0.0.1', server_port: '8080', host: 'a.example' };
const ERRAND = {
  // As the policy of the request has it, in a server {} without a name.
  source: keySource('request', '/_jwks', '  '),
  times: { keyCache: 600, keyStale: 60, keyCooldown: 5 },
  since: 0,
  isForced: false,
};

atFixedTime();

/** Memory in which the errand of a ticket lies. */
function handOver(ticket: string, source = ERRAND.source): KeyStore {
  const zone = openZone('auth_jwt_keys');
  if (zone === undefined) {
    throw new Error('no zone');
  }
  const store = new KeyStore(zone);
  store.handOver(ticket, { ...ERRAND, source, since: Date.now() });
  return store;
}

describe('a request with the ticket of an errand', () => {
  test.each([
    ['a policy', {}],
    ['one that lets requests pass without a token', { auth_jwt_optional: 'missing' }],
    ['one that lets every token pass', { auth_jwt_optional: 'failed' }],
    ['one that only reports', { auth_jwt_mode: 'report' }],
  ])('has the set fetched, and is refused: %s', async (_what, variables) => {
    const store = handOver('t');
    const r = request({ variables, headers: { [HEADER]: 't' } });
    const told = door();
    await enter(r, told);
    expectDenied(told, 401);
    expect(r.variables.no_auth_reason).toBe('empty_token');
    expect(r.subrequests).toEqual([{ uri: '/_jwks' }]);
    expect(store.edition(ERRAND.source)).toBeDefined();
    expect(store.isLocked(ERRAND.source)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ['a policy with another source of keys', { auth_jwt_key_request: '/_jwks?other' }, 401],
    ['one that cannot be understood', { auth_jwt_issuer: '' }, 500],
    ['no check', { auth_jwt: 'off' }, 401],
    ['no check, where nothing is refused', { auth_jwt: 'off', auth_jwt_mode: 'report' }, 401],
    [
      'another source, where nothing is refused',
      { auth_jwt_key_request: '/b', auth_jwt_mode: 'report' },
      401,
    ],
  ])(
    'is refused, and the errand is left for its own policy: %s',
    async (_what, variables, status) => {
      const store = handOver('t');
      const r = request({ variables, headers: { [HEADER]: 't' } });
      const told = door();
      await enter(r, told);
      expectDenied(told, status);
      expect(r.subrequests).toEqual([]);
      expect(store.takeErrand('t')).toBeDefined();
    },
  );

  test('for a revocation list is run by a policy that has it', async () => {
    const source = revocationSource('request', '/_revoked', '  ');
    const store = handOver('t', source);
    const r = request({
      variables: { auth_jwt_revocation_request: '/_revoked' },
      headers: { [HEADER]: 't' },
      subrequest: async () => reply('[]'),
    });
    const told = door();
    await enter(r, told);
    expectDenied(told, 401);
    expect(store.edition(source)).toBeDefined();
  });

  test('is refused in time where the set does not come', async () => {
    handOver('t');
    const r = request({
      headers: { [HEADER]: 't' },
      subrequest: () => new Promise(() => undefined),
    });
    const told = door();
    void enter(r, told);
    await vi.advanceTimersByTimeAsync(8000);
    expectDenied(told, 500);
  });

  test('has it fetched once', async () => {
    handOver('t');
    for (const fetches of [1, 0]) {
      const r = request({ headers: { [HEADER]: 't' } });
      const told = door();
      await enter(r, told);
      expectDenied(told, 401);
      expect(r.subrequests).toHaveLength(fetches);
    }
  });

  test('that does not exist is a request without a token', async () => {
    const r = request({ headers: { [HEADER]: 'invented' } });
    const told = door();
    await enter(r, told);
    expectDenied(told, 401);
    expect(r.subrequests).toEqual([]);
  });

  test('and a good token passes by the token, and the errand is left alone', async () => {
    const store = handOver('t');
    store.unlock(ERRAND.source);
    const r = request({ headers: { ...bearer(TOKEN), [HEADER]: 't' } });
    const told = door();
    await enter(r, told);
    expectAllowed(told);
    expect(store.takeErrand('t')).toBeDefined();
  });
});

describe('the listener', () => {
  test.each([
    [{}, 'http://10.0.0.1:8080'],
    [{ scheme: 'https', server_port: '443' }, 'https://10.0.0.1:443'],
    [{ server_addr: '::1' }, 'http://[::1]:8080'],
    [{ server_addr: 'unix:/run/nginx.sock' }, undefined],
    [{ server_addr: '' }, undefined],
    [{ proxy_protocol_addr: '192.0.2.1' }, undefined],
  ])('%j is reached at %s', (variables, url) => {
    expect(ownListener({ ...HERE, ...variables })).toBe(url);
  });
});

describe('the path', () => {
  test.each([
    ['/orders/7?a=b', '/orders/7'],
    ['/a%2fb//c/../d', '/a%2fb//c/../d'],
    ['/a#b', '/a'],
    ['/b/x"/../../a/y', '/b/x%22/../../a/y'],
    ['/a b[{|}]<^`>', '/a%20b%5B%7B%7C%7D%5D%3C%5E%60%3E'],
    ['/\u00e4', '/%C3%A4'],
    [`/${'a'.repeat(4095)}`, `/${'a'.repeat(4095)}`],
    // What is left of them might lead elsewhere.
    [`/${'a'.repeat(4096)}`, undefined],
    ['/a\ufffd', undefined],
    ['/a\ud800', undefined],
    ['*', undefined],
    ['', undefined],
  ])('%s is sent whole as %s, or not at all', (request_uri, path) => {
    expect(ownPath({ request_uri })).toBe(path);
  });
});

describe('the request that is sent', () => {
  const fetch = vi.fn();
  beforeEach(() => {
    fetch.mockReset();
    vi.stubGlobal('ngx', { ...declared(), fetch });
  });
  afterEach(() => vi.unstubAllGlobals());

  const declared = () => ({ shared: declareZones() });
  const clients = (variables = {}) =>
    fakeRequest({ variables: { ...HERE, request_uri: '/', ...variables }, headers: bearer(TOKEN) });

  /** Has a fetch of `/_jwks` run by whoever takes it. */
  function delegate(variables = {}) {
    const gateway = new Gateway(clients(variables), openContext());
    return gateway.delegate({ ...ERRAND, since: Date.now() });
  }

  test('has run the errand where it has been taken', async () => {
    fetch.mockImplementation(async (_url, { headers }) => {
      new KeyStore(openZone('auth_jwt_keys') as never).takeErrand(headers[HEADER]);
    });
    expect(await delegate()).toBe(true);
  });

  test('has not where the answer comes from somebody else', async () => {
    fetch.mockResolvedValue({ status: 301 });
    expect(await delegate()).toBe(false);
    expect(await delegate()).toBe(false);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('goes to the path that the client asked for, and bears nothing else of it', async () => {
    fetch.mockResolvedValue({});
    await delegate({ request_uri: '/orders/7?a=b' });
    expect(fetch.mock.calls).toEqual([
      [
        'http://10.0.0.1:8080/orders/7',
        {
          method: 'HEAD',
          headers: { Host: 'a.example', [HEADER]: expect.any(String) },
          verify: false,
        },
      ],
    ]);
  });

  test('goes where it has been taken before, whatever the client asks for, as long as it is', async () => {
    let taken = '/orders/1';
    fetch.mockImplementation(async (url: string, { headers }) => {
      if (url.endsWith(taken)) {
        new KeyStore(openZone('auth_jwt_keys') as never).takeErrand(headers[HEADER]);
      }
    });
    const paths = () => fetch.mock.calls.splice(0).map(([url]) => url.slice(20));
    expect(await delegate({ request_uri: '/orders/1' })).toBe(true);
    expect(await delegate({ request_uri: '/\ufffd' })).toBe(true);
    expect(await delegate({ request_uri: '/silent' })).toBe(true);
    expect(paths()).toEqual(['/orders/1', '/orders/1', '/orders/1']);
    taken = '/orders/2';
    expect(await delegate({ request_uri: '/orders/2' })).toBe(true);
    expect(paths()).toEqual(['/orders/1', '/orders/2']);
    taken = '/none';
    expect(await delegate({ request_uri: '/orders/3' })).toBe(false);
    expect(await delegate({ request_uri: '/orders/3' })).toBe(false);
    expect(paths()).toEqual(['/orders/2', '/orders/3', '/orders/3']);
  });

  test.each(['connect failed', 'write timed out'])(
    'is not sent for a minute after the listener could not be reached: %s',
    async (message) => {
      fetch.mockRejectedValue(new Error(message));
      expect([await delegate(), await delegate()]).toEqual([false, false]);
      expect(fetch).toHaveBeenCalledTimes(1);
      await delegate({ server_port: '8081' });
      expect(fetch).toHaveBeenCalledTimes(2);
      vi.advanceTimersByTime(60_000);
      await delegate();
      expect(fetch).toHaveBeenCalledTimes(3);
    },
  );

  test.each(['read timed out', 'prematurely closed connection'])(
    'is sent again after an answer that a client could have chosen: %s',
    async (message) => {
      fetch.mockRejectedValue(new Error(message));
      expect([await delegate(), await delegate()]).toEqual([false, false]);
      expect(fetch).toHaveBeenCalledTimes(2);
    },
  );

  test('is not sent to a listener that ngx.fetch cannot speak to', async () => {
    expect(await delegate({ proxy_protocol_addr: '192.0.2.1' })).toBe(false);
    expect(fetch).not.toHaveBeenCalled();
  });
});

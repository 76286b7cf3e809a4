// Handlers in a world that is broken: each request has a token and keys that nobody has seen before, so that
// nothing is known from an earlier one, and what nginx is told is written down.

import { afterEach, beforeEach, expect, vi } from 'vitest';
import { enforceJwt } from '../../src/handlers/enforce-jwt.ts';
import { validateJwt } from '../../src/handlers/validate-jwt.ts';
import type { NginxRequest } from '../../src/nginx.ts';
import {
  type FakeOptions,
  type FakeReply,
  type FakeRequest,
  fakeRequest,
  reply,
} from './fake-request.ts';
import { fakeDict } from './fake-zone.ts';
import { breakSignature, CLAIMS, createSigner, NOW } from './tokens.ts';

/** Both ways into the module. */
export const DOORS = [
  ['js_access', enforceJwt],
  ['auth_request', validateJwt],
] as const;

/** A handler. */
export type Handler = (r: NginxRequest) => Promise<void> | undefined;

/** What never comes. */
export const NEVER = new Promise<never>(() => undefined);

/** Throws what may tell of a token, which nobody may repeat. */
export function burst(): never {
  throw new RangeError('secret');
}

const signer = await createSigner('ES256');

/** All zones, for all tests of a file: the context of a worker opens each of them once. */
export const ZONES = {
  auth_jwt_keys: fakeDict(),
  auth_jwt_verified: fakeDict(),
  auth_jwt_introspected: fakeDict(),
  auth_jwt_inactive: fakeDict(),
};

/** `ngx.fetch`; where a test says nothing there is nobody to fetch from. */
export const fetched = vi.fn<(url: string) => unknown>();

/** Whatever nobody has caught. */
const uncaught: unknown[] = [];
process.on('unhandledRejection', (reason) => uncaught.push(reason));

/** Begins each test of a file at the second `NOW` with empty zones, and ends it with nothing uncaught. */
export function inBrokenWorld(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW * 1000 });
    for (const dict of Object.values(ZONES)) {
      dict.clear();
    }
    fetched.mockReset();
    fetched.mockRejectedValue(new Error('connect failed'));
    vi.stubGlobal('ngx', { shared: ZONES, fetch: fetched });
    uncaught.length = 0;
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    await turn();
    expect(uncaught).toEqual([]);
  });
}

/** Lets everything happen that waits for nothing but its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How long WebCrypto may take on a slow machine, in real milliseconds: then a timer that is left is a fault. */
const REAL_PATIENCE_MS = 10_000;

/**
 * No timer is left that keeps an answer back. What WebCrypto does takes its real time, whatever time has been made
 * to pass, so what comes after it is let end.
 */
export async function expectNoTimer(): Promise<void> {
  const end = performance.now() + REAL_PATIENCE_MS;
  while (vi.getTimerCount() > 0 && performance.now() < end) {
    await vi.advanceTimersByTimeAsync(1000);
    await turn();
  }
  expect(vi.getTimerCount()).toBe(0);
}

/** A request with the keys for it. */
export interface Arrival {
  readonly r: FakeRequest;
  /** The key set: no two are the same. */
  readonly jwks: string;
}

let count = 0;

/**
 * Makes a request with a good token, in a location that accepts it.
 *
 * @param options what a test changes; the subrequest gives the keys
 * @param claims further claims
 */
export async function arrive(options: FakeOptions = {}, claims: object = {}): Promise<Arrival> {
  count += 1;
  const jwks = JSON.stringify({ keys: [signer.jwk], count });
  const token = await signer.sign({ ...CLAIMS, jti: `t${count}`, ...claims });
  const r = fakeRequest({
    headers: { Authorization: `Bearer ${token}` },
    subrequest: async () => reply(jwks),
    ...options,
    variables: {
      auth_jwt: 'orders',
      auth_jwt_issuer: CLAIMS.iss,
      auth_jwt_audience: CLAIMS.aud,
      auth_jwt_key_request: '/_jwks',
      ...options.variables,
    },
  });
  return { r, jwks };
}

/** The same with a token whose signature is broken. */
export async function arriveBad(options: FakeOptions = {}): Promise<Arrival> {
  const { r: good, jwks } = await arrive();
  const headers = { Authorization: breakSignature(good.headersIn.Authorization ?? '') };
  const { r } = await arrive({ subrequest: async () => reply(jwks), headers, ...options });
  return { r, jwks };
}

/** Changes members of a request. */
export function change(r: FakeRequest, members: object): FakeRequest {
  return Object.create(r, Object.getOwnPropertyDescriptors(members));
}

/**
 * Lets a request through a door and says what nginx was told: a status, `passes`, or how often it was
 * told something where that was not once. Nothing may be thrown.
 *
 * @param handler the door
 * @param r the request
 */
export async function pass(handler: Handler, r: FakeRequest): Promise<string> {
  await handler(r);
  return toldBy(handler, r);
}

/** What nginx has been told until now. */
export function toldBy(handler: Handler, { returned }: FakeRequest): string {
  if (returned.length > 1) {
    return `told ${returned.length} times`;
  }
  const status = returned[0]?.status;
  if (handler === validateJwt) {
    return status === 204 ? 'passes' : String(status ?? 'nothing');
  }
  return status === undefined ? 'passes' : String(status);
}

/** The fault has denied the request, once, and left no claim; its text is in no log. */
export function expectDenied(told: string, r: FakeRequest): void {
  expect(told).toMatch(/^(401|403|500)$/);
  const claims = Object.keys(r.variables).filter((name) => /^jwt_(claim|header)_/.test(name));
  expect(claims.filter((name) => r.variables[name] !== '')).toEqual([]);
  // What ngx.fetch fails of is told: it knows nothing but the URL.
  const lines = r.logged.map(({ text }) => text).filter((text) => !/" failed: /.test(text));
  expect(lines.join()).not.toContain('secret');
}

/** What subrequests come to that give no key set. */
export const ODD_REPLIES: Readonly<Record<string, (body: string) => unknown>> = {
  throws: burst,
  rejects: () => Promise.reject(new RangeError('secret')),
  'rejects with undefined': () => Promise.reject(undefined),
  'rejects with null': () => Promise.reject(null),
  'rejects with a text': () => Promise.reject('secret'),
  'rejects with a look-alike of a refusal': () => Promise.reject({ kind: 'refused', reason: '' }),
  'gives undefined at once': () => undefined,
  'gives null at once': () => null,
  'gives undefined': () => Promise.resolve(undefined),
  'gives null': () => Promise.resolve(null),
  'gives a text': (body) => Promise.resolve(body),
  'gives no members': () => Promise.resolve({}),
  'gives a status alone': () => Promise.resolve({ status: 200 }),
  'gives no body': () => Promise.resolve({ status: 200, headersOut: {} }),
  'gives a status as text': (body) => Promise.resolve({ ...reply(body), status: '200' }),
  'gives no status': (body) => Promise.resolve({ ...reply(body), status: undefined }),
  'gives status NaN': (body) => Promise.resolve({ ...reply(body), status: Number.NaN }),
  'gives a number as body': () => Promise.resolve(withBody(5)),
  'gives an object as body': () => Promise.resolve(withBody({})),
  'gives true as body': () => Promise.resolve(withBody(true)),
  'gives an array as body': () => Promise.resolve(withBody([1])),
  'gives no headers': (body) => Promise.resolve({ ...reply(body), headersOut: undefined }),
  'gives null as headers': (body) => Promise.resolve({ ...reply(body), headersOut: null }),
  'gives an answer that cannot be looked at': () => Promise.resolve(new Proxy({}, { get: burst })),
  'gives what throws when it is waited for': () => ({
    // biome-ignore lint/suspicious/noThenProperty: what is thrown must be caught
    get then() {
      return burst();
    },
  }),
};

function withBody(body: unknown): FakeReply {
  return { status: 200, headersOut: {}, responseText: body, responseBuffer: body } as never;
}

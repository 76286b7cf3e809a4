// nginx itself fails, at every edge that a check has with it: whatever throws, rejects or says what it
// should not, the request is denied, once, and nothing is thrown out of the handler or left uncaught.

import nodeCrypto from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { DEADLINE_MS } from '../../src/handlers/door.ts';
import {
  arrive,
  arriveBad,
  burst,
  change,
  DOORS,
  expectDenied,
  expectNoTimer,
  inBrokenWorld,
  NEVER,
  pass,
  toldBy,
  turn,
  ZONES,
} from '../support/faults.ts';

inBrokenWorld();

describe.each(DOORS)('%s', (_door, handler) => {
  test('passes a good token and denies a bad one, where nothing is broken', async () => {
    const good = await arrive();
    expect(await pass(handler, good.r)).toBe('passes');
    expect(good.r.variables.jwt_claim_sub).toBe('alice');
    const bad = await arriveBad();
    expect(await pass(handler, bad.r)).toBe('401');
  });

  describe('WebCrypto', () => {
    const ODD: Readonly<Record<string, () => unknown>> = {
      throws: burst,
      rejects: () => Promise.reject(new Error('secret')),
      'rejects with nothing': () => Promise.reject(undefined),
      'gives undefined at once': () => undefined,
      'gives true at once': () => true,
      'gives undefined': () => Promise.resolve(undefined),
      'gives a text': () => Promise.resolve('true'),
      'gives a number': () => Promise.resolve(1),
      'gives an object': () => Promise.resolve({}),
    };

    test.each(
      ['importKey', 'verify'].flatMap((name) =>
        Object.keys(ODD)
          // That is an answer, for who may give it.
          .filter((what) => name !== 'verify' || what !== 'gives true at once')
          .map((what) => [name as 'verify', what] as const),
      ),
    )('%s %s', async (name, what) => {
      vi.spyOn(crypto.subtle, name).mockImplementation(ODD[what] as never);
      const { r } = await arrive();
      expectDenied(await pass(handler, r), r);
    });

    test.each(['importKey', 'verify'] as const)('%s never comes', async (name) => {
      vi.spyOn(crypto.subtle, name).mockReturnValue(NEVER);
      const { r } = await arrive();
      void handler(r);
      await vi.advanceTimersByTimeAsync(DEADLINE_MS + 1);
      expectDenied(toldBy(handler, r), r);
      await expectNoTimer();
    });

    test('the digest throws', async () => {
      const { r } = await arrive();
      vi.spyOn(nodeCrypto, 'createHash').mockImplementation(burst);
      expectDenied(await pass(handler, r), r);
    });
  });

  describe('a variable', () => {
    const names = async () => Object.keys((await arrive()).r.variables);

    /** Those that a good token is written to. */
    async function writtenTo(): Promise<Set<string>> {
      const written = new Set<string>();
      const { r } = await arrive({ onWrite: (name) => written.add(name) });
      expect(await pass(handler, r)).toBe('passes');
      return written;
    }

    test('that cannot be written denies who would be written to it, and excuses nobody', async () => {
      const written = await writtenTo();
      expect(written.size).toBeGreaterThan(8);
      for (const name of await names()) {
        const onWrite = (each: string) => (each === name ? burst() : undefined);
        const { r } = await arrive({ onWrite });
        const told = await pass(handler, r);
        expect([name, told]).toEqual([name, written.has(name) ? '500' : 'passes']);
        const bad = await arriveBad({ onWrite });
        expect([name, await pass(handler, bad.r)]).toEqual([name, '401']);
      }
    });

    test('that cannot be written, nor any other, denies', async () => {
      const { r } = await arrive({ onWrite: burst });
      expect(await pass(handler, r)).toBe('500');
    });

    test('that cannot be read passes nobody who is not good', async () => {
      for (const name of await names()) {
        const bad = await arriveBad();
        const get = (target: Record<string, string>, each: string) =>
          each === name ? burst() : target[each];
        const variables = new Proxy(bad.r.variables, { get } as never);
        const r = change(bad.r, { variables });
        expect([name, await pass(handler, r)]).toEqual([
          name,
          expect.stringMatching(/^(401|500)$/),
        ]);
      }
    });

    test('that cannot be asked whether it is there excuses nobody', async () => {
      const { r } = await arriveBad();
      const variables = new Proxy(r.variables, { has: burst });
      expect(await pass(handler, change(r, { variables }))).toBe('401');
    });

    test.each([
      [
        'all of them',
        {
          get variables() {
            return burst();
          },
        },
      ],
      ['none at all', { variables: undefined }],
    ])('cannot be had: %s', async (_what, members) => {
      const { r } = await arrive();
      expect(await pass(handler, change(r, members))).toBe('500');
    });
  });

  describe('the request', () => {
    test.each([
      [
        'headers cannot be read',
        {
          get headersIn() {
            return burst();
          },
        },
      ],
      ['there are no headers', { headersIn: undefined }],
      ['a header is no text', { headersIn: { Authorization: 5 } }],
      ['a header is an object', { headersIn: { Authorization: {} } }],
    ])('%s', async (_what, members) => {
      const { r } = await arrive();
      expectDenied(await pass(handler, change(r, members)), r);
    });

    test.each(['log', 'warn', 'error'])('%s throws', async (name) => {
      const bad = await arriveBad();
      expect(await pass(handler, change(bad.r, { [name]: burst }))).toBe('401');
      ZONES.auth_jwt_keys.clear();
      const failing = await arrive({ subrequest: burst as never });
      expect(await pass(handler, change(failing.r, { [name]: burst }))).toBe('500');
    });
  });

  test('TextDecoder throws: a token that needs it is malformed', async () => {
    vi.spyOn(TextDecoder.prototype, 'decode').mockImplementation(burst);
    const { r } = await arrive({}, { name: 'Zoë' });
    expectDenied(await pass(handler, r), r);
    expect(r.variables.no_auth_reason).toBe('invalid_jwt');
  });

  test('Promise handlers run once: a verdict that comes twice is told once', async () => {
    const good = await arrive();
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: a promise that breaks its own promise
      then: (resolve: (value: boolean) => void, reject: (error: unknown) => void) => {
        resolve(true);
        resolve(false);
        reject(new Error('secret'));
      },
    };
    vi.spyOn(crypto.subtle, 'verify').mockResolvedValue(twice as never);
    const told = await pass(handler, good.r);
    await turn();
    expect(toldBy(handler, good.r)).toBe(told);
  });
});

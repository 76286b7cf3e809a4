// Whatever is asked over the network answers with what nobody expects, or never: the request is denied, once.

import { describe, expect, test, vi } from 'vitest';
import { DEADLINE_MS } from '../../src/handlers/door.ts';
import { type FakeReply, reply } from '../support/fake-request.ts';
import {
  arrive,
  burst,
  DOORS,
  expectDenied,
  expectNoTimer,
  fetched,
  inBrokenWorld,
  NEVER,
  ODD_REPLIES,
  pass,
  toldBy,
  turn,
} from '../support/faults.ts';
import { CLAIMS, NOW } from '../support/tokens.ts';

inBrokenWorld();

const ACTIVE = JSON.stringify({ active: true, iss: CLAIMS.iss, aud: CLAIMS.aud, exp: NOW + 60 });

/** Who is asked by subrequest: the location, settings that have it asked, and a good answer. */
const ASKED = {
  keys: ['/_jwks', {}, ''],
  revocations: ['/_revoked', { auth_jwt_revocation_request: '/_revoked' }, '[]'],
  introspection: [
    '/_introspect',
    { auth_jwt_introspection_request: '/_introspect', auth_jwt_introspection: 'all' },
    ACTIVE,
  ],
} as const;

describe.each(DOORS)('%s', (_door, handler) => {
  describe.each(Object.entries(ASKED))('%s', (_what, [uri, variables, good]) => {
    /** A request where one of those who are asked fails. */
    async function askedBy(react: (body: string) => unknown) {
      let keys = '';
      const arrival = await arrive({
        variables,
        subrequest: (asked) => {
          const body = asked === uri ? good || keys : asked === '/_jwks' ? keys : '[]';
          return (asked === uri ? react(body) : Promise.resolve(reply(body))) as Promise<FakeReply>;
        },
      });
      keys = arrival.jwks;
      return arrival.r;
    }

    test('passes, where it answers as it should', async () => {
      const r = await askedBy((body) => Promise.resolve(reply(body)));
      expect(await pass(handler, r)).toBe('passes');
    });

    test.each(Object.keys(ODD_REPLIES))('the subrequest %s', async (what) => {
      const r = await askedBy(ODD_REPLIES[what] as (body: string) => unknown);
      expectDenied(await pass(handler, r), r);
      await expectNoTimer();
    });

    test.each([
      ['never comes', (_come: () => void) => undefined],
      ['comes when it is too late', (come: () => void) => come()],
    ])('the subrequest %s', async (_how, then) => {
      let come = (): void => undefined;
      const r = await askedBy(
        (body) => new Promise((resolve) => (come = () => resolve(reply(body)))),
      );
      void handler(r);
      await vi.advanceTimersByTimeAsync(DEADLINE_MS + 1);
      expectDenied(toldBy(handler, r), r);
      then(come);
      await vi.advanceTimersByTimeAsync(2 * DEADLINE_MS);
      await turn();
      expectDenied(toldBy(handler, r), r);
      // nginx keeps the answer back as long as one runs.
      await expectNoTimer();
    });
  });

  describe('ngx.fetch', () => {
    const OF_URL = { auth_jwt_key_request: '', auth_jwt_key_url: 'https://idp.example.com/jwks' };
    const DISCOVERED = { auth_jwt_key_request: '', auth_jwt_key_discovery: 'on' };

    const ODD: Readonly<Record<string, (body: string) => unknown>> = {
      ...ODD_REPLIES,
      'gives a text that throws': () => answer(200, burst),
      'gives a text that rejects': () => answer(200, () => Promise.reject(new Error('x'))),
      'gives undefined as text': () => answer(200, async () => undefined),
      'gives null as text': () => answer(200, async () => null),
      'gives a number as text': () => answer(200, async () => 5),
      'gives an object as text': () => answer(200, async () => ({})),
      'gives an array as text': () => answer(200, async () => ['{}']),
      'gives the keys with another status': (body) => answer(201, async () => body),
    };

    const answer = async (status: number, text: () => unknown) => ({ status, text });

    test('passes, where it answers as it should', async () => {
      const { r, jwks } = await arrive({ variables: OF_URL });
      fetched.mockImplementation(() => answer(200, async () => jwks));
      expect(await pass(handler, r)).toBe('passes');
    });

    test.each(Object.keys(ODD))('%s', async (what) => {
      for (const variables of [OF_URL, DISCOVERED]) {
        const { r, jwks } = await arrive({ variables });
        fetched.mockImplementation(() => ODD[what]?.(jwks));
        expectDenied(await pass(handler, r), r);
        await expectNoTimer();
      }
    });

    test.each([
      ['never comes', () => NEVER],
      ['has a text that never comes', () => answer(200, () => NEVER)],
    ])('%s', async (_what, react) => {
      for (const variables of [OF_URL, DISCOVERED]) {
        const { r } = await arrive({ variables });
        fetched.mockImplementation(react);
        void handler(r);
        await vi.advanceTimersByTimeAsync(DEADLINE_MS + 1);
        expectDenied(toldBy(handler, r), r);
        await expectNoTimer();
      }
    });

    test.each([
      ['there is none', {}],
      ['it is no function', { fetch: 5 }],
    ])('%s', async (_what, ngx) => {
      const { r } = await arrive({ variables: OF_URL });
      vi.stubGlobal('ngx', ngx);
      expectDenied(await pass(handler, r), r);
    });
  });
});

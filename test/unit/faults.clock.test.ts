// The clock jumps, and timers never fire: no token counts for longer than it should, and who waits for
// nothing is not let pass.

import { describe, expect, test, vi } from 'vitest';
import { DEADLINE_MS } from '../../src/handlers/door.ts';
import { reply } from '../support/fake-request.ts';
import {
  arrive,
  arriveBad,
  burst,
  DOORS,
  expectDenied,
  fetched,
  inBrokenWorld,
  NEVER,
  pass,
  toldBy,
  turn,
} from '../support/faults.ts';
import { CLAIMS, NOW } from '../support/tokens.ts';

inBrokenWorld();

const YEAR = 365 * 86400;

describe.each(DOORS)('%s', (_door, handler) => {
  test.each([
    ['far ahead', NOW + 20 * YEAR, 'expired'],
    ['just past the end', CLAIMS.exp, 'expired'],
    ['far behind', NOW - 20 * YEAR, 'not_yet_valid'],
    ['back to the beginning of time', 0, 'not_yet_valid'],
  ])('the clock jumps %s, and back', async (_where, time, detail) => {
    const first = await arrive({}, { nbf: NOW });
    const again = async () => {
      const { r } = await arrive({
        headers: { Authorization: first.r.headersIn.Authorization ?? '' },
        subrequest: async () => reply(first.jwks),
      });
      return { r, told: await pass(handler, r) };
    };
    // Three times: its signature is known then, and it is kept decoded.
    for (let round = 0; round < 3; round += 1) {
      expect((await again()).told).toBe('passes');
    }
    vi.setSystemTime(time * 1000);
    for (let round = 0; round < 3; round += 1) {
      const { r, told } = await again();
      expectDenied(told, r);
      expect(r.variables).toMatchObject({ no_auth_reason: 'not_active', no_auth_detail: detail });
    }
    vi.setSystemTime(NOW * 1000);
    expect((await again()).told).toBe('passes');
  });

  test.each([
    ['to and fro', (call: number) => NOW * 1000 + (call % 2 ? 3600_000 : -3600_000)],
    ['ever further back', (call: number) => NOW * 1000 - call * 60_000],
    ['ever further on', (call: number) => NOW * 1000 + call * 60_000],
  ])('the clock jumps %s at every look, and nobody is let pass', async (_how, clock) => {
    let call = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => {
      call += 1;
      return clock(call);
    });
    const bad = await arriveBad();
    expectDenied(await pass(handler, bad.r), bad.r);
    for (const variables of [
      { auth_jwt_key_request: '/_slow' },
      { auth_jwt_key_request: '', auth_jwt_key_url: 'https://idp.example.com/jwks' },
    ]) {
      fetched.mockReturnValue(NEVER);
      const { r } = await arrive({ variables, subrequest: () => NEVER });
      void handler(r);
      await vi.advanceTimersByTimeAsync(DEADLINE_MS + 1);
      expectDenied(toldBy(handler, r), r);
    }
  });

  test('the clock cannot be read', async () => {
    const { r } = await arrive();
    vi.spyOn(Date, 'now').mockImplementation(burst);
    expectDenied(await pass(handler, r), r);
  });

  describe('timers never fire', () => {
    test('and whoever needs none is judged', async () => {
      vi.stubGlobal('setTimeout', () => undefined);
      vi.stubGlobal('clearTimeout', () => undefined);
      expect(await pass(handler, (await arrive()).r)).toBe('passes');
      expect(await pass(handler, (await arriveBad()).r)).toBe('401');
      const { r } = await arrive({
        variables: { auth_jwt_key_request: '/_broken' },
        subrequest: burst as never,
      });
      expectDenied(await pass(handler, r), r);
    });

    test('and whoever waits for ever is never told to pass', async () => {
      vi.stubGlobal('setTimeout', () => undefined);
      const { r } = await arrive({ subrequest: () => NEVER });
      const settled = vi.fn();
      void handler(r)?.then(settled, settled);
      await vi.advanceTimersByTimeAsync(10 * DEADLINE_MS);
      await turn();
      expect(r.returned).toEqual([]);
      expect(settled).not.toHaveBeenCalled();
    });
  });

  test('timers cannot be set', async () => {
    for (const subrequest of [undefined, burst as never, () => NEVER]) {
      const arrival = await arrive(subrequest ? { subrequest } : {});
      vi.stubGlobal('setTimeout', burst);
      void handler(arrival.r);
      await turn();
      expectDenied(toldBy(handler, arrival.r), arrival.r);
    }
  });

  test('timers cannot be cleared: what has been told is told once', async () => {
    // The keys are at hand then: whoever waits for some is denied.
    await pass(handler, (await arrive()).r);
    const stop = vi.fn(burst);
    vi.stubGlobal('clearTimeout', stop);
    const { r: good } = await arrive();
    expect(await pass(handler, good)).toBe('passes');
    const bad = await arriveBad();
    expectDenied(await pass(handler, bad.r), bad.r);
    expect(stop).toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2 * DEADLINE_MS);
    expect(toldBy(handler, good)).toBe('passes');
    expectDenied(toldBy(handler, bad.r), bad.r);
  });
});

// Everything at once: protocols, tokens of all kinds, aborts, reloads, sources that fail. `make soak` runs it longer.

import { expect, test } from 'vitest';
import { soak } from '../soak/soak.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const { MINUTES, RUNTIME } = process.env;

/** Shortest time in which the source goes, comes back, and both have been felt. */
const SHORT = 20;

const seconds = MINUTES === undefined ? SHORT : Number(MINUTES) * 60;
const runtimes = RUNTIMES.filter(({ name }) => RUNTIME === undefined || RUNTIME === name);

test('there is a runtime, and a time', () => {
  expect(runtimes).not.toEqual([]);
  expect(seconds).toBeGreaterThan(0);
});

test.for(runtimes)(
  '$name: every answer is right, and nothing is lost or left behind',
  {
    timeout: (seconds + 120) * 1000,
  },
  async (runtime) => {
    const reloadEvery = Math.min(20, seconds / 6);
    const { report, faults } = await soak({ runtime, seconds, connections: 256, reloadEvery });
    console.log(report.join('\n'));
    expect(faults).toEqual([]);
  },
);

// Random tokens, held against random key sets and policies: `make fuzz NGINX=1` for many.
//
// Environment: FUZZ_CASES for each runtime, FUZZ_SEED, FUZZ_RUNTIME for one of them.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPlaces, fuzzNginx, type Places } from '../fuzz/nginx.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { RUNTIMES } from '../support/runtimes.ts';
import { readWorkers, type Worker } from '../support/workers.ts';

const CASES = Number(process.env.FUZZ_CASES || 2000);
const SEED = Number(process.env.FUZZ_SEED || Math.floor(Math.random() * 2 ** 32));
/** Until every location has its keys and contexts. */
const WARM_UP = Math.ceil(CASES / 4);
/** How much a worker may have grown since then, in kB. */
const GROWTH = 16384;

const runtimes = RUNTIMES.filter(({ name }) => name === (process.env.FUZZ_RUNTIME || name));

describe.each(runtimes)('$name', (runtime) => {
  const { doors } = runtime;
  let places: Places;
  let nginx: Nginx;

  beforeAll(async () => {
    places = createPlaces(SEED, doors);
    const http = `server { listen 8080; keepalive_requests 1000000; large_client_header_buffers 4 64k;
        include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${places.conf} }`;
    // Enough to see workers start; a line for each refusal would fill the memory of the test.
    const conf = configure(runtime, http).replace('stderr info', 'stderr notice');
    nginx = await startNginx(runtime, conf, {
      ...places.files,
      '/srv/index.html': 'PROTECTED',
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  test(
    `${CASES} cases of FUZZ_SEED=${SEED}`,
    async () => {
      const [first] = await readWorkers(nginx);
      const begin = Date.now();
      const warm = await fuzzNginx(nginx, places, { seed: SEED, doors, from: 0, cases: WARM_UP });
      const [before] = await readWorkers(nginx);
      const cases = CASES - WARM_UP;
      const rest = await fuzzNginx(nginx, places, { seed: SEED, doors, from: WARM_UP, cases });
      const seconds = (Date.now() - begin) / 1000;
      const [after] = await readWorkers(nginx);
      expect([...warm.problems, ...rest.problems]).toEqual([]);
      expect(warm.passed + rest.passed).toBeGreaterThan(CASES / 50);
      expect([before?.pid, after?.pid]).toEqual([first?.pid, first?.pid]);
      expect(grown(before, after)).toBeLessThan(GROWTH);
      expect(nginx.log()).not.toMatch(/\[alert\]|\[emerg\]|signal \d+|unhandled|generic_error/);
      if (process.env.FUZZ_CASES) {
        const tally = { warm, rest };
        const memory = `${before?.rss} kB once warm, ${after?.rss} kB at the end`;
        console.log(`${runtime.name}: ${CASES} cases in ${seconds} s, ${memory}`, tally);
      }
    },
    60_000 + 20 * CASES,
  );
});

function grown(before: Worker | undefined, after: Worker | undefined): number {
  return (after?.rss ?? Number.POSITIVE_INFINITY) - (before?.rss ?? 0);
}

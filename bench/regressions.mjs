// Whether a check has become dearer than it was when that was last written down: in instructions, which are the same from
// run to run and near the same on any machine.

import { readFile, writeFile } from 'node:fs/promises';
import { addedBy, WORKLOADS } from './instructions.mjs';

const RECORD = new URL('recorded.json', import.meta.url);

/** How much more is a loss, and no noise. */
const TOLERANCE = 1.1;

/**
 * @typedef {Record<string, number>} Recorded instructions over plain nginx for each request, by what was counted
 */

/**
 * Writes down what our own contenders take, for later runs to be held against.
 *
 * @param {readonly import('./instructions.mjs').Instructions[]} all
 */
export async function record(all) {
  const recorded = { ...(await readRecorded()), ...ownOf(all) };
  await writeFile(RECORD, `${JSON.stringify(recorded, undefined, 2)}\n`);
}

/**
 * @param {readonly import('./instructions.mjs').Instructions[]} all
 * @returns {Promise<string[]>} a line for each loss
 */
export async function findRegressions(all) {
  const recorded = await readRecorded();
  return Object.entries(ownOf(all)).flatMap(([what, count]) => {
    const before = recorded[what];
    return before !== undefined && count > before * TOLERANCE
      ? [`${what}: ${count} instructions, ${before} when it was written down`]
      : [];
  });
}

/**
 * @param {readonly import('./instructions.mjs').Instructions[]} all
 * @returns {Recorded}
 */
function ownOf(all) {
  return Object.fromEntries(
    all
      .filter(({ contender: { name } }) => /^(?:enforce|validate)-/.test(name))
      .flatMap(({ contender: { name }, algorithm }) =>
        WORKLOADS.map((workload) => [
          `${name} ${algorithm} ${workload}`,
          Math.round(addedBy(all, name, { algorithm, workload }) ?? 0),
        ]),
      ),
  );
}

/** @returns {Promise<Recorded>} */
async function readRecorded() {
  return JSON.parse(await readFile(RECORD, 'utf8'));
}

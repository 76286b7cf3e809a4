// Tries mutants in vitest, many in one process: what hangs is ended with the process, and the rest begun anew.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = import.meta.dirname;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** So many to a process: what they leave in memory goes with it. */
const BATCH = 250;

/**
 * @typedef {object} Trial
 * @property {string} name its name, as a file may have it
 * @property {number} id the mutant; 0: the code as it is
 * @property {readonly string[]} tests absolute paths of test files
 * @property {string} [reached] where to say which mutants were reached
 *
 * @typedef {'failed' | 'passed' | 'hangs' | 'skipped' | 'pending'} Outcome
 */

/**
 * Tries mutants until all have been, or the time is over.
 *
 * @param {string} folder where the instrumented sources are, and stubs may be written
 * @param {readonly Trial[]} trials
 * @param {number} end milliseconds since the epoch
 * @returns {Promise<Map<string, Outcome>>} outcomes by name
 */
export async function tryAll(folder, trials, end) {
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map();
  let open = [...trials];
  while (open.length > 0 && Date.now() < end) {
    const batch = open.slice(0, BATCH);
    const told = await run(folder, batch, end);
    if (told.size === 0 && Date.now() < end) {
      throw new Error(`vitest has tried nothing: ${batch[0]?.name}`);
    }
    for (const [name, outcome] of told) {
      outcomes.set(name, outcome);
    }
    open = open.filter(({ name }) => !outcomes.has(name));
    process.stderr.write(`\r${outcomes.size} of ${trials.length} `);
  }
  process.stderr.write('\r');
  return outcomes;
}

/**
 * @param {string} folder
 * @param {readonly Trial[]} batch
 * @param {number} end
 * @returns {Promise<Map<string, Outcome>>}
 */
async function run(folder, batch, end) {
  const stubs = join(folder, 'stubs');
  const told = join(folder, 'told');
  rmSync(stubs, { recursive: true, force: true });
  rmSync(told, { force: true });
  mkdirSync(stubs, { recursive: true });
  for (const trial of batch) {
    writeFileSync(join(stubs, `${trial.name}.mjs`), stubOf(trial));
  }
  const child = spawn(
    join(ROOT, 'node_modules/.bin/vitest'),
    ['run', '--config', join(HERE, 'vitest.config.mjs')],
    { cwd: ROOT, env: { ...process.env, MUTATE: folder }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-2000);
  });
  const timer = setTimeout(() => child.kill(), Math.min(end - Date.now(), 2 ** 31 - 1));
  await new Promise((resolve) => child.on('exit', resolve));
  clearTimeout(timer);
  if (!existsSync(told)) {
    process.stderr.write(errors);
    return new Map();
  }
  const lines = readFileSync(told, 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const { stub, state } = JSON.parse(line);
      return [basename(stub, '.mjs'), state];
    }),
  );
}

/** @param {Trial} trial */
function stubOf({ id, tests, reached }) {
  const given = [id, tests, ...(reached === undefined ? [] : [reached])];
  const inside = JSON.stringify(join(HERE, 'inside.mjs'));
  return `import { tryMutant } from ${inside};
tryMutant(${given.map((each) => JSON.stringify(each)).join(', ')});
`;
}

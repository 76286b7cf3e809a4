// How many instructions a check takes: a figure that does not depend on what else the machine does.

import { ROOT } from '../build/run.mjs';
import { Container, urlOf } from './container.mjs';
import { BASE, CONTENDERS, RIVAL } from './contenders.mjs';
import { options } from './options.mjs';
import { table } from './table.mjs';
import { prepareTokens } from './tokens.mjs';

/** What the script uses: one, those in turn, those never seen. */
const TOKENS = 1 + 300 + 300;

/** What costs no instructions in nginx is left out, and what is the same in each algorithm. */
const NAMES = [
  BASE,
  RIVAL,
  'seed',
  'enforce-qjs',
  'validate-qjs',
  'enforce-qjs50',
  'enforce-qjs-ten',
  'enforce-qjs-shipped',
  'enforce-njs',
];
const ALGORITHMS = ['RS256', 'ES256', 'HS256'];
export const WORKLOADS = ['hot', 'warm', 'unseen'];

/**
 * @typedef {Record<string, number>} Counts instructions for each request, by workload
 *
 * @typedef {object} Instructions
 * @property {string} algorithm
 * @property {import('./contenders.mjs').Contender} contender
 * @property {Counts} counts
 */

/**
 * @param {string} image
 * @param {AbortSignal} signal
 * @returns {Promise<Instructions[]>}
 */
export async function measureInstructions(image, signal) {
  /** @type {Instructions[]} */
  const all = [];
  for (const algorithm of ALGORITHMS.filter((name) => options.algorithms.includes(name))) {
    console.error(`bench: instructions, ${algorithm}`);
    const contenders = CONTENDERS.filter(
      ({ name, supports }) =>
        NAMES.includes(name) &&
        (name === BASE || options.only.test(name)) &&
        (supports?.(algorithm) ?? true),
    );
    const material = await prepareTokens(`${ROOT}dist/bench/tokens`, algorithm, TOKENS);
    const container = new Container(`njs-auth-jwt-bench-${process.pid}`, signal);
    try {
      await container.start(image, algorithm, material, contenders);
      for (const [index, contender] of contenders.entries()) {
        const command = ['sh', '/bench/instructions.sh', contender.name, urlOf(index)];
        const counts = readCounts(contender.name, await container.exec(command));
        all.push({ algorithm, contender, counts });
      }
    } finally {
      await container.remove();
    }
  }
  return all;
}

/**
 * @param {string} name of the contender
 * @param {string} output
 * @returns {Counts}
 */
function readCounts(name, output) {
  const counts = Object.fromEntries(
    [...output.matchAll(/^(\w+) (\d+)$/gm)].map(([, workload, count]) => [workload, Number(count)]),
  );
  if (!WORKLOADS.every((workload) => counts[workload] > 0)) {
    throw new Error(`${name}: the instructions could not be counted\n${output}`);
  }
  return counts;
}

/**
 * What a contender takes more than plain nginx.
 *
 * @param {readonly Instructions[]} all
 * @param {string} name of the contender
 * @param {{algorithm: string, workload: string}} column
 * @returns {number | undefined} instructions for each request; `undefined` where they were not counted
 */
export function addedBy(all, name, { algorithm, workload }) {
  /** @param {string} wanted */
  const find = (wanted) =>
    all.find((one) => one.contender.name === wanted && one.algorithm === algorithm)?.counts[
      workload
    ];
  const own = find(name);
  const base = find(BASE);
  return own === undefined || base === undefined ? undefined : own - base;
}

const NOTE =
  'Thousands of instructions for each request in user space, less those of plain nginx, counted by valgrind’s callgrind; in brackets ' +
  'divided by those of the C module. The same from run to run, and near the same on any machine: what is left out is the kernel, and ' +
  'how fast a processor gets on. It does three times as many a microsecond in OpenSSL’s arithmetic as in an interpreter.';

/**
 * @param {Instructions[]} all
 * @returns {string} empty where none were counted
 */
export function renderInstructions(all) {
  const algorithms = [...new Set(all.map(({ algorithm }) => algorithm))];
  if (algorithms.length === 0) {
    return '';
  }
  const columns = algorithms.flatMap((algorithm) =>
    WORKLOADS.map((workload) => ({ algorithm, workload })),
  );
  const contenders = new Map(all.map(({ contender }) => [contender.name, contender]));
  contenders.delete(BASE);
  const lines = [...contenders.values()].map(({ name, title }) => [
    title,
    ...columns.map((column) => {
      const own = addedBy(all, name, column);
      const rival = addedBy(all, RIVAL, column);
      if (own === undefined) {
        return '–';
      }
      const ratio = rival === undefined || name === RIVAL ? '' : ` (${(own / rival).toFixed(2)})`;
      return `${(own / 1000).toFixed(0)}${ratio}`;
    }),
  ]);
  const head = ['', ...columns.map(({ algorithm, workload }) => `${algorithm}, ${workload}`)];
  return `${table(head, lines)}\n\n${NOTE}`;
}

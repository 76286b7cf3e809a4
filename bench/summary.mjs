// What remains of the rounds: medians.

import { BASE } from './contenders.mjs';

/**
 * @typedef {object} Row medians over the rounds
 * @property {import('./contenders.mjs').Contender} contender
 * @property {number} rate
 * @property {number} cpu
 * @property {number} added CPU over plain nginx in the same round
 * @property {number} p50
 * @property {number} p99
 * @property {number} memory
 */

/**
 * @param {import('./run.mjs').Series[]} series
 * @returns {Row[]}
 */
export function summarize(series) {
  const base = series.find(({ contender }) => contender.name === BASE)?.rounds ?? [];
  return series.map(({ contender, rounds }) => ({
    contender,
    rate: median(rounds.map(({ rate }) => rate)),
    cpu: median(rounds.map(({ cpu }) => cpu)),
    added: median(rounds.map(({ cpu }, round) => cpu - (base[round]?.cpu ?? 0))),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    memory: rounds.at(-1)?.memory ?? 0,
  }));
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

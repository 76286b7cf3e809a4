// What is to be reached, and whether this run has reached it.

import { BASE, RIVAL } from './contenders.mjs';
import { summarize } from './summary.mjs';
import { table } from './table.mjs';

/** µs of CPU that plain nginx took for a request on the machine on which the limits were set. */
const PLAIN_OF_LIMITS = 13.5;

const OURS = 'enforce-qjs';

/**
 * The CPU that a contender adds over plain nginx: by itself, divided by another's, or less another's.
 *
 * @typedef {object} Limit
 * @property {string} what
 * @property {string} workload
 * @property {string} algorithm
 * @property {string} name of the contender
 * @property {string} [over] by whose it is divided
 * @property {string} [less] whose is taken off
 * @property {number} [most] without it the figure is only shown
 */

/** @type {Limit[]} */
const LIMITS = [
  {
    what: 'Again and again, RS256: enforceJwt ÷ C module',
    ...{ workload: 'hot', algorithm: 'RS256', name: OURS, over: RIVAL, most: 0.2 },
  },
  {
    what: 'Again and again, HS256: enforceJwt ÷ C module',
    ...{ workload: 'hot', algorithm: 'HS256', name: OURS, over: RIVAL, most: 1.3 },
  },
  {
    what: 'Never seen, RS256: enforceJwt ÷ C module',
    ...{ workload: 'unseen', algorithm: 'RS256', name: OURS, over: RIVAL, most: 1 },
  },
  {
    what: 'Again and again, RS256: validateJwt − enforceJwt',
    ...{ workload: 'hot', algorithm: 'RS256', name: 'validate-qjs', less: OURS, most: 3 },
  },
  {
    what: 'Again and again, RS256: 50 keys − 1 key, enforceJwt',
    ...{ workload: 'hot', algorithm: 'RS256', name: 'enforce-qjs50', less: OURS, most: 1 },
  },
  {
    what: 'Never seen, RS256: 50 keys − 1 key, enforceJwt',
    ...{ workload: 'unseen', algorithm: 'RS256', name: 'enforce-qjs50', less: OURS, most: 5 },
  },
  {
    what: 'Again and again, RS256: 5 rules and 10 claims − 3 claims, enforceJwt',
    ...{ workload: 'hot', algorithm: 'RS256', name: 'enforce-qjs-ten', less: OURS, most: 6 },
  },
  {
    what: 'Again and again, RS256: enforceJwt',
    ...{ workload: 'hot', algorithm: 'RS256', name: OURS, most: 10 },
  },
  {
    what: 'All seen before, RS256: enforceJwt',
    ...{ workload: 'warm', algorithm: 'RS256', name: OURS, most: 15 },
  },
  {
    what: 'Never seen, ES256: enforceJwt',
    ...{ workload: 'unseen', algorithm: 'ES256', name: OURS, most: 95 },
  },
  {
    what: 'Again and again, RS256: enforceJwt, njs engine',
    ...{ workload: 'hot', algorithm: 'RS256', name: 'enforce-njs', most: 40 },
  },
];

const NOTE =
  `The figures in µs were set on a machine on which plain nginx takes ${PLAIN_OF_LIMITS} µs for a request. *Scaled* is the ` +
  `measured figure times ${PLAIN_OF_LIMITS}, divided by what plain nginx took in the same workload here; the measured one decides.`;

/**
 * @param {import('./run.mjs').Result[]} results
 * @returns {string} empty where this run measured none of it
 */
export function renderLimits(results) {
  const lines = LIMITS.flatMap((limit) => {
    const line = renderLimit(limit, results);
    return line === undefined ? [] : [line];
  });
  if (lines.length === 0) {
    return '';
  }
  return `${table(['CPU added', 'measured', 'to reach', '', 'scaled'], lines)}\n\n${NOTE}`;
}

/**
 * @param {Limit} limit
 * @param {import('./run.mjs').Result[]} results
 */
function renderLimit({ what, workload, algorithm, name, over, less, most }, results) {
  const result = results.find((one) => one.workload === workload && one.algorithm === algorithm);
  const rows = summarize(result?.series ?? []);
  /** @param {string | undefined} wanted */
  const find = (wanted) => rows.find(({ contender }) => contender.name === wanted);
  const own = find(name)?.added;
  const other = find(over ?? less ?? name)?.added;
  const plain = find(BASE)?.cpu;
  if (own === undefined || other === undefined || plain === undefined) {
    return undefined;
  }
  const value = over ? own / other : own - (less ? other : 0);
  const unit = over ? '' : ' µs';
  const digits = over ? 2 : 1;
  return [
    what,
    `${value.toFixed(digits)}${unit}`,
    most === undefined ? 'no limit' : `≤ ${most}${unit}`,
    most === undefined ? '' : value <= most ? 'reached' : '**not reached**',
    over ? '' : `${((value * PLAIN_OF_LIMITS) / plain).toFixed(digits)}${unit}`,
  ];
}

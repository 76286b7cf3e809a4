// What is measured, from the environment. See README.md beside this file.

import { cpus } from 'node:os';

export const ALGORITHMS = ['RS256', 'ES256', 'ES512', 'HS256'];
export const WORKLOADS = ['hot', 'warm', 'unseen'];

const isQuick = process.env.QUICK === '1';

/** One core is the gateway's and one the load's, where there are two. */
export const CORES = cpus().length > 1 ? { gateway: 0, load: 1 } : undefined;

export const options = {
  /** Nothing left out: the figures are for docs/. */
  isWhole: !['QUICK', 'ONLY', 'ALGS', 'WORKLOADS', 'BUNDLE'].some((name) => process.env[name]),
  rounds: count('ROUNDS', isQuick ? 1 : 5),
  /** How long one contender is under load in one round, where the workload does not end by itself. */
  seconds: count('SECONDS', isQuick ? 1 : 2),
  connections: 16,
  /** Tokens in turn, and tokens that are seen once (in all rounds together). */
  tokens: isQuick ? 1000 : 20_000,
  only: new RegExp(process.env.ONLY || '', 'i'),
  algorithms: choice('ALGS', ALGORITHMS, isQuick ? ['RS256'] : ALGORITHMS),
  workloads: choice('WORKLOADS', WORKLOADS, WORKLOADS),
  /** The module under test; another build of it can be measured. */
  bundle: process.env.BUNDLE || 'dist/auth_jwt.js',
};

const NAMES = ['QUICK', 'ROUNDS', 'SECONDS', 'ONLY', 'ALGS', 'WORKLOADS', 'BUNDLE'];

/** The command of this run, for the report. */
export const COMMAND = [
  ...NAMES.filter((name) => process.env[name]).map((name) => `${name}='${process.env[name]}'`),
  'make bench',
].join(' ');

/**
 * @param {string} name
 * @param {number} otherwise
 */
function count(name, otherwise) {
  const value = Number(process.env[name] || otherwise);
  if (!Number.isInteger(value) || value < 1) {
    fail(`${name}=${process.env[name]}: a whole number from 1 up is wanted`);
  }
  return value;
}

/**
 * @param {string} name
 * @param {string[]} all
 * @param {string[]} otherwise
 */
function choice(name, all, otherwise) {
  const chosen = (process.env[name] || '').split(/[\s,]+/).filter((word) => word !== '');
  const unknown = chosen.filter((word) => !all.includes(word));
  if (unknown.length > 0) {
    fail(`${name}: ${unknown.join(' ')} is none of ${all.join(' ')}`);
  }
  return chosen.length > 0 ? chosen : otherwise;
}

/**
 * @param {string} problem
 * @returns {never}
 */
function fail(problem) {
  console.error(`bench: ${problem}`);
  process.exit(2);
}

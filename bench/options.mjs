// What is measured, from the environment. See README.md beside this file.

import { readFileSync } from 'node:fs';

export const ALGORITHMS = ['RS256', 'ES256', 'ES512', 'HS256'];
export const WORKLOADS = ['hot', 'warm', 'unseen', 'memory', 'parts', 'instructions'];

const isQuick = process.env.QUICK === '1';

/** One core is the gateway's and one the load's, where there are two; else they share one. */
export const CORES = chooseCores();

export const options = {
  /** Nothing left out: the figures are for docs/. */
  isWhole: !['QUICK', 'ONLY', 'ALGS', 'WORKLOADS', 'BUNDLE'].some((name) => process.env[name]),
  rounds: count('ROUNDS', isQuick ? 1 : 3),
  /** The longest that one contender is under load in one round. */
  seconds: count('SECONDS', 1),
  connections: 16,
  /** Tokens in turn, and tokens that are seen once (in all rounds together). */
  tokens: isQuick ? 1000 : 20_000,
  /** Tokens in turn while memory is watched, and after how many requests it is looked at. */
  memory: isQuick
    ? { tokens: 2000, step: 1000, steps: 4 }
    : { tokens: 100_000, step: 50_000, steps: 20 },
  only: new RegExp(process.env.ONLY || '', 'i'),
  algorithms: choice('ALGS', ALGORITHMS, isQuick ? ['RS256'] : ALGORITHMS),
  workloads: choice('WORKLOADS', WORKLOADS, WORKLOADS),
  /** The module under test; another build of it can be measured. */
  bundle: process.env.BUNDLE || 'dist/auth_jwt.js',
  /** Whether the instructions are written down, for later runs to be held against. */
  isRecorded: process.env.RECORD === '1',
};

const NAMES = ['QUICK', 'ROUNDS', 'SECONDS', 'ONLY', 'ALGS', 'WORKLOADS', 'BUNDLE'];

/** The command of this run, for the report. */
export const COMMAND = [
  ...NAMES.filter((name) => process.env[name]).map((name) => `${name}='${process.env[name]}'`),
  'make bench',
].join(' ');

/** The first two cores that this process may run on: `taskset` before the command chooses others. */
function chooseCores() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  const allowed = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const [gateway = 0, load = gateway] = allowed;
  return { gateway, load };
}

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

// One load on one contender: what it answered, and what that cost.

import { pinned } from './container.mjs';
import { CORES, options } from './options.mjs';
import { subject } from './tokens.mjs';

const TOKENS_FILE = '/bench/tokens.txt';
/** The most that a load may take which ends by itself. */
const PATIENCE_S = 300;
/** An answer is late where a busy host stops the machine for a second or two; that is no failure. */
const ANSWER_WITHIN_S = 10;
/** How often a load is begun anew in whose time nothing was answered at all: the host did something else. */
const ATTEMPTS = 5;

/**
 * @typedef {object} Load which tokens of the file, and how
 * @property {number} first
 * @property {number} count
 * @property {boolean} [once] whether the load ends when each has come once
 * @property {number} [seconds] when it ends in any case
 *
 * @typedef {object} Measurement
 * @property {number} requests
 * @property {number} rate requests per second
 * @property {number} cpu µs per request, of all processes involved
 * @property {number} p50 latency, µs
 * @property {number} p99 latency, µs
 * @property {number} memory resident, kB, of the worker and the service
 * @property {Memory} worker
 *
 * @typedef {object} Memory of a process, in kB
 * @property {number} resident
 * @property {number} own of it, what is not in the zones: they are the only shared memory of a worker
 */

/**
 * @param {import('./container.mjs').Container} container
 * @param {import('./container.mjs').Running} running
 * @param {Load} load
 * @param {number} [attempt] which one it is
 * @returns {Promise<Measurement>}
 */
export async function measure(container, running, load, attempt = 1) {
  const { contender, url, pids } = running;
  const { first, count, once, seconds } = load;
  const limits = [`-d${seconds ?? PATIENCE_S}s`, `--timeout=${ANSWER_WITHIN_S}s`];
  const wrk = ['wrk', '-t1', `-c${options.connections}`, ...limits];
  const output = await container.exec([
    'sh',
    '/bench/measure.sh',
    pids.join(' '),
    ...pinned(CORES.load),
    ...wrk,
    '-s/bench/load.lua',
    url,
    '--',
    TOKENS_FILE,
    String(first),
    String(count),
    once ? 'once' : 'cycle',
  ]);
  const result = JSON.parse(/^RESULT (.+)$/m.exec(output)?.[1] ?? '{}');
  const before = Number(/^BEFORE (\d+)$/m.exec(output)?.[1]);
  const after = Number(/^AFTER (\d+)$/m.exec(output)?.[1]);
  // What is under way when the last token has been sent is not counted.
  const expected = seconds === undefined ? count - options.connections : 1;
  if (seconds !== undefined && result.requests === 0 && attempt < ATTEMPTS) {
    console.error(`bench: ${contender.name} answered nothing in ${seconds} s; once more`);
    return measure(container, running, load, attempt + 1);
  }
  if (!(after > before) || !(result.requests >= expected)) {
    throw new Error(`${contender.name}: the load failed\n${output}`);
  }
  if (result.refused > 0 || result.errors > 0) {
    const log = await container.errorLog(contender.name);
    throw new Error(`${contender.name}: answers other than 200, or none\n${output}\n${log}`);
  }
  const memories = readMemories(output);
  const [worker = { resident: 0, own: 0 }] = memories;
  return {
    requests: result.requests,
    rate: result.requests / result.seconds,
    cpu: (after - before) / 1000 / result.requests,
    p50: result.p50,
    p99: result.p99,
    memory: memories
      .slice(0, contender.service ? 2 : 1)
      .reduce((sum, { resident }) => sum + resident, 0),
    worker,
  };
}

/**
 * Looks at the memory of a worker that has nothing to do.
 *
 * @param {import('./container.mjs').Container} container
 * @param {import('./container.mjs').Running} running
 * @returns {Promise<Memory>}
 */
export async function readMemory(container, { contender, pids: [worker = ''] }) {
  const output = await container.exec(['sh', '/bench/measure.sh', worker, 'true']);
  const [memory] = readMemories(output);
  if (memory === undefined) {
    throw new Error(`${contender.name}: the memory could not be read\n${output}`);
  }
  return memory;
}

/**
 * @param {string} output of measure.sh
 * @returns {Memory[]}
 */
function readMemories(output) {
  return [...output.matchAll(/^MEMORY (\d+) (\d+)$/gm)].map(([, all, shared]) => ({
    resident: Number(all),
    own: Number(all) - Number(shared),
  }));
}

/**
 * Sees that a contender lets the good pass and refuses the bad: what does not check is fast.
 *
 * @param {import('./container.mjs').Container} container
 * @param {import('./container.mjs').Running} running
 * @param {string} token the first one
 */
export async function check(container, { contender, url }, token) {
  // In the middle of the signature: bits of its last character may count for nothing.
  const middle = Math.floor((token.lastIndexOf('.') + token.length) / 2);
  const other = token[middle] === 'A' ? 'B' : 'A';
  const tampered = `${token.slice(0, middle)}${other}${token.slice(middle + 1)}`;
  const command = ['node', '/bench/check.mjs', url, token, tampered, token, tampered];
  const answers = (await container.exec(command))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const claims = contender.exports
    ? [subject(0), 'person-0@example.com', 'editor']
    : [null, null, null];
  const good = { status: 200, claims };
  const bad = contender.checks ? { status: 401, claims: [null, null, null] } : good;
  const expected = [good, bad, good, bad];
  if (JSON.stringify(answers) !== JSON.stringify(expected)) {
    const log = await container.errorLog(contender.name);
    throw new Error(
      `${contender.name} does not answer as it should\n` +
        `expected ${JSON.stringify(expected)}\nbut got  ${JSON.stringify(answers)}\n${log}`,
    );
  }
}

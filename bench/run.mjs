// The side-by-side benchmark: measures every contender under every workload, prints a report and
// writes it to docs/benchmarks.md. See README.md beside this file.

import { writeFile } from 'node:fs/promises';
import { ROOT, run } from '../build/run.mjs';
import { Container, keepBundle } from './container.mjs';
import { BASE, CONTENDERS } from './contenders.mjs';
import { measureInstructions } from './instructions.mjs';
import { describeMachine, readCpuTimes } from './machine.mjs';
import { check, measure } from './measure.mjs';
import { measureMemory } from './memory.mjs';
import { options } from './options.mjs';
import { measureParts } from './parts.mjs';
import { findRegressions, record } from './regressions.mjs';
import { renderReport } from './report.mjs';
import { prepareTokens } from './tokens.mjs';

const { tokens: COUNT } = options;
/** Workloads that are loads, and measured in rounds. */
const LOADS = ['hot', 'warm', 'unseen'];
const HOT = { first: 0, count: 1 };
const WARM = { first: 1, count: COUNT };
const SLICE = Math.max(1, Math.floor(COUNT / options.rounds));
/** Enough for Node to compile what it runs. */
const WARM_UP = { first: 1, count: Math.min(COUNT, 2000), once: true };

/**
 * @typedef {object} Series the measurements of a contender under one workload, round by round
 * @property {import('./contenders.mjs').Contender} contender
 * @property {import('./measure.mjs').Measurement[]} rounds
 *
 * @typedef {{workload: string, algorithm: string, series: Series[]}} Result
 */

/**
 * @param {string} workload
 * @param {number} round
 * @returns {import('./measure.mjs').Load}
 */
function loadOf(workload, round) {
  switch (workload) {
    case 'hot':
      return { ...HOT, seconds: options.seconds };
    case 'warm':
      return { ...WARM, seconds: options.seconds };
    default:
      return {
        first: 1 + COUNT + round * SLICE,
        count: SLICE,
        once: true,
        seconds: options.seconds,
      };
  }
}

/** @param {string} algorithm */
function choose(algorithm) {
  return CONTENDERS.filter(
    ({ name, supports }) =>
      (name === BASE || options.only.test(name)) && (supports?.(algorithm) ?? true),
  );
}

/**
 * Round-robin: what disturbs the machine for a while disturbs all contenders alike.
 *
 * @param {Container} container
 * @param {import('./container.mjs').Running[]} contenders
 * @param {string} workload
 * @returns {Promise<Series[]>}
 */
async function measureRounds(container, contenders, workload) {
  const series = contenders.map((running) => ({
    running,
    contender: running.contender,
    rounds: /** @type {import('./measure.mjs').Measurement[]} */ ([]),
  }));
  for (let round = 0; round < options.rounds; round++) {
    for (const { running, rounds } of series) {
      rounds.push(await measure(container, running, loadOf(workload, round)));
    }
  }
  return series;
}

/**
 * @param {Container} container
 * @param {import('./container.mjs').Running} running
 * @param {string} workload
 */
async function warmUp(container, running, workload) {
  const isRemembered = workload === 'warm' && running.contender.remembers;
  await measure(container, running, isRemembered ? { ...WARM, once: true } : WARM_UP);
}

/**
 * @param {string} image
 * @param {string} algorithm
 * @param {string} workload
 * @param {AbortSignal} signal
 * @returns {Promise<Result>}
 */
async function measureWorkload(image, algorithm, workload, signal) {
  console.error(`bench: ${workload}, ${algorithm}`);
  const material = await prepareTokens(`${ROOT}dist/bench/tokens`, algorithm, 1 + 2 * COUNT);
  const contenders = choose(algorithm);
  const container = new Container(`njs-auth-jwt-bench-${process.pid}`, signal);
  try {
    await container.start(image, algorithm, material, contenders);
    const running = [];
    for (const [index, contender] of contenders.entries()) {
      const started = await container.startContender(contender, index, algorithm);
      await check(container, started, material.tokens[0] ?? '');
      await warmUp(container, started, workload);
      running.push(started);
    }
    return { workload, algorithm, series: await measureRounds(container, running, workload) };
  } finally {
    await container.remove();
  }
}

/** @param {AbortSignal} signal */
async function main(signal) {
  await keepBundle();
  const image = (await run(['bench/image.sh'], signal)).trim();
  const before = await readCpuTimes();
  /** @param {string} workload */
  const isWanted = (workload) => options.workloads.includes(workload);
  // The short ones first: what is broken shows before half an hour has gone.
  const parts = isWanted('parts') ? await measureParts(image, signal) : new Map();
  const instructions = isWanted('instructions') ? await measureInstructions(image, signal) : [];
  const results = [];
  for (const workload of LOADS.filter(isWanted)) {
    for (const algorithm of options.algorithms) {
      results.push(await measureWorkload(image, algorithm, workload, signal));
    }
  }
  const memory = isWanted('memory') ? await measureMemory(image, signal) : [];
  const report = renderReport(
    results,
    memory,
    parts,
    instructions,
    await describeMachine(image, before),
  );
  const file = options.isWhole ? 'docs/benchmarks.md' : 'dist/bench/benchmarks.md';
  await writeFile(`${ROOT}${file}`, report);
  console.log(report);
  console.error(`bench: written to ${file}`);
  if (options.isRecorded) {
    await record(instructions);
    return;
  }
  const losses = await findRegressions(instructions);
  if (losses.length > 0) {
    throw new Error(`dearer than it was:\n${losses.join('\n')}`);
  }
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => interruption.abort());
}
try {
  await main(interruption.signal);
} catch (error) {
  const isStopped = interruption.signal.aborted;
  const message = error instanceof Error ? error.message : error;
  console.error(isStopped ? 'bench: stopped' : `bench: ${message}`);
  process.exitCode = 1;
}

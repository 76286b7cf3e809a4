// Whether the memory of a worker stays where it is, over many requests with many different tokens.

import { ROOT } from '../build/run.mjs';
import { Container } from './container.mjs';
import { MEMORY_CONTENDERS } from './contenders.mjs';
import { check, measure, readMemory } from './measure.mjs';
import { options } from './options.mjs';
import { renderSnippet, sizeOfZones } from './snippet.mjs';
import { prepareTokens } from './tokens.mjs';

/** Quick to sign, and verified with a key object of OpenSSL as all but HMAC are. */
const ALGORITHM = 'ES256';

/**
 * @typedef {object} Sample
 * @property {number} requests how many there have been by then
 * @property {import('./measure.mjs').Memory} memory
 *
 * @typedef {object} MemorySeries
 * @property {import('./contenders.mjs').Contender} contender
 * @property {number} zones megabytes of its zones
 * @property {Sample[]} samples the first before any request, the others each a step further
 */

/**
 * @param {string} image
 * @param {AbortSignal} signal
 * @returns {Promise<MemorySeries[]>}
 */
export async function measureMemory(image, signal) {
  const contenders = MEMORY_CONTENDERS.filter(({ name }) => options.only.test(name));
  if (contenders.length === 0) {
    return [];
  }
  console.error(`bench: memory, ${ALGORITHM}`);
  const { tokens } = options.memory;
  const material = await prepareTokens(`${ROOT}dist/bench/tokens`, ALGORITHM, tokens);
  const container = new Container(`njs-auth-jwt-bench-${process.pid}`, signal);
  try {
    await container.start(image, ALGORITHM, material, contenders);
    const series = [];
    for (const [index, contender] of contenders.entries()) {
      const running = await container.startContender(contender, index, ALGORITHM);
      const samples = await watch(container, running, material.tokens[0] ?? '');
      series.push({ contender, zones: sizeOfZones(await renderSnippet(contender)), samples });
    }
    return series;
  } finally {
    await container.remove();
  }
}

/**
 * Sends the tokens in turn, a step at a time, and looks after each.
 *
 * @param {Container} container
 * @param {import('./container.mjs').Running} running
 * @param {string} token the first one
 */
async function watch(container, running, token) {
  const { tokens, step, steps } = options.memory;
  /** @type {Sample[]} */
  const samples = [{ requests: 0, memory: await readMemory(container, running) }];
  await check(container, running, token);
  let requests = 0;
  for (let index = 0; index < steps; index++) {
    const load = { first: (index * step) % tokens, count: step, once: true };
    const measurement = await measure(container, running, load);
    requests += measurement.requests;
    samples.push({ requests, memory: measurement.worker });
  }
  return samples;
}

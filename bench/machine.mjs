// What the figures of a run hold for: machine, versions, command.

import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { run } from '../build/run.mjs';
import { COMMAND, CORES, options } from './options.mjs';

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in
const FORMAT = '${Package} ${Version}\n';
const PACKAGES = [
  'nginx',
  'libnginx-mod-http-js',
  'libnginx-mod-http-auth-jwt',
  'nodejs',
  'wrk',
  'valgrind',
];

/** @typedef {{busy: number, stolen: number}} CpuTimes of all cores, in ticks */

/**
 * Reads how long the cores have worked or wanted to, and how much of that the host gave to others.
 *
 * @returns {Promise<CpuTimes>}
 */
export async function readCpuTimes() {
  const [, line = ''] = /^cpu +(.+)$/m.exec(await readFile('/proc/stat', 'utf8')) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line
    .split(' ')
    .map(Number);
  return { busy: user + nice + system + irq + softirq + stolen, stolen };
}

/**
 * What the figures hold for.
 *
 * @param {string} image
 * @param {CpuTimes} before times at the start of the run
 * @returns {Promise<string[]>}
 */
export async function describeMachine(image, before) {
  const query = ['dpkg-query', '-W', '-f', FORMAT, ...PACKAGES, 'libssl3t64'];
  const packages = await run(['docker', 'run', '--rm', '--network', 'none', image, ...query]);
  const jose = JSON.parse(await run(['cat', 'node_modules/jose/package.json']));
  const cores = cpus();
  const after = await readCpuTimes();
  const stolen = (100 * (after.stolen - before.stolen)) / (after.busy - before.busy);
  return [
    `- CPU: ${cores[0]?.model.trim()}, ${cores.length} cores; memory ${Math.round(totalmem() / 2 ** 30)} GB; Linux ${release()}`,
    `- Debian forky: ${packages.trim().split('\n').join(', ')}; jose ${jose.version}`,
    `- ${new Date().toISOString().slice(0, 10)}, \`${COMMAND}\``,
    CORES.load !== CORES.gateway
      ? `- nginx (one worker) and the service on core ${CORES.gateway}, the load on core ${CORES.load}`
      : `- nginx (one worker), the service and the load all on core ${CORES.gateway}`,
    `- Taken by other guests of the host meanwhile: ${stolen.toFixed(1)} % of the time the machine wanted to work`,
    `- Rounds: ${options.rounds}, in each of them one contender after the other; medians over the rounds; ${options.connections} connections; ` +
      `${options.seconds} s each, or less where ${Math.floor(options.tokens / options.rounds).toLocaleString('en')} tokens never seen before are used up`,
  ];
}

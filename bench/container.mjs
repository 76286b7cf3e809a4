// The container in which everything runs, and the contenders started in it.

import { copyFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ROOT, run } from '../build/run.mjs';
import { AUDIENCE, ISSUER } from './contenders.mjs';
import { renderConfig } from './nginx.conf.mjs';
import { CORES, options } from './options.mjs';
import { renderSnippet } from './snippet.mjs';

const STAGE = `${ROOT}dist/bench/stage`;
const BUNDLE = `${ROOT}dist/bench/auth_jwt.js`;
/** What times the stations apart. */
export const PARTS = `${ROOT}dist/bench/parts.js`;
const FIRST_PORT = 8100;
const FIRST_SERVICE_PORT = 9100;

/**
 * @typedef {object} Running a contender that is up
 * @property {import('./contenders.mjs').Contender} contender
 * @property {string} url of what it protects
 * @property {string[]} pids of all processes, the worker first, then the service if there is one
 */

/**
 * @param {number} core
 * @returns {string[]} what keeps a command on that core
 */
export function pinned(core) {
  return ['taskset', '-c', String(core)];
}

/**
 * @param {number} index of a contender, among all
 * @returns {string} where what it protects is
 */
export function urlOf(index) {
  return `http://127.0.0.1:${FIRST_PORT + index}/resource`;
}

/** Sets the module under test aside: all of the run measures one and the same. */
export async function keepBundle() {
  await mkdir(`${ROOT}dist/bench`, { recursive: true });
  await copyFile(resolve(ROOT, options.bundle), BUNDLE);
}

/** A container with what one workload needs, and nothing running in it yet. */
export class Container {
  #name;
  #signal;

  /**
   * @param {string} name
   * @param {AbortSignal} signal
   */
  constructor(name, signal) {
    this.#name = name;
    this.#signal = signal;
  }

  /**
   * @param {string} image
   * @param {string} algorithm
   * @param {import('./tokens.mjs').Material} material
   * @param {import('./contenders.mjs').Contender[]} contenders
   */
  async start(image, algorithm, material, contenders) {
    await stage(algorithm, material, contenders);
    const create = ['docker', 'create', '--init', '--network', 'none', '--name', this.#name];
    await run([...create, image, 'sleep', 'infinity']);
    await run(['docker', 'cp', `${STAGE}/.`, `${this.#name}:/`], this.#signal);
    await run(['docker', 'start', this.#name], this.#signal);
  }

  /** @param {string[]} command */
  exec(command) {
    return run(['docker', 'exec', this.#name, ...command], this.#signal);
  }

  /**
   * @param {import('./contenders.mjs').Contender} contender
   * @param {number} index its place among all
   * @param {string} algorithm
   * @returns {Promise<Running>}
   */
  async startContender(contender, index, algorithm) {
    const services = contender.service
      ? [await this.#startService(contender, index, algorithm)]
      : [];
    const output = await this.exec(['sh', '/bench/start.sh', contender.name]);
    const [worker = '', ...others] = output.trim().split('\n');
    return {
      contender,
      url: urlOf(index),
      pids: [worker, ...services, ...others],
    };
  }

  /**
   * @param {import('./contenders.mjs').Contender} contender
   * @param {number} index
   * @param {string} algorithm
   */
  async #startService({ name, keys }, index, algorithm) {
    const file = `/tmp/${name}.service.pid`;
    const command = [
      ...pinned(CORES.gateway),
      'node',
      '/bench/jose-service.mjs',
      String(FIRST_SERVICE_PORT + index),
      `/bench/keys-${keys ?? 1}.json`,
      algorithm,
      ISSUER,
      AUDIENCE,
    ];
    const script = `echo $$ >${file}; exec "$@"`;
    const start = ['docker', 'exec', '-d', this.#name, 'sh', '-c', script, 'sh', ...command];
    await run(start, this.#signal);
    const probe = `for i in $(seq 100); do
      node -e 'require("net").connect(${FIRST_SERVICE_PORT + index}, "127.0.0.1").on("error", () => process.exit(1)).on("connect", () => process.exit(0))' && exit 0
      sleep 0.1
    done; exit 1`;
    await this.exec(['sh', '-c', probe]);
    return (await this.exec(['cat', file])).trim();
  }

  /**
   * @param {string} name of the contender
   * @returns {Promise<string>} its error log
   */
  errorLog(name) {
    return this.exec(['tail', '-n', '5', `/tmp/${name}.log`]).catch(String);
  }

  async remove() {
    await run(['docker', 'rm', '--force', '--volumes', this.#name]);
  }
}

/**
 * Puts together what is copied into the container, with its paths.
 *
 * @param {string} algorithm
 * @param {import('./tokens.mjs').Material} material
 * @param {import('./contenders.mjs').Contender[]} contenders
 */
async function stage(algorithm, material, contenders) {
  await rm(STAGE, { recursive: true, force: true });
  const bench = `${STAGE}/bench`;
  await mkdir(bench, { recursive: true });
  await mkdir(`${STAGE}/etc/nginx/js`, { recursive: true });
  await mkdir(`${STAGE}/etc/nginx/auth_jwt`);
  await copyFile(BUNDLE, `${STAGE}/etc/nginx/js/auth_jwt.js`);
  if (contenders.some(({ name }) => name.startsWith('parts'))) {
    await copyFile(PARTS, `${bench}/parts.js`);
  }
  const snippets = `${STAGE}/etc/nginx/auth_jwt`;
  await copyFile(`${ROOT}nginx/auth_jwt_policy.conf`, `${snippets}/auth_jwt_policy.conf`);
  await cp(`${ROOT}bench/inside`, bench, { recursive: true });
  await cp(`${ROOT}node_modules/jose`, `${bench}/node_modules/jose`, { recursive: true });
  await writeFile(`${bench}/resource.txt`, 'The protected resource.\n');
  await writeFile(`${bench}/tokens.txt`, `${material.tokens.join('\n')}\n`);
  await writeFile(`${bench}/public.pem`, material.publicKeyPem);
  for (const count of [1, 50]) {
    const keys = material.publicKeys.slice(-count);
    await writeFile(`${bench}/keys-${count}.json`, JSON.stringify({ keys }));
  }
  for (const [index, contender] of contenders.entries()) {
    const scene = {
      algorithm,
      secretHex: material.secretHex,
      keySet: `/bench/keys-${contender.keys ?? 1}.json`,
      publicKey: '/bench/public.pem',
      servicePort: FIRST_SERVICE_PORT + index,
      snippet: `/etc/nginx/auth_jwt/${contender.name}.conf`,
    };
    const config = renderConfig(contender, scene, FIRST_PORT + index);
    await writeFile(`${bench}/${contender.name}.conf`, config);
    await writeFile(`${snippets}/${contender.name}.conf`, await renderSnippet(contender));
  }
}

// Runs an example of nginx/examples in a container, nginx and services together, and shows what it
// answers, with the lines to paste. Stays until Ctrl-C; with --check, plays all examples, compares
// and ends.
//
//   node build/demo.mjs [EXAMPLE]
//   node build/demo.mjs --check [EXAMPLE …]
//
// An example is a folder with nginx.conf, services/*.ts, demo.mjs (the requests) and perhaps
// keys.sh.
//
// Environment: DEMO_PORT, where to publish it on 127.0.0.1. dist/demo-base names the image it is
// built on.

import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, run } from './run.mjs';

/**
 * A line for a shell, and what must come of it: curl prints head and body.
 *
 * @typedef {object} DemoRequest
 * @property {string} title
 * @property {string} line
 * @property {number} status
 * @property {string} text a part of the body
 */

const EXAMPLES = `${ROOT}nginx/examples/`;
const START_TIMEOUT_MS = 30_000;
const port = process.env.DEMO_PORT || '8080';
const gateway = `http://127.0.0.1:${port}`;
const name = `njs-auth-jwt-demo-${process.pid}`;

/** @returns {Promise<string[]>} the names of all examples */
async function listExamples() {
  const paths = await readdir(EXAMPLES, { recursive: true });
  return paths
    .filter((path) => /^[\w-]+\/nginx\.conf$/.test(path))
    .map((path) => path.slice(0, path.indexOf('/')))
    .sort();
}

/**
 * @param {string} example
 * @returns {Promise<DemoRequest[]>}
 */
async function readRequests(example) {
  const { default: requests } = await import(`${EXAMPLES}${example}/demo.mjs`);
  return requests(gateway);
}

async function readBase() {
  const base = await readFile(`${ROOT}dist/demo-base`, 'utf8').catch(() => '');
  if (base.trim() === '') {
    throw new Error(
      'the examples run in an image with nginx, njs, openssl and Node 22.18 or later. As root on ' +
        'Debian or Ubuntu, "make setup" builds it; elsewhere name one of yours: ' +
        'DEMO_BASE=image make demo',
    );
  }
  return base.trim();
}

/** @param {AbortSignal} signal */
async function buildImage(signal) {
  const base = await readBase();
  console.log(`Building an image on ${base} ...`);
  const options = ['--quiet', '--build-arg', `BASE_IMAGE=${base}`, '--tag', 'njs-auth-jwt/demo'];
  const id = await run(['docker', 'build', ...options, '-f', 'nginx/Dockerfile', '.'], signal);
  return id.trim();
}

/**
 * @param {string} image
 * @param {string} example
 */
async function createContainer(image, example) {
  const published = ['--publish', `127.0.0.1:${port}:8080`, '--env', 'LISTEN=8080'];
  const options = ['--name', name, ...published];
  const start = ['/etc/nginx/examples/start.sh', example];
  const id = await run(['docker', 'create', ...options, image, ...start]);
  return id.trim();
}

/** @param {string} container */
async function startContainer(container) {
  try {
    await run(['docker', 'start', container]);
  } catch (error) {
    if (/already allocated|address already in use/.test(String(error))) {
      throw new Error(`port ${port} of 127.0.0.1 is in use: choose another one with DEMO_PORT`);
    }
    throw error;
  }
}

/** @param {string} container */
const readLog = (container) => run(['sh', '-c', 'docker logs "$0" 2>&1', container]);

/**
 * Waits until every service says that it listens, and nginx answers something.
 *
 * @param {string} container
 * @param {string} example
 * @param {AbortSignal} signal
 */
async function waitForStart(container, example, signal) {
  const files = await readdir(`${EXAMPLES}${example}/services`);
  const services = files.filter((file) => file.endsWith('.ts')).length;
  // Not fetch: with a connection that Docker's proxy drops at the start, undici of Node 20 lets the
  // process end in the middle.
  const probe = ['curl', '-s', '-o', '/dev/null', '--max-time', '2', `${gateway}/`];
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const listening = (await readLog(container)).match(/listening on /g) ?? [];
    const answers = () =>
      run(probe, signal).then(
        () => true,
        () => false,
      );
    if (listening.length >= services && (await answers())) {
      return;
    }
    await sleep(100, undefined, { signal });
  }
  throw new Error(`${example} did not start within ${START_TIMEOUT_MS / 1000} s`);
}

/**
 * Runs every line and prints what it answers.
 *
 * @param {DemoRequest[]} requests
 * @param {AbortSignal} signal
 * @returns {Promise<string[]>} the lines whose answer was not the expected one
 */
async function showRequests(requests, signal) {
  const differing = [];
  for (const { title, line, status, text } of requests) {
    console.log(`\n# ${title}\n${line}`);
    const answer = await run(['sh', '-c', line], signal);
    const [head = '', body = ''] = answer.split(/\r\n\r\n(.*)/s);
    const [, actual = 'no status'] = head.split(' ');
    console.log(`${actual} ${body.trim()}`);
    if (actual !== String(status) || !body.includes(text)) {
      console.log(`!! expected ${status} and in the body: ${text}`);
      differing.push(line);
    }
  }
  return differing;
}

/**
 * @param {string} container
 * @param {string} example
 * @param {boolean} isCheck
 * @param {AbortSignal} signal
 */
async function demonstrate(container, example, isCheck, signal) {
  const requests = await readRequests(example);
  await startContainer(container);
  await waitForStart(container, example, signal);
  const differing = await showRequests(requests, signal);
  if (!isCheck) {
    console.log(`\n${example} runs at ${gateway}/ as container ${name}. Ctrl-C removes it.`);
    await run(['docker', 'wait', container], signal);
    throw new Error('the container ended by itself');
  }
  if (differing.length > 0) {
    throw new Error(`${example}: not the expected answer:\n  ${differing.join('\n  ')}`);
  }
  console.log(`\n${example}: all ${requests.length} answers are as expected.`);
}

/**
 * Whatever happens after the container has been created, it is removed.
 *
 * @param {string} image
 * @param {string} example
 * @param {boolean} isCheck
 * @param {AbortSignal} signal
 */
async function play(image, example, isCheck, signal) {
  console.log(`\n=== ${example}: nginx/examples/${example}/README.md`);
  const container = await createContainer(image, example);
  try {
    await demonstrate(container, example, isCheck, signal);
  } catch (error) {
    if (!signal.aborted) {
      const log = await readLog(container).catch(String);
      console.error(`\nLog of the container:\n${log.trim() || '(empty)'}\n`);
    }
    throw error;
  } finally {
    await run(['docker', 'rm', '--force', '--volumes', container]);
  }
}

/**
 * @param {boolean} isCheck
 * @param {string[]} wanted
 * @param {AbortSignal} signal
 */
async function main(isCheck, wanted, signal) {
  const examples = await listExamples();
  const unknown = wanted.filter((example) => !examples.includes(example));
  if (unknown.length > 0) {
    throw new Error(`no example ${unknown.join(', ')}; there are ${examples.join(', ')}`);
  }
  await run(['curl', '--version']);
  const image = await buildImage(signal);
  const all = isCheck ? examples : ['microservices'];
  for (const example of wanted.length > 0 ? wanted : all) {
    await play(image, example, isCheck, signal);
  }
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => interruption.abort());
}
// A reader that goes away, as in "demo.mjs | head", must not leave the container behind either.
process.stdout.on('error', () => interruption.abort());
const isCheck = process.argv.includes('--check');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--check');
try {
  await main(isCheck, wanted, interruption.signal);
} catch (error) {
  // By its name: a container that could not be removed is an error also after Ctrl-C.
  if (error instanceof Error && error.name === 'AbortError') {
    console.log('\nStopped.');
    process.exitCode = isCheck ? 1 : 0;
  } else {
    console.error(`demo: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

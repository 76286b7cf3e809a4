// Starts nginx/examples/microservices.conf in a container and shows what it answers to good and bad
// tokens, with the curl lines to paste. Stays until Ctrl-C; with --check, compares the answers and
// ends.
//
// Environment: BASE_IMAGE, an nginx with njs; DEMO_PORT, where to publish it on 127.0.0.1.

import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.mjs';

const baseImage = process.env.BASE_IMAGE || 'njs-auth-jwt/debian-forky';
const port = process.env.DEMO_PORT || '8080';
const gateway = `http://127.0.0.1:${port}`;
const name = `njs-auth-jwt-demo-${process.pid}`;
const START_TIMEOUT_MS = 15_000;

/** @param {string} [query] what kind of token, for the signer */
const token = (query = '') => `$(curl -s '${gateway}/signer/example-token${query}')`;

// In the middle of the signature: bits of its last character may count for nothing.
const tamper = "sed 's/.\\{10\\}\\(.\\{20\\}\\)$/tampered--\\1/'";
const tampered = `$(curl -s '${gateway}/signer/example-token' | ${tamper})`;

/**
 * @param {string} path
 * @param {string} [bearer] the token, or shell text that gets one
 * @param {string} [more] more arguments
 */
function curl(path, bearer, more = '') {
  const authorization = bearer === undefined ? '' : ` -H "Authorization: Bearer ${bearer}"`;
  return `curl -si ${gateway}${path}${authorization}${more}`;
}

const ALICE = '"claims":{"sub":"alice","email":"alice@example.com","role":"editor"}';
const BOTH_SEE_ALICE = `{"service":"a",${ALICE},"b":{"service":"b",${ALICE}}}`;

/** @typedef {{title: string, line: string, status: number, text: string}} DemoRequest */

/** The demo. `text` is a part of the body. @type {DemoRequest[]} */
const REQUESTS = [
  {
    title: 'A good token, ES512: A learns who calls, and B from A',
    line: curl('/a/', token()),
    status: 200,
    text: BOTH_SEE_ALICE,
  },
  {
    title: 'A good token, RS256',
    line: curl('/a/', token('?alg=RS256')),
    status: 200,
    text: BOTH_SEE_ALICE,
  },
  {
    title: 'A good token beside a forged claim header',
    line: curl('/a/', token(), " -H 'X-JWT-Sub: mallory'"),
    status: 200,
    text: BOTH_SEE_ALICE,
  },
  {
    title: 'No token',
    line: curl('/a/'),
    status: 401,
    text: '"reason":"empty_token"',
  },
  {
    title: 'A tampered token',
    line: curl('/a/', tampered),
    status: 401,
    text: '"reason":"bad_signature"',
  },
  {
    title: 'An expired token',
    line: curl('/a/', token('?kind=expired')),
    status: 401,
    text: '"reason":"not_active"',
  },
  {
    title: 'A token of another issuer',
    line: curl('/a/', token('?kind=wrong-issuer')),
    status: 401,
    text: '"reason":"bad_issuer"',
  },
  {
    title: 'The same services with an error map of your own: a good token',
    line: curl('/own-errors/a/', token()),
    status: 200,
    text: BOTH_SEE_ALICE,
  },
  {
    title: 'No token',
    line: curl('/own-errors/a/'),
    status: 400,
    text: '"error": "token is empty"',
  },
  {
    title: 'No JWT at all',
    line: curl('/own-errors/a/', 'not-a-jwt'),
    status: 400,
    text: '"error": "token is malformed"',
  },
  {
    title: 'A tampered token',
    line: curl('/own-errors/b/', tampered),
    status: 400,
    text: '"error": "invalid signature"',
  },
  {
    title: 'An expired token',
    line: curl('/own-errors/b/', token('?kind=expired')),
    status: 403,
    text: '"error": "token is not active"',
  },
];

/** @param {AbortSignal} signal */
async function buildImage(signal) {
  console.log(`Building an image on ${baseImage} ...`);
  const options = [
    '--quiet',
    '--build-arg',
    `BASE_IMAGE=${baseImage}`,
    '--tag',
    'njs-auth-jwt/demo',
  ];
  const id = await run(['docker', 'build', ...options, '-f', 'nginx/Dockerfile', '.'], signal);
  return id.trim();
}

/** @param {string} image */
async function createContainer(image) {
  const options = ['--name', name, '--publish', `127.0.0.1:${port}:8080`];
  const nginx = ['nginx', '-c', '/etc/nginx/examples/microservices.conf', '-g', 'daemon off;'];
  const id = await run(['docker', 'create', ...options, image, ...nginx]);
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

/** @param {AbortSignal} signal */
async function waitForAnswer(signal) {
  // Not fetch: with a connection that Docker's proxy drops at the start, undici of Node 20 lets the
  // process end in the middle.
  const probe = ['curl', '-sf', '--max-time', '2', `${gateway}/signer/jwk`];
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const answer = await run(probe, signal).catch(() => '');
    if (answer !== '') {
      return;
    }
    await sleep(100, undefined, { signal });
  }
  throw new Error(`${gateway} did not answer within ${START_TIMEOUT_MS / 1000} s`);
}

/**
 * Runs every line and prints what it answers.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<string[]>} the lines whose answer was not the expected one
 */
async function showRequests(signal) {
  const differing = [];
  for (const { title, line, status, text } of REQUESTS) {
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
 * @param {boolean} isCheck
 * @param {AbortSignal} signal
 */
async function demonstrate(container, isCheck, signal) {
  await startContainer(container);
  await waitForAnswer(signal);
  const differing = await showRequests(signal);
  if (!isCheck) {
    console.log(`\nRunning at ${gateway}/ as container ${name}. Ctrl-C stops and removes it.`);
    await run(['docker', 'wait', container], signal);
    throw new Error('the container ended by itself');
  }
  if (differing.length > 0) {
    throw new Error(`not the expected answer:\n  ${differing.join('\n  ')}`);
  }
  console.log(`\nAll ${REQUESTS.length} answers are as expected.`);
}

/** @param {string} container */
async function showLog(container) {
  const log = await run(['sh', '-c', 'docker logs "$0" 2>&1', container]).catch(String);
  console.error(`\nLog of the container:\n${log.trim() || '(empty)'}\n`);
}

/**
 * Whatever happens after the container has been created, it is removed.
 *
 * @param {boolean} isCheck
 * @param {AbortSignal} signal
 */
async function main(isCheck, signal) {
  await run(['curl', '--version']);
  const image = await buildImage(signal);
  const container = await createContainer(image);
  try {
    await demonstrate(container, isCheck, signal);
  } catch (error) {
    if (!signal.aborted) {
      await showLog(container);
    }
    throw error;
  } finally {
    await run(['docker', 'rm', '--force', '--volumes', container]);
  }
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => interruption.abort());
}
// A reader that goes away, as in "demo.mjs | head", must not leave the container behind either.
process.stdout.on('error', () => interruption.abort());
const isCheck = process.argv.includes('--check');
try {
  await main(isCheck, interruption.signal);
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

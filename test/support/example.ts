import { readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { expect } from 'vitest';
import { type Files, type Nginx, RUN, startNginx, TEST_LABEL } from './nginx.ts';
import { ROOT, type Runtime } from './runtimes.ts';

const FOLDER = `${ROOT}nginx/examples/`;

/** The names of all examples. */
export const EXAMPLES: readonly string[] = readdirSync(FOLDER, {
  recursive: true,
  encoding: 'utf8',
})
  .filter((path) => /^[\w-]+\/nginx\.conf$/.test(path))
  .map((path) => path.slice(0, path.indexOf('/')))
  .sort();

/** Where the examples are in a container. */
const CONTAINED = '/etc/nginx/examples/';

/** As start.sh does it for LISTEN=8080: tests come from outside of the container. */
const LISTEN = ['s', 'listen 127.0.0.1:8080', 'listen 8080', ''];

/** A running example. */
export interface Example extends Nginx {
  /** What the services have written so far. */
  served(): string;
  /** Runs a command beside the services and gives what it printed. */
  execBeside(command: string): Promise<string>;
}

/**
 * Starts an example as it ships, but for the engine, which its comment leaves to the user, and a
 * louder log. The images of the runtimes have no Node: keys are made and services run in a
 * container of the demo's base, which shares the network of nginx, so that 127.0.0.1 is the same
 * for both.
 *
 * @param runtime the runtime of nginx
 * @param name of the example
 * @param environment variables for keys.sh and the services
 * @param files further files for nginx
 */
export async function startExample(
  runtime: Runtime,
  name: string,
  environment: Readonly<Record<string, string>> = {},
  files: Files = {},
): Promise<Example> {
  const publish = `sed -i '${LISTEN.join('/')}' ${CONTAINED}*/generated/*.conf`;
  const nginx = await startNginx(runtime, configurationOf(runtime, name), files, publish);
  let output = '';
  const services = await startServices(nginx, name, environment, (text) => {
    output += text;
  }).catch(async (error: unknown) => {
    await nginx[Symbol.asyncDispose]();
    throw new Error(`the services did not start: ${String(error)}\n${output}`);
  });
  await copyKeys(services, nginx);
  return {
    ...nginx,
    served: () => output,
    execBeside: async (command) => (await services.exec(['sh', '-c', command])).output,
    [Symbol.asyncDispose]: async () => {
      await services.stop({ timeout: 0 });
      await nginx[Symbol.asyncDispose]();
    },
  };
}

/**
 * The nginx.conf of an example as it ships, but for the engine, a louder log, and where it listens.
 *
 * @param runtime the runtime of nginx
 * @param name of the example
 */
export function configurationOf(runtime: Runtime, name: string): string {
  const engine = runtime.engine === 'qjs' ? 'js_engine qjs;' : '';
  const conf = readFileSync(`${FOLDER}${name}/nginx.conf`, 'utf8')
    .replace('# js_engine qjs;', engine)
    .replace('listen 127.0.0.1:8080', 'listen 8080')
    .replace('stderr warn', 'stderr info');
  expect(conf).toContain('error_log stderr info;');
  return conf;
}

function startServices(
  nginx: Nginx,
  name: string,
  environment: Readonly<Record<string, string>>,
  listen: (text: string) => void,
): Promise<StartedTestContainer> {
  const count = readdirSync(`${FOLDER}${name}/services`).filter((file) => file.endsWith('.ts'));
  return new GenericContainer(demoBase())
    .withLabels({ [TEST_LABEL]: RUN })
    .withNetworkMode(`container:${nginx.container.getId()}`)
    .withCopyDirectoriesToContainer([{ source: FOLDER, target: '/etc/nginx/examples' }])
    .withEnvironment(environment)
    .withEntrypoint(['sh', '/etc/nginx/examples/start.sh', name, 'services'])
    .withLogConsumer((stream) => {
      stream.on('data', (chunk) => listen(String(chunk)));
    })
    .withWaitStrategy(Wait.forLogMessage(/listening on/, count.length))
    .withStartupTimeout(30_000)
    .start();
}

function demoBase(): string {
  const image = readFileSync(`${ROOT}dist/demo-base`, 'utf8').trim();
  if (image === '') {
    throw new Error('the examples need an image with Node: run "make demo", it says what to do');
  }
  return image;
}

/** With owner and mode, as keys.sh has made them. */
async function copyKeys(services: StartedTestContainer, nginx: Nginx): Promise<void> {
  const { exitCode } = await services.exec(['test', '-d', '/etc/nginx/keys']);
  if (exitCode === 0) {
    const keys = await services.copyArchiveFromContainer('/etc/nginx/keys');
    await nginx.container.copyArchiveToContainer(keys as Readable, '/etc/nginx');
  }
}

import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { expect, onTestFailed, vi } from 'vitest';
import { ROOT, type Runtime } from './runtimes.ts';

/** Every container of the tests bears it, and says by it which run it belongs to. */
export const TEST_LABEL = 'njs-auth-jwt-test';

/** What the label says: the process that runs all the tests, whose child this one is. */
export const RUN = String(process.ppid);

/** How a container reaches the servers that a test runs on the host. */
export const HOST = 'host.docker.internal';

/** Files to put into the container, by absolute path. */
export type Files = Readonly<Record<string, string>>;

/** A running nginx. */
export interface Nginx extends AsyncDisposable {
  /** Port of the host that leads to port 8080 of the container. */
  readonly port: number;
  /** Everything that nginx has written to its error log so far. */
  log(): string;
  /** Waits until the error log has a line that matches; it comes a moment after the answer. */
  waitForLog(pattern: RegExp): Promise<void>;
  /** Runs a command in the container and gives what it printed. */
  exec(command: string): Promise<string>;
  /** Writes a file in the container. */
  write(path: string, content: string): Promise<void>;
  /** The container itself, for what the others do not do. */
  readonly container: StartedTestContainer;
}

/**
 * A whole nginx.conf around the `http` block of a test: the shipped auth_jwt.conf is always in it.
 *
 * @param runtime which engine it is for
 * @param http what else stands in `http {}`
 */
export function configure(runtime: Runtime, http: string): string {
  return `
load_module modules/ngx_http_js_module.so;
worker_processes 1;
error_log stderr info;
events {}
http {
  ${runtime.engine === 'qjs' ? 'js_engine qjs;' : ''}
  access_log off;
  include /etc/nginx/auth_jwt/auth_jwt.conf;
  ${http}
}
`;
}

/**
 * Starts nginx in a container, with the built bundle and the shipped snippets where users put them.
 *
 * @param runtime the runtime
 * @param conf whole text of nginx.conf
 * @param files further files
 * @param before shell command to run in the container before nginx starts
 * @param ports ports of the container that are reached from outside; 8080 is one of them
 */
export async function startNginx(
  runtime: Runtime,
  conf: string,
  files: Files = {},
  before = ':',
  ports: readonly number[] = [8080],
): Promise<Nginx> {
  let log = '';
  const container = await new GenericContainer(runtime.image)
    .withLabels({ [TEST_LABEL]: RUN })
    .withExtraHosts([{ host: HOST, ipAddress: 'host-gateway' }])
    .withExposedPorts(...ports)
    .withCopyFilesToContainer([
      { source: `${ROOT}dist/auth_jwt.js`, target: '/etc/nginx/js/auth_jwt.js' },
    ])
    .withCopyDirectoriesToContainer([
      { source: `${ROOT}nginx`, target: '/etc/nginx/auth_jwt' },
      { source: `${ROOT}nginx/examples`, target: '/etc/nginx/examples' },
    ])
    .withCopyContentToContainer(
      Object.entries({ ...files, '/etc/nginx/test.conf': conf }).map(([target, content]) => ({
        target,
        content,
      })),
    )
    .withEntrypoint(['sh', '-c'])
    .withCommand([`${before} && exec nginx -c /etc/nginx/test.conf -g 'daemon off;'`])
    .withLogConsumer((stream) => {
      stream.on('data', (chunk) => {
        log += String(chunk);
      });
    })
    .withWaitStrategy(Wait.forLogMessage(/start worker process \d+|\[emerg\]/))
    .withStartupTimeout(30_000)
    .start()
    .catch((error: unknown) => {
      throw new Error(`nginx did not start: ${String(error)}\n${log}`);
    });
  if (log.includes('[emerg]')) {
    await container.stop();
    throw new Error(`nginx did not start:\n${log}`);
  }
  return wrap(container, () => log);
}

function wrap(container: StartedTestContainer, log: () => string): Nginx {
  const exec = async (command: string) => {
    const { output } = await container.exec(['sh', '-c', command]);
    return output;
  };
  return {
    port: container.getMappedPort(8080),
    log,
    waitForLog: (pattern) => vi.waitFor(() => expect(log()).toMatch(pattern), { timeout: 10_000 }),
    exec,
    write: (path, content) =>
      container.copyContentToContainer([{ target: path, content, mode: 0o644 }]),
    container,
    [Symbol.asyncDispose]: async () => {
      await container.stop({ timeout: 0 });
    },
  };
}

/**
 * Shows nginx's error log where the test that calls it fails.
 *
 * @param nginx the nginx of the test, once it runs
 * @param onFailure from the context of the test, where tests run at the same time
 */
export function showLogOnFailure(
  nginx: () => Nginx | undefined,
  onFailure: typeof onTestFailed = onTestFailed,
): void {
  onFailure(() => {
    const lines = nginx()?.log().split('\n').slice(-60) ?? ['nginx is not running'];
    console.error(`--- nginx error log (end) ---\n${lines.join('\n')}`);
  });
}

import { execFileSync } from 'node:child_process';
import { HOST, RUN, TEST_LABEL } from './nginx.ts';

/**
 * Runs a shell script in a container that goes when it ends: what the images have, the host need not.
 *
 * @param image the image
 * @param script what to run
 * @returns what it printed
 */
export function runInImage(image: string, script: string): string {
  const options = ['--rm', '--label', `${TEST_LABEL}=${RUN}`, '--entrypoint', 'sh'];
  const hosts = ['--add-host', `${HOST}:host-gateway`];
  return execFileSync('docker', ['run', ...options, ...hosts, image, '-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
}

/**
 * The IPv4 address at which containers reach the servers that a test runs on the host. nginx reads
 * /etc/hosts for `proxy_pass`, but `ngx.fetch` does not.
 *
 * @param image any image
 */
export function hostAddress(image: string): string {
  const [address = ''] = runInImage(image, `getent ahostsv4 ${HOST}`).split(/\s/);
  return address;
}

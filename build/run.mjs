// Runs programs for the scripts of the project, in its folder.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the project, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A script as an argument may be long; an error need not quote all of it. */
const MAX_QUOTED = 300;

/**
 * Runs a program to its end.
 *
 * @param {string[]} command
 * @param {AbortSignal} [signal] ends it early
 * @returns {Promise<string>} what it wrote
 * @throws {Error} with what it wrote to stdout and stderr, or an `AbortError`
 */
export function run([program = '', ...parameters], signal) {
  return new Promise((resolve, reject) => {
    // In a process group of its own, out of reach of Ctrl-C: a docker client that dies halfway may
    // leave a container behind.
    const child = spawn(program, parameters, {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    child.on('error', (error) => {
      const isMissing = 'code' in error && error.code === 'ENOENT';
      reject(isMissing ? new Error(`${program} is needed, and not installed here`) : error);
    });
    child.on('close', (code) => {
      if (code === 0) {
        resolve(output);
      } else {
        const quoted = [program, ...parameters].join(' ').slice(0, MAX_QUOTED);
        reject(new Error(`${quoted}\n${`${output}${errors}`.trim()}`));
      }
    });
  });
}

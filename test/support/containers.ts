import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { TEST_LABEL } from './nginx.ts';

/**
 * Last resort of the nginx project: what this run has left behind goes, and what runs that were killed have.
 * Another run that is under way keeps its own.
 */
function removeContainers(): void {
  const format = `{{.ID}} {{.Label "${TEST_LABEL}"}}`;
  const listed = execFileSync('docker', [
    ...['ps', '-a', '--filter', `label=${TEST_LABEL}`, '--format', format],
  ]);
  const ids = listed
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
    .filter(([, run]) => run === String(process.pid) || !existsSync(`/proc/${run}`))
    .map(([id = '']) => id);
  if (ids.length > 0) {
    execFileSync('docker', ['rm', '-f', ...ids]);
  }
}

/** Runs before and after all tests in nginx. */
export default function setup(): () => void {
  removeContainers();
  return removeContainers;
}

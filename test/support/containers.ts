import { execFileSync } from 'node:child_process';
import { TEST_LABEL } from './nginx.ts';

/** Last resort of the nginx project: what a killed run or a failed test has left behind goes. */
function removeContainers(): void {
  const ids = execFileSync('docker', ['ps', '-aq', '--filter', `label=${TEST_LABEL}`])
    .toString()
    .split('\n')
    .filter(Boolean);
  if (ids.length > 0) {
    execFileSync('docker', ['rm', '-f', ...ids]);
  }
}

/** Runs before and after all tests in nginx. */
export default function setup(): () => void {
  removeContainers();
  return removeContainers;
}

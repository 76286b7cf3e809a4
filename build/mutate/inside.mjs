// What a worker of vitest does for one mutant: its tests, on modules that are loaded anew.

import { writeFileSync } from 'node:fs';
import { beforeEach, describe, test, vi } from 'vitest';

/** Which mutant lives; 0: none. */
let living = 0;
/** @type {Set<number>} */
const reached = new Set();

/** Asked by the instrumented sources. */
Object.assign(globalThis, {
  $m: (/** @type {number} */ id) => {
    reached.add(id);
    return id === living;
  },
});

/**
 * Runs test files with one mutant. The first failure ends it.
 *
 * @param {number} id the mutant; 0: the code as it is
 * @param {readonly string[]} files absolute paths of test files
 * @param {string} [reachedFile] where to say which mutants were reached
 */
export function tryMutant(id, files, reachedFile) {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
  living = id;
  reached.clear();
  let isDead = false;
  beforeEach(({ onTestFailed, skip }) => {
    if (isDead) {
      skip();
    }
    onTestFailed(() => {
      isDead = true;
    });
  });
  for (const file of files) {
    describe(file, async () => {
      try {
        // Each file has modules of its own, as it has wherever it runs.
        vi.resetModules();
        await import(/* @vite-ignore */ file);
      } catch (error) {
        test('can be loaded', () => {
          throw error;
        });
      }
    });
  }
  if (reachedFile !== undefined) {
    describe('at the end', () => {
      test('what was reached is told', () => {
        writeFileSync(reachedFile, JSON.stringify([...reached]));
      });
    });
  }
}

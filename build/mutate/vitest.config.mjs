// How mutants are tried: two workers that stay, each with a stub after another; the sources are those
// of the folder in MUTATE, which also says where the stubs are and where to tell what became of them.

import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const folder = process.env.MUTATE ?? '';
/** Seconds without a word from a worker after which its mutant hangs. */
const patience = Number(process.env.MUTATE_PATIENCE ?? 20);

/** @type {Readonly<Record<string, string>>} */
const sources = JSON.parse(readFileSync(join(folder, 'sources.json'), 'utf8'));

/** @param {object} line */
const tell = (line) => appendFileSync(join(folder, 'told'), `${JSON.stringify(line)}\n`);

/** @type {Map<string, number>} */
const begun = new Map();

const timer = setInterval(() => {
  const late = [...begun].filter(([, at]) => Date.now() - at > patience * 1000);
  if (late.length > 0) {
    for (const [stub] of late) {
      tell({ stub, state: 'hangs' });
    }
    process.exit(1);
  }
}, 500);
timer.unref();

export default defineConfig({
  plugins: [
    {
      name: 'mutants',
      enforce: 'pre',
      load: (id) => sources[id.replace(/\?.*/, '')],
    },
  ],
  server: { watch: null },
  test: {
    root: join(import.meta.dirname, '../..'),
    include: [join(folder, 'stubs/*.mjs')],
    exclude: [],
    environment: 'node',
    restoreMocks: true,
    pool: 'threads',
    isolate: false,
    maxWorkers: Number(process.env.MUTATE_WORKERS ?? 2),
    testTimeout: 5000,
    dangerouslyIgnoreUnhandledErrors: true,
    reporters: [
      {
        onTestModuleQueued: ({ moduleId }) => {
          begun.set(moduleId, Date.now());
        },
        onTestModuleCollected: ({ moduleId }) => {
          begun.set(moduleId, Date.now());
        },
        onTestCaseResult: ({ module: { moduleId } }) => {
          begun.set(moduleId, Date.now());
        },
        onTestModuleEnd: (module) => {
          begun.delete(module.moduleId);
          tell({ stub: module.moduleId, state: module.state() });
        },
      },
    ],
  },
});

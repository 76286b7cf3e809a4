import { defineConfig } from 'vitest/config';

/** What all tests in containers have in common. */
const IN_CONTAINERS = {
  environment: 'node' as const,
  // Its helper image cannot be pulled everywhere; the tests clean up themselves.
  env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
  globalSetup: ['test/support/containers.ts'],
  testTimeout: 30_000,
  hookTimeout: 120_000,
  // A validator that answers now this and now that is broken: nothing is tried again.
  retry: 0,
};

const FLOODS = ['hang-ups', 'key-flood', 'limits', 'soak', 'waiting'].map(
  (name) => `test/nginx/${name}.test.ts`,
);

// `unit` runs the sources in Node; the others run the built bundle in containers. Much of `nginx` is
// waiting, so three files run side by side; `nginx-load` wants the machine for itself.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          // WebCrypto takes its time on a machine that has something else to do.
          testTimeout: 30_000,
          restoreMocks: true,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...IN_CONTAINERS,
          name: 'nginx',
          include: ['test/nginx/**/*.test.ts'],
          exclude: FLOODS,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...IN_CONTAINERS,
          name: 'nginx-load',
          include: FLOODS,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

// Two projects: `unit` runs the sources in Node, `nginx` runs the built bundle in containers.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          restoreMocks: true,
        },
      },
      {
        test: {
          name: 'nginx',
          include: ['test/nginx/**/*.test.ts'],
          environment: 'node',
          // Its helper image cannot be pulled everywhere; the tests clean up themselves.
          env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
          globalSetup: ['test/support/containers.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
          // A validator that answers now this and now that is broken: nothing is tried again.
          retry: 0,
        },
      },
    ],
  },
});

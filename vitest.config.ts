import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They have a run of their own: npm run test:docker.
    exclude: ['test/docker/**'],
    // Real processes and sockets on a two-core machine: generous bounds, no retries.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 3,
    pool: 'forks',
    reporters: ['default', './test/helpers/closing-line.ts'],
  },
});

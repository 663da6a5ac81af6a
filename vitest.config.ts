import { defineConfig } from 'vitest/config';

/** What is asked of links is asked of both kinds of links: see test/helpers/strategy.ts. */
const OF_LINKS = [
  'backoff',
  'bytes',
  'diagnosis',
  'ends',
  'eras',
  'fences',
  'handshake',
  'hostile',
  'leaks',
  'liveness',
  'many',
  'noise',
  'oversize',
  'subscriptions',
  'survival',
];
/** Those in which one server misbehaves, to which the one beside it must be indifferent. */
const OF_NEIGHBOURS = ['ends', 'fences', 'hostile', 'noise', 'oversize', 'survival'];

const suites = (names: readonly string[]) => names.map((name) => `test/integration/${name}.test.ts`);

export default defineConfig({
  test: {
    // Real processes and sockets on a two-core machine: generous bounds, no retries.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 3,
    pool: 'forks',
    reporters: ['default', './test/helpers/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          // They have a run of their own: npm run test:docker.
          exclude: ['test/docker/**'],
          provide: { strategy: 'pipe' },
        },
      },
      {
        extends: true,
        test: { name: 'mux', include: suites(OF_LINKS), provide: { strategy: 'mux' } },
      },
      {
        extends: true,
        test: { name: 'mux-beside', include: suites(OF_NEIGHBOURS), provide: { strategy: 'mux-beside' } },
      },
    ],
  },
});

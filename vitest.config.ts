import { defineConfig } from 'vitest/config';

/** What is asked of links is asked of every kind of links: see test/helpers/strategy.ts. */
const OF_LINKS = [
  'backoff',
  'bytes',
  'diagnosis',
  'ends',
  'eras',
  'fences',
  'handshake',
  'hostile',
  'lease-lost',
  'liveness',
  'noise',
  'oversize',
  'ready-servers',
  'sending',
  'server-liveness',
  'proxy',
  'strays',
  'subscriptions',
  'survival',
  'unmatched',
  'unreadable',
];
/** Those in which one server misbehaves, to which the one beside it must be indifferent. */
const OF_NEIGHBOURS = ['ends', 'fences', 'hostile', 'noise', 'oversize', 'survival', 'unreadable'];

/** They measure, or start hundreds of processes: nothing else runs meanwhile. */
const ALONE = ['backpressure', 'floods', 'leaks', 'many'];

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
          exclude: ['test/docker/**', ...suites(ALONE)],
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
      {
        extends: true,
        test: { name: 'rotate', include: suites(OF_LINKS), provide: { strategy: 'rotate' } },
      },
      {
        extends: true,
        test: { name: 'rotate-long', include: suites(OF_NEIGHBOURS), provide: { strategy: 'rotate-long' } },
      },
      ...(['pipe', 'mux', 'rotate'] as const).map((strategy, i) => ({
        extends: true as const,
        test: {
          name: `${strategy}-alone`,
          include: suites(ALONE),
          provide: { strategy },
          fileParallelism: false,
          sequence: { groupOrder: i + 1 },
        },
      })),
    ],
  },
});

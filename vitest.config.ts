import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

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

const suites = (names: readonly string[]) => names.map((name) => `test/integration/${name}.test.ts`);

/**
 * `npm test` runs all projects but `long`, `npm run test:long` those alone; `--project 'integration*'` is every kind of
 * links.
 */
export default defineConfig({
  test: {
    // Real processes and sockets on a two-core machine: generous bounds, no retries.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 3,
    pool: 'forks',
    reporters: ['default', './test/helpers/closing-line.ts'],
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/*.test.ts']),
      project('contract', ['test/contract/**/*.test.ts']),
      project('integration', ['test/integration/**/*.test.ts']),
      project('integration:mux', suites(OF_LINKS), { provide: { strategy: 'mux' } }),
      project('integration:mux-beside', suites(OF_NEIGHBOURS), { provide: { strategy: 'mux-beside' } }),
      project('integration:rotate', suites(OF_LINKS), { provide: { strategy: 'rotate' } }),
      project('integration:rotate-long', suites(OF_NEIGHBOURS), { provide: { strategy: 'rotate-long' } }),
      project('cli', ['test/cli/**/*.test.ts']),
      // They measure, or start hundreds of processes: one file at a time.
      ...(['pipe', 'mux', 'rotate'] as const).map((strategy, i) =>
        project(strategy === 'pipe' ? 'long' : `long:${strategy}`, ['test/long/**/*.test.ts'], {
          provide: { strategy },
          fileParallelism: false,
          sequence: { groupOrder: i + 1 },
        }),
      ),
    ],
  },
});

function project(name: string, include: string[], more: TestProjectInlineConfiguration['test'] = {}) {
  return { extends: true as const, test: { name, include, provide: { strategy: 'pipe' as const }, ...more } };
}

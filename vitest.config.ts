import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import LongestFirst from './test/helpers/longest-first.js';
import type { Kind } from './test/helpers/strategy.js';

/** What is asked of links is asked of every kind of links: see test/helpers/strategy.ts. */
const OF_LINKS = [
  'asked-restarts',
  'backoff',
  'bytes',
  'diagnosis',
  'ends',
  'eras',
  'handshake',
  'hostile',
  'invalid-messages',
  'lease-lost',
  'liveness',
  'oversize',
  'ready-servers',
  'sending',
  'server-liveness',
  'stale-replies',
  'proxy',
  'strays',
  'subscriptions',
  'survival',
  'unmatched',
  'unreadable',
];
/** Those in which one server misbehaves, to which the one beside it must be indifferent. */
const OF_NEIGHBOURS = [
  'ends',
  'hostile',
  'invalid-messages',
  'oversize',
  'stale-replies',
  'survival',
  'unreadable',
];

/** Of those that take long, those that are asked of every kind of links as well. */
const LONG_OF_LINKS = ['backpressure', 'floods', 'leaks', 'many'];

/**
 * Suites that wait for long with real processes: `npm test` asks them in memory alone, `npm run test:long` as `long:pipe-alone` for
 * real. The others of OF_LINKS and OF_ONE_KIND are asked both ways each time.
 */
const LONG_ALONE = ['diagnosis', 'liveness', 'rotate', 'sending', 'server-liveness', 'unreadable'];

/**
 * Of test/long, those that measure nothing: they wait for other programs, or try much, several at a time.
 * What they install beside each other is not the same: uv and supergateway are there by then, for real-clients.
 */
const LONG_BESIDE = [
  ...['audit', 'chaos', 'copies-at-once', 'doctor', 'event-stream', 'fuzz', 'gateway-login'],
  ...['gateway-oauth-attacks', 'gateway-secrets', 'http-clients', 'install'],
  ...['instances', 'interleavings', 'leases-random', 'many-clients', 'many-on-one-link'],
  ...['mux-long-list', 'mux-real-servers', 'otlp', 'package', 'packages/bounded', 'packages/kept-data'],
  ...['packages/library', 'packages/other-runners', 'packages/real-servers', 'packages/store'],
  ...['packages/uv-lock', 'prometheus', 'real-remotes', 'real-streamable-http', 'reload-random'],
  ...['remote-faults', 'remote-protocols', 'rotate-faults', 'rotate-random', 'service', 'shared-real'],
  ...['stdio', 'systemd', 'take-over-demand', 'web-socket-server', 'where', 'workflows'],
];

const RAY = existing('test/deploy/ray.test.ts');

/** Skips what cannot hold with a second client of the server. */
const SHARED_SETUP = './test/helpers/shared-setup.ts';

/** Skips what cannot hold for servers that are no processes. */
const REMOTE_SETUP = './test/helpers/remote-setup.ts';

/** Most runs of each property that is tried with random values: of `npm run test:fast`, `npm test` and `npm run test:long`. */
const FEW_RUNS = 50;
const SOME_RUNS = 90;
const ALL_RUNS = 1_000_000;

/** They try some properties so often that `npm test` does it fewer times: test/helpers/runs.ts. */
const TRIED_OFTEN = readdirSync('test/unit', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/unit/${name}`)
  .concat('test/integration/mux/stop.test.ts')
  .filter((file) => readFileSync(file, 'utf8').includes('/helpers/runs.js'));

/** They are about one kind of links, whichever the project runs for; these can be asked in memory as well. */
const OF_ONE_KIND = [
  'apply-random',
  'ask',
  'outlive',
  'rotate',
  'shared',
  'mux/absent-servers',
  'mux/lists',
  'mux/modern',
  'mux/modern-servers',
  'mux/routing',
  'mux/server-requests',
];

/** Of those, the ones that are about a multiplexer's servers: asked of remote servers as well. */
const OF_ROUTING = OF_ONE_KIND.filter((name) => name.startsWith('mux/'));

/** Asked of every kind of links in memory only: what they do with real processes, test/integration/list-changes.test.ts shows. */
const IN_MEMORY = ['test/memory/list-changes.test.ts', 'test/integration/reconnect.test.ts'].map(existing);

const suites = (names: readonly string[]) =>
  names.map((name) => existing(`test/integration/${name}.test.ts`));
const longSuites = (names: readonly string[]) => names.map((name) => existing(`test/long/${name}.test.ts`));

/** The file of a suite. A file that was moved or renamed would otherwise leave its projects without a word. */
function existing(file: string): string {
  if (!existsSync(file)) throw new Error(`vitest.config.ts names ${file}, which does not exist`);
  return file;
}

/**
 * `npm test` runs all projects but `long`, `npm run test:long` those alone but for `long:ray`, which `npm run test:ray`
 * runs, `npm run test:fast` the unit tests with few runs of each property; `--project 'integration*'` is every kind of links.
 */
export default defineConfig(({ mode }) => ({
  test: {
    // Real processes and sockets on a machine that may be busy: bounds that only what hangs reaches, and no retries.
    // What a test waits for has a bound and words of its own: test/helpers/eventually.ts.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A worker runs file after file, with the modules it has: a test takes back what it changes.
    pool: 'forks',
    isolate: false,
    // What is compiled for one project serves the others, and the next run.
    experimental: { fsModuleCache: true },
    // On a terminal Vitest shows how far it is; elsewhere a line now and then does, among the failures.
    reporters: [
      ...(process.stdout.isTTY ? ['default'] : ['minimal', './test/helpers/progress.ts']),
      './test/helpers/closing-line.ts',
    ],
    provide: { strategy: 'pipe', mostRuns: SOME_RUNS },
    sequence: { sequencer: LongestFirst },
    projects: [
      // Nothing of theirs outlives a test: no process, no lock file, no terminal. So they share threads.
      project('unit', ['test/unit/**/*.test.ts', 'test/*.test.ts'], {
        ...inGroup(0, 2),
        pool: 'threads',
        provide: { mostRuns: mode === 'fast' ? FEW_RUNS : SOME_RUNS },
      }),
      project('contract', ['test/contract/**/*.test.ts']),
      project('integration', ['test/integration/**/*.test.ts'], { exclude: suites(LONG_ALONE) }),
      project(
        'memory',
        [...suites(OF_LINKS), ...suites(OF_ONE_KIND), ...IN_MEMORY, 'test/memory/**/*.test.ts'],
        inMemory('pipe'),
      ),
      project('memory:mux', [...suites(OF_LINKS), ...IN_MEMORY], inMemory('mux')),
      project('long:memory-mux-beside', suites(OF_NEIGHBOURS), inMemory('mux-beside')),
      project('memory:rotate', [...suites(OF_LINKS), ...IN_MEMORY], inMemory('rotate')),
      project('long:memory-rotate-long', suites(OF_NEIGHBOURS), inMemory('rotate-long')),
      project('memory:pipe-remote', suites(OF_LINKS), inMemory('pipe-remote')),
      project('long:memory-routing-remote', suites(OF_ROUTING), inMemory('mux-remote')),
      project('long:memory-mux-remote', suites(OF_LINKS), inMemory('mux-remote')),
      project('long:memory-pipe-copies', suites(OF_LINKS), inMemory('pipe-copies')),
      project('long:memory-mux-copies', suites(OF_LINKS), inMemory('mux-copies')),
      project('long:memory-copies-shared', suites(OF_LINKS), inMemory('pipe-copies-shared')),
      project('memory:pipe-shared', suites([...OF_LINKS, 'reconnect']), inMemory('pipe-shared')),
      project('long:memory-mux-shared', suites(OF_LINKS), inMemory('mux-shared')),
      project('long:memory-rotate-shared', suites(OF_LINKS), inMemory('rotate-shared')),
      project('cli', ['test/cli/**/*.test.ts']),
      // They measure, or start hundreds of processes: one file at a time, each with memory of its own.
      project('long', ['test/long/**/*.test.ts'], {
        ...inGroup(2, 1),
        isolate: true,
        exclude: ['test/long/cli-*.test.ts', 'test/long/{cluster,takeover}/**', ...longSuites(LONG_BESIDE)],
      }),
      // Several processes with one Redis, and what stands for them in a simulation: most of the time they wait for leases to end.
      project('long:cluster', ['test/long/cluster/**/*.test.ts'], { ...inGroup(12, 3), isolate: true }),
      // Commands: they start many processes and measure nothing.
      project('long:cli', ['test/long/cli-*.test.ts'], inGroup(10, 4)),
      project('long:runs', TRIED_OFTEN, { ...inGroup(10, 4), provide: { mostRuns: ALL_RUNS } }),
      project('long:beside', [...longSuites(LONG_BESIDE), 'test/long/takeover/*.test.ts'], {
        ...inGroup(10, 4),
        isolate: true,
      }),
      project('long:mux', longSuites(LONG_OF_LINKS), {
        ...inGroup(3, 1),
        isolate: true,
        provide: { strategy: 'mux' },
      }),
      project('long:rotate', longSuites(LONG_OF_LINKS), {
        ...inGroup(4, 1),
        isolate: true,
        provide: { strategy: 'rotate' },
      }),
      // One Chromium for each file.
      project('long:browser', ['test/browser/**/*.test.ts'], { ...inGroup(8, 2), isolate: true }),
      // The shipped files of deploy/, in nginx, Prometheus, Alertmanager and Redis of this system.
      project('long:deploy', ['test/deploy/**/*.test.ts'], {
        ...inGroup(10, 4),
        isolate: true,
        exclude: [RAY],
      }),
      // Ray takes a gigabyte of memory: alone.
      project('long:ray', [RAY], inGroup(11, 1)),
      project('long:pipe-alone', suites(LONG_ALONE), inGroup(5, 5)),
      // `npm test` asks these in memory, and the servers and the kind of links by themselves with real processes.
      project('long:mux-alone', suites(OF_LINKS), { ...inGroup(5, 5), provide: { strategy: 'mux' } }),
      project('long:rotate-alone', suites(OF_LINKS), { ...inGroup(5, 5), provide: { strategy: 'rotate' } }),
      project('long:mux-beside', suites(OF_NEIGHBOURS), {
        ...inGroup(5, 5),
        provide: { strategy: 'mux-beside' },
      }),
      project('long:rotate-long', suites(OF_NEIGHBOURS), {
        ...inGroup(5, 5),
        provide: { strategy: 'rotate-long' },
      }),
      project('long:pipe-shared', suites(OF_LINKS), {
        ...inGroup(5, 5),
        setupFiles: [SHARED_SETUP],
        provide: { strategy: 'pipe-shared' },
      }),
      project('long:mux-shared', suites(OF_LINKS), {
        ...inGroup(5, 5),
        setupFiles: [SHARED_SETUP],
        provide: { strategy: 'mux-shared' },
      }),
      project('long:remote', suites(OF_LINKS), {
        ...inGroup(5, 5),
        setupFiles: [REMOTE_SETUP],
        provide: { strategy: 'pipe-remote' },
      }),
      project('long:remote-mux', suites(OF_LINKS), {
        ...inGroup(5, 5),
        setupFiles: [REMOTE_SETUP],
        provide: { strategy: 'mux-remote' },
      }),
    ],
  },
}));

type Options = NonNullable<TestProjectInlineConfiguration['test']>;

function project(name: string, include: string[], options: Options = {}): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include, ...inGroup(1, 5), ...options } };
}

/** One group runs after the other. Files that wait for processes outnumber the cores. */
function inGroup(groupOrder: number, maxWorkers: number): Options {
  return { sequence: { groupOrder }, maxWorkers };
}

/** Nothing of these is outside of the process, and next to nothing is waited for. */
function inMemory(kind: Kind): Options {
  const setupFiles = [
    './test/helpers/memory-setup.ts',
    ...(kind.endsWith('-shared') ? [SHARED_SETUP] : []),
    ...(kind.endsWith('-remote') ? [REMOTE_SETUP] : []),
  ];
  const strategy = `memory-${kind}` as const;
  return { ...inGroup(0, 2), pool: 'threads', setupFiles, provide: { strategy } };
}

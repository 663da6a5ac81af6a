import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import type { Settings } from '../../src/config/defaults.js';
import { sourceOf as sourceOfPlan } from '../../src/config/kinds/kinds.js';
import type { ServerPlan } from '../../src/config/plan.js';
import type { DaemonOptions } from '../../src/daemon/daemon.js';
import type { ServerCommand } from '../../src/process/launch.js';
import type { ServerSource } from '../../src/servers/server-transport.js';
import { openRemote } from '../../src/transports/remote/open-remote.js';
import { stdioTransport } from '../../src/transports/stdio.js';
import { clock } from './clock.js';
import { seeded } from './faulty-caller.js';
import type { FrontProcess } from './http-front.js';
import { launchOf } from './launch-of.js';
import { dialInMemory } from './memory-network.js';
import { type Fixture, launchInMemory, memorySystem, signalInMemory } from './memory-process.js';
import { isRemote } from './strategy.js';

const { requestsInMemory } = isRemote ? await import('./behind-http.js') : { requestsInMemory: noRemote };

/** Servers of test/fixtures/servers that can run in memory: see `_host.mjs` there. */
const FIXTURES = [
  'asker',
  'asks-early',
  'asks-roots',
  'basic',
  'big',
  'both-eras',
  'changing',
  'crash-on-start',
  'dies-of-initialize',
  'ignores-sigterm',
  'loose-ends',
  'neighbour',
  'never-answers',
  'noisy',
  'odd-answers',
  'odd-start',
  'once',
  'raw-lines',
  'records',
  'refuses',
  'scripted',
  'slow-start',
  'stops-reading',
  'stuck',
];

/** Imported together, before any link runs: during an import the clock would go on. */
const fixtures = new Map<string, Fixture>();
await Promise.all(
  FIXTURES.map(async (name) => {
    const { default: fixture } = await import(`../fixtures/servers/${name}.mjs`);
    fixtures.set(`${name}.mjs`, fixture);
  }),
);

/** Replaces processes, sockets, time and random numbers of a daemon. Each daemon gets the same random numbers. */
export const inMemory = (): Partial<DaemonOptions> => ({
  clock,
  random: seeded(1),
  dialOf: dialInMemory,
  sourceOf: sourceInMemory,
});

/** A fixture in this process; from its stdio on, or from its HTTP requests on, everything is as in production. */
function sourceInMemory(plan: ServerPlan, settings: Settings): ServerSource {
  const source = sourceOfPlan(plan, settings);
  if (plan.kind === 'http') return remoteSource(plan, source, settings);
  const { args, env } = launchOf(plan);
  const fixture = fixtureOf(args);
  return {
    ...source,
    open: async ({ onStatus }) =>
      stdioTransport(launchInMemory(fixture, args.slice(1), env), {
        ...settings,
        system: memorySystem,
        onStderr: (line) => onStatus({ type: 'server-stderr', line }),
      }),
  };
}

/** As the source of a remote server, without a network: see behind-http.ts. */
function remoteSource(
  { remote: server }: Extract<ServerPlan, { kind: 'http' }>,
  source: ServerSource,
  settings: Settings,
): ServerSource {
  const requests = requestsInMemory(server.url);
  const open: ServerSource['open'] = ({ signal }) =>
    openRemote({ kind: 'http', server, requests, settings, clock, signal });
  return { ...source, open };
}

/** Starts a process for test/helpers/http-front.ts. */
export function launchFixture({ args, env }: ServerCommand): FrontProcess {
  const process = launchInMemory(fixtureOf(args), args.slice(1), env);
  const kill = () => {
    if (!hasExited) signalInMemory(process.pid, 'SIGKILL');
  };
  let hasExited = false;
  void process.exited.then(() => {
    hasExited = true;
  });
  return Object.assign(process, { kill });
}

/** The fixture that a command starts. */
function fixtureOf([file = '']: readonly string[]): Fixture {
  const fixture = existsSync(file) ? fixtures.get(basename(file)) : missing;
  if (!fixture) throw new Error(`${basename(file)} is not written to run in memory`);
  return fixture;
}

/** As tiny.sh, which is a shell script so that hundreds of processes fit on a machine. */
const tiny: Fixture = async ({ stdin, stdout }) => {
  const about =
    '"capabilities":{"tools":{}},"serverInfo":{"name":"tiny","version":"1"},"tools":[{"name":"tiny"}]';
  for await (const line of createInterface({ input: stdin })) {
    const id = /"id":([^,}]*)/.exec(line)?.[1];
    if (id === undefined) continue;
    stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"2024-11-05",${about}}}\n`);
  }
  return undefined;
};
fixtures.set('tiny.sh', tiny);

/** As Node.js for a script that does not exist. */
const missing: Fixture = async ({ stderr }) => {
  stderr.write('Error: Cannot find module\n');
  return 1;
};

function noRemote(): never {
  throw new Error('no remote servers are under test');
}

import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import type { Settings } from '../../src/config/defaults.js';
import { sourceOf as sourceOfPlan } from '../../src/config/kinds/kinds.js';
import type { ServerPlan } from '../../src/config/plan.js';
import type { DaemonOptions } from '../../src/daemon/daemon.js';
import type { ServerSource } from '../../src/servers/server-transport.js';
import { stdioTransport } from '../../src/transports/stdio.js';
import { clock } from './clock.js';
import { seeded } from './faulty-caller.js';
import { launchOf } from './launch-of.js';
import { dialInMemory } from './memory-network.js';
import { type Fixture, launchInMemory, memorySystem } from './memory-process.js';

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

/** A fixture in this process; from its stdio on everything is as in production. */
function sourceInMemory(plan: ServerPlan, settings: Settings): ServerSource {
  const { args, env } = launchOf(plan);
  const [file = '', ...more] = args;
  const fixture = existsSync(file) ? fixtures.get(basename(file)) : missing;
  if (!fixture) throw new Error(`${basename(file)} is not written to run in memory`);
  return {
    ...sourceOfPlan(plan, settings),
    open: async ({ onStatus }) =>
      stdioTransport(launchInMemory(fixture, more, env), {
        ...settings,
        system: memorySystem,
        onStderr: (line) => onStatus({ type: 'server-stderr', line }),
      }),
  };
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

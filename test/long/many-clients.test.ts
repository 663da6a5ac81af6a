import { queryObjects } from 'node:v8';
import { afterEach, expect, it } from 'vitest';
import { createLog } from '../../src/observe/log.js';
import { logStatus } from '../../src/observe/log-status.js';
import { RateLimit } from '../../src/observe/rate-limit.js';
import { Redactor } from '../../src/observe/redact.js';
import { ClientState } from '../../src/servers/client-state.js';
import { SupervisedServer } from '../../src/servers/supervised-server.js';
import { InstanceWorld } from '../helpers/instance-world.js';
import { settled } from '../helpers/mux-world.js';

let world: InstanceWorld;
afterEach(() => world.stop());

const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];

it('of a thousand clients that come and go, nothing is kept', async () => {
  const bounds = { maxInstances: 200, maxInstancesOfServer: 100 };
  world = new InstanceWorld({ s: {}, own: { share: 'session' }, ofKey: { share: 'key' } }, bounds);
  const keeper = world.client({ caller: {}, hasSession: true }, 's');
  await keeper.initialize();
  const destination = { write: () => {} };
  const redactor = new Redactor();
  const log = await createLog({ level: 'debug', format: 'json', colour: false, redactor, destination });
  world.onStatus = logStatus(log, { clock: world.clock });
  const count = () =>
    [ClientState, SupervisedServer, RateLimit].map((of) => queryObjects(of, { format: 'count' }));
  const comeAndGo = async (from: number, to: number) => {
    const clients = Array.from({ length: to - from }, (_, at) => {
      const i = from + at;
      const servers: [string, ...string[]][] = [['s', 'own'], ['own'], ['s', 'ofKey'], ['s']];
      const one = world.client({ caller: { key: `key-${i % 90}` }, hasSession: true }, ...servers[i % 4]!);
      one.send('initialize', {
        ...{
          protocolVersion: VERSIONS[i % VERSIONS.length],
          capabilities: { experimental: { [`of-${i}`]: {} } },
        },
        clientInfo: { name: `client-${i}`, version: '1' },
      });
      one.send('resources/subscribe', { uri: `file:///${i}` });
      one.send('logging/setLevel', { level: 'debug' });
      return one;
    });
    await settled();
    // Half of them leave in the middle of a call.
    for (const one of clients.filter((_, i) => i % 2 === 0))
      one.send('tools/call', { name: 'count', arguments: { held: true } });
    await settled();
    for (const one of clients) one.far.drop();
    await world.advance(301_000, 100_000);
  };
  await comeAndGo(0, 50);
  const before = count();
  for (let i = 50; i < 1_000; i += 50) await comeAndGo(i, i + 50);
  expect(count()).toEqual(before);
  expect(world.daemon.clients.map(({ name }) => name)).toEqual([keeper.link.name]);
  expect(world.daemon.instances).toEqual([]);
  expect(world.running.map(({ name }) => name)).toEqual(['s']);
  expect(await keeper.count()).toMatchObject({ pid: world.running[0]!.pid });
  expect(world.daemon.calls).toEqual([]);
});

import { afterEach, expect, it } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import type { Plan } from '../../../src/config/plan.js';
import { defaultOptions } from '../../../src/config/server-options.js';
import { App } from '../../../src/daemon/app.js';
import { openMeasures } from '../../../src/daemon/run-measures.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { EndpointConnection, INITIALIZE, Server, settled } from '../../helpers/mux-world.js';

let end = async () => {};
afterEach(() => end());

/** A run with its measures: two pipes, in memory, on a clock that the test moves. */
async function running() {
  const clock = new ManualClock();
  const servers = [new Server(0), new Server(1)];
  const connections: EndpointConnection[] = [];
  const settings = { ...defaults, deafAfterMs: 1e9, unaskedAfterMs: 0, callWarnMs: 0 };
  const plan: Plan = {
    ...{ warnings: [], secrets: [] },
    servers: servers.map(({ name }) => ({
      ...{ kind: 'stdio', name, options: defaultOptions },
      launch: { command: 'scripted', args: [], cwd: '/', env: {} },
    })),
    links: servers.map(({ name }) => ({
      ...{ kind: 'pipe', name, servers: [name], settings },
      endpoint: new Endpoint(`ws://127.0.0.1:1/${name}?token=token-of-${name}`),
    })),
  };
  const measures = await openMeasures(plan, () => app, clock);
  const app: App = new App(plan, {
    ...{ clock, random: () => 0.5, observers: [measures] },
    sourceOf: ({ name }) => ({
      ...{ name, kind: 'stdio', shown: name },
      open: servers.find((server) => server.name === name)!.start,
    }),
    dialOf: () => async () => {
      const [near, far] = memoryPair();
      connections.push(new EndpointConnection(far));
      return near;
    },
  });
  end = async () => {
    app.force();
    await app.stop();
  };
  app.start();
  await settled();
  return { clock, plan, servers, connections, measures, app };
}

it('the measures of a run see its calls, bytes, classes and moves, and outlive a pause', async () => {
  const { clock, plan, servers, connections, measures, app } = await running();
  for (const connection of connections) {
    connection.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":${INITIALIZE}}`);
    await settled();
    connection.send('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t0"}}');
    await settled();
  }
  expect(measures.serverDetail('s0').calls).toMatchObject([
    { id: '2', server: 's0', link: 's0', tool: 't0' },
  ]);
  const life = servers[0]!.life!;
  life.reply([...life.pending.keys()][0]!, '"result":{}');
  await settled();
  expect(measures.serverDetail('s0').calls).toMatchObject([{ id: '2', outcome: 'ok', legs: { read: 0 } }]);
  expect(measures.server('s0').perMinute).toBe(1);
  expect(measures.server('s1').perMinute).toBe(0);
  expect(measures.link('s0')).toMatchObject({ perMinute: 1 });
  expect(measures.link('s0').bytesIn).toBeGreaterThan(100);
  expect(measures.link('s0').bytesOut).toBeGreaterThan(100);
  expect(measures.serverDetail('s0').band.classes.at(-1)).toBe('busy');
  expect(measures.serverDetail('s0').moves[0]).toMatchObject({
    class: 'ok',
    status: { type: 'server-ready' },
  });
  expect(measures.linkDetail('s0').moves.map(({ status }) => status!.type)).toEqual([
    'client-initialized',
    'open',
  ]);

  for (let i = 0; i < 4; i++) {
    servers[0]!.life!.die();
    await settled();
    await clock.advance(60_000);
  }
  expect(measures.server('s0').restarts).toBe(4);
  expect(measures.serverDetail('s0').band.classes.at(-1)).toBe('bad');
  expect(measures.serverDetail('s0').moves.find(({ class: is }) => is === 'bad')).toBeDefined();
  expect(measures.serverDetail('s1').band.classes.at(-1)).toBe('busy');

  await app.apply({ ...plan, links: plan.links.slice(1), servers: plan.servers.slice(1) }, 'paused');
  await app.apply(plan);
  expect(measures.server('s0')).toMatchObject({ restarts: 4, spark: [1, 0, 0, 0, 0] });
});

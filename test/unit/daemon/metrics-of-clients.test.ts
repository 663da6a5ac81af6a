import { expect, onTestFinished, test } from 'vitest';
import type { App } from '../../../src/daemon/app.js';
import { openMetrics } from '../../../src/daemon/run-metrics.js';
import { ApartServers } from '../../../src/observe/apart-servers.js';
import { Health } from '../../../src/observe/health.js';
import { Measures } from '../../../src/observe/measures/measures.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import { sampleOf, samplesOf } from '../../helpers/exposition.js';
import { InstanceWorld } from '../../helpers/instance-world.js';

test('calls of clients count for the servers that their processes are of, by the names of their tools', async () => {
  const world: InstanceWorld = new InstanceWorld(
    { all: {}, own: { share: 'session' } },
    {},
    { onClientCall: (call) => metrics.observer.onClientCall!(call) },
  );
  const plan = world.plan({ all: {}, own: {} });
  const reasons = new Health(new Snapshot([]), 0, (text) => text, 'en').ofClients;
  const apart = new ApartServers(reasons, { ...plan, gateway: {} });
  const app = { daemon: world.daemon, watch: { links: [], apart } } as unknown as App;
  const measures = new Measures({ plan });
  measures.measure = (_, onRead) => {
    onRead?.();
    return () => {};
  };
  const metrics = await openMetrics({ version: '1.2.3', plan, measures, app: () => app });
  onTestFinished(async () => {
    metrics.close();
    await world.stop();
  });
  world.onStatus = (status) => {
    apart.onClientStatus(status);
    metrics.observer.onClientStatus!(status);
  };
  const first = samplesOf(await metrics.text());
  expect(sampleOf(first, 'mcp_pipe_servers', { state: 'idle-stopped' })).toBe(2);

  const [one, both] = [
    world.client({ caller: {}, hasSession: true }, 'own'),
    world.client({ caller: {}, hasSession: true }, 'all', 'own'),
  ];
  await one.initialize();
  await one.count();
  await both.initialize();
  await both.request('tools/list');
  await both.count('all__count');
  await both.count('own__count');
  await both.count('own__made-up');
  await world.advance(1);
  const samples = samplesOf(await metrics.text());
  const count = { tool: 'count', status: 'ok' };
  expect(sampleOf(samples, 'mcp_requests_total', { ...count, server: 'own' })).toBe(2);
  expect(sampleOf(samples, 'mcp_requests_total', { ...count, server: 'all' })).toBe(1);
  expect(sampleOf(samples, 'mcp_pipe_gateway_clients', { kind: 'http' })).toBe(2);
  expect(sampleOf(samples, 'mcp_pipe_gateway_joins_total')).toBe(2);
  expect(sampleOf(samples, 'mcp_pipe_server_instances', { server: 'own' })).toBe(2);
  expect(sampleOf(samples, 'mcp_pipe_server_starts_total', { server: 'own' })).toBe(2);
  expect(sampleOf(samples, 'mcp_pipe_servers', { state: 'ready' })).toBe(2);
  for (const server of ['all', 'own'])
    expect(sampleOf(samples, 'mcp_pipe_server_up', { server }), server).toBe(1);
  expect(JSON.stringify(samples)).not.toMatch(/made-up|http #|own#/);
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { openMetrics } from '../../src/daemon/run-metrics.js';
import { Measures } from '../../src/observe/measures/measures.js';
import type { OpenMetrics } from '../../src/observe/metrics/metrics.js';
import { eventually } from '../helpers/eventually.js';
import { sampleOf, samplesOf } from '../helpers/exposition.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { basic, planLink, planMux, planOf, planRotate, type Served, TestDaemon } from '../helpers/link.js';

/** A running daemon whose metrics are read. */
async function running(plansOf: (endpoint: ReturnType<FakeEndpoint['endpoint']>) => Served[]) {
  const fake = await FakeEndpoint.start();
  const plans = plansOf(fake.endpoint());
  const plan = planOf(plans);
  const measures = new Measures({ plan });
  measures.measure = (_, onRead) => {
    onRead?.();
    return () => {};
  };
  let metrics: OpenMetrics | undefined;
  const test = new TestDaemon(plans, () => 0.5, { onCall: (call) => metrics!.observer.onCall!(call) });
  metrics = await openMetrics({ version: '1.2.3', plan, measures, app: () => test.app });
  test.app.observers.push(metrics.observer);
  test.app.start();
  onTestFinished(async () => {
    test.app.force();
    await test.app.stop();
    metrics.close();
    await fake.close();
  });
  return { fake, test, scrape: async () => samplesOf(await metrics.text()) };
}

const callOf = (server: string, tool: string) => ({ server, tool, status: 'ok' });

describe('metrics of links that run', () => {
  it('name the tools of a pipe', async () => {
    const { fake, scrape } = await running((endpoint) => [
      planLink({ endpoint, name: 'one', server: ['basic.mjs'] }),
    ]);
    const first = await fake.connection();
    await first.greet();
    await first.tool(1, 'echo', { text: 'a' });
    await first.call(2, 'tools/call', { name: 'made-up' });
    const samples = await eventually(async () => {
      const now = await scrape();
      return sampleOf(now, 'mcp_requests_total', callOf('one', 'echo')) ? now : undefined;
    });
    expect(sampleOf(samples, 'mcp_requests_total', { ...callOf('one', 'other'), status: 'error' })).toBe(1);
    expect(sampleOf(samples, 'mcp_pipe_link_up', { link: 'one' })).toBe(1);
    expect(sampleOf(samples, 'mcp_pipe_link_ready', { link: 'one' })).toBe(1);
    expect(sampleOf(samples, 'mcp_pipe_link_unsent_bytes', { link: 'one' })).toBe(0);
    expect(sampleOf(samples, 'mcp_pipe_server_starts_total', { server: 'one' })).toBe(1);
    expect(samples.filter(({ name }) => name === 'mcp_pipe_link_down_cause')).toEqual([]);
    first.begin(3, 'hold');
    await eventually(async () => {
      const now = await scrape();
      return sampleOf(now, 'mcp_pipe_requests_in_flight', { server: 'one' }) === 1;
    });
  });

  it('name the tools of a mux as their servers do', async () => {
    const { fake, scrape } = await running((endpoint) => [
      planMux({ endpoint, members: [basic('one'), basic('two')] }),
    ]);
    const first = await fake.connection();
    await first.greet();
    for (const id of [1, 2, 3]) await first.tool(id, 'two__echo', { text: 'a' });
    await first.call(4, 'tools/call', { name: 'made-up' });
    const samples = await eventually(async () => {
      const now = await scrape();
      return sampleOf(now, 'mcp_requests_total', callOf('two', 'echo')) ? now : undefined;
    });
    expect(sampleOf(samples, 'mcp_requests_total', callOf('two', 'echo'))).toBe(3);
    expect(sampleOf(samples, 'mcp_requests_total', { ...callOf('', 'other'), status: 'error' })).toBe(1);
    expect(sampleOf(samples, 'mcp_pipe_servers', { state: 'ready' })).toBe(2);
  });

  it('tell the end of a turn, of a dropped connection, and of one that was asked to end', async () => {
    const { fake, test, scrape } = await running((endpoint) => [
      planRotate({ endpoint, dwellMs: 50, members: [basic('one'), basic('two', { dwellMs: 3_600_000 })] }),
    ]);
    await (await fake.connection(0)).greet();
    const second = await fake.connection(1);
    await second.greet();
    await second.close();
    const third = await fake.connection(2);
    await third.greet();
    await test.status('client-initialized', 2);
    test.app.daemon.links[0]!.reconnect('asked');
    await (await fake.connection(3)).greet();
    await test.status('client-initialized', 3);
    const closes = (await scrape()).filter(({ name }) => name === 'mcp_pipe_connection_closes_total');
    expect(closes.map(({ labels: { cause }, value }) => [cause, value])).toEqual([
      ['turn', 1],
      ['closed-by-endpoint', 1],
      ['asked', 1],
    ]);
  });
});

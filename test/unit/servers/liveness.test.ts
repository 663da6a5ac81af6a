import { expect, it, vi } from 'vitest';
import { defaults } from '../../../src/config/defaults.js';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { SupervisedServer } from '../../../src/servers/supervised-server.js';
import { processEndOf } from '../../../src/transports/stdio.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { attachedServer, hubWithClient } from '../../helpers/server-state.js';

it('counts the calls that run once for all that it names, however many these are', async () => {
  const clock = new ManualClock();
  const said: StatusEvent[] = [];
  const { server, owner } = attachedServer();
  const { hub, client } = hubWithClient({ clock, server, onStatus: (status) => said.push(status) });
  const [toServer] = memoryPair();
  const [toEndpoint, endpoint] = memoryPair();
  const life = hub.attach(toServer, owner);
  const settings = { callWarnMs: 100, callTimeoutMs: 1_000, serverPingTimeoutMs: 100, restartAfterCalls: 1 };
  const watch = hub.watch(life, settings, () => {});
  endpoint.send(
    Array.from({ length: 500 }, (_, i) => Buffer.from(`{"jsonrpc":"2.0","id":${i},"method":"tools/call"}`)),
  );
  const carried = client.serveConnection(toEndpoint);
  await clock.advance(0);
  const walks = vi.spyOn(life.inflight, 'running');
  await clock.advance(150);
  expect(said.filter(({ type }) => type === 'call-unanswered')).toHaveLength(500);
  expect(said.at(-1)).toMatchObject({ running: 500 });
  // One or two for each look, none for each call.
  expect(walks.mock.calls.length).toBeLessThan(20);
  watch.stop();
  await endpoint.close();
  await carried;
});

it.each([
  ['that it had no watch before', { callWarnMs: 0, restartAfterCalls: 0 }],
  ['shorter times', { callWarnMs: 60_000, callTimeoutMs: 600_000, serverPingTimeoutMs: 600_000 }],
])('a running server is watched as its next link wants: %s', async (_, before) => {
  const clock = new ManualClock();
  const statuses: StatusEvent[] = [];
  const [near, far] = memoryPair();
  void (async () => {
    for await (const batch of far.batches)
      if (String(batch[0]).includes('initialize"'))
        far.send([Buffer.from('{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2024-11-05"}}')]);
  })();
  const server = new SupervisedServer(
    {
      ...{ name: 'server', kind: 'stdio', shown: 'server', options: { handshake: 'speculative' } },
      open: async () => Object.assign(near, { pid: 1, stderrTail: () => [], endOf: processEndOf }),
    },
    { clock, mayStart: async () => () => {}, random: () => 0 },
    defaults,
  );
  server.isPlanned = true;
  const first = server.use({
    by: 'first',
    settings: { ...defaults, ...before },
    onStatus: () => {},
    onClientStatus: () => {},
  });
  first.begin();
  first.start();
  await clock.advance(0);
  expect(server.upstream.state).toBe('ready');
  const settings = { ...defaults, callWarnMs: 1_000, callTimeoutMs: 2_000, serverPingTimeoutMs: 1_000 };
  await first.stop(AbortSignal.abort());
  const second = server.use({
    by: 'second',
    settings,
    onStatus: (status) => statuses.push(status),
    onClientStatus: () => {},
  });
  second.begin();
  const [toEndpoint, endpoint] = memoryPair();
  void second.client.serveConnection(toEndpoint);
  endpoint.send([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call"}')]);
  await clock.advance(1_500);
  expect(statuses.map(({ type }) => type)).toContain('call-unanswered');
  await clock.advance(1_500);
  expect(statuses.map(({ type }) => type)).toContain('server-silent');
});

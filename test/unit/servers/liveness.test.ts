import { expect, it, vi } from 'vitest';
import type { StatusEvent } from '../../../src/protocol/status.js';
import { Bridge } from '../../../src/servers/bridge.js';
import { Handshake } from '../../../src/servers/handshake.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { memoryPair } from '../../helpers/memory-pair.js';
import { attachedServer } from '../../helpers/server-state.js';

it('counts the calls that run once for all that it names, however many these are', async () => {
  const clock = new ManualClock();
  const said: StatusEvent[] = [];
  const { server, owner } = attachedServer();
  const bridge = new Bridge({
    name: 'server',
    handshake: new Handshake('passthrough'),
    clock,
    holdTimeoutMs: 1_000,
    maxHeldBytes: 1024 * 1024,
    maxFrameBytes: 1024 * 1024,
    onStatus: (status) => said.push(status),
    server,
  });
  const [toServer] = memoryPair();
  const [toEndpoint, endpoint] = memoryPair();
  const life = bridge.attach(toServer, owner);
  const settings = { callWarnMs: 100, callTimeoutMs: 1_000, serverPingTimeoutMs: 100, restartAfterCalls: 1 };
  const watch = bridge.watch(life, settings, () => {});
  endpoint.send(
    Array.from({ length: 500 }, (_, i) => Buffer.from(`{"jsonrpc":"2.0","id":${i},"method":"tools/call"}`)),
  );
  const carried = bridge.serveConnection(toEndpoint);
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

import type { OnStatus } from '../../src/protocol/status.js';
import { Handshake } from '../../src/servers/handshake.js';
import { ServerHub } from '../../src/servers/hub.js';
import type { HubClient } from '../../src/servers/hub-client.js';
import type { LifeOwner } from '../../src/servers/server-life.js';
import { ServerStateMachine } from '../../src/servers/server-state.js';
import { ManualClock } from './manual-clock.js';
import { memoryPair } from './memory-pair.js';

/** For a hub whose server is attached by the test itself, once or several times. */
export function attachedServer(): { server: ServerStateMachine; owner: LifeOwner } {
  const server = new ServerStateMachine(() => {});
  server.moveTo('starting');
  const initialized: LifeOwner['initialized'] = (to) => {
    if (to === 'initializing' && server.state !== 'starting') server.moveTo('starting');
    server.moveTo(to);
  };
  return { server, owner: { initialized, replace: () => {} } };
}

interface HubSetup {
  mode?: 'passthrough' | 'speculative';
  isRouter?: boolean;
  maxHeldBytes?: number;
  onStatus?: OnStatus;
  clock?: ManualClock;
  server: ServerStateMachine;
}

/** A hub, and a client that has joined it. */
export function hubWithClient({
  mode = 'passthrough',
  isRouter = false,
  maxHeldBytes = 1024 * 1024,
  onStatus = () => {},
  clock = new ManualClock(),
  server,
}: HubSetup): { hub: ServerHub; client: HubClient } {
  const maxFrameBytes = 1024 * 1024;
  const handshake = new Handshake(mode);
  const hub = new ServerHub({
    ...{ name: 'server', handshake, clock, maxFrameBytes, onStatus, server, isRouter },
  });
  const client = hub.client({ holdTimeoutMs: 1_000, maxHeldBytes, maxFrameBytes, onStatus });
  client.join();
  return { hub, client };
}

/** A hub without a server yet, its client, and the ends of the transports of both. */
export function hubWithEnds({ maxQueuedBytes = 1024 * 1024, ...options }: EndsSetup = {}) {
  const { server: state, owner } = attachedServer();
  const [toServer, server] = memoryPair({ maxQueuedBytes });
  const [toEndpoint, endpoint] = memoryPair();
  return { ...hubWithClient({ ...options, server: state }), owner, toServer, server, toEndpoint, endpoint };
}

interface EndsSetup extends Omit<HubSetup, 'server'> {
  maxQueuedBytes?: number;
}

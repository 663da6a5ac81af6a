import type { OnStatus } from '../../src/protocol/status.js';
import { Bridge } from '../../src/servers/bridge.js';
import { Handshake } from '../../src/servers/handshake.js';
import type { LifeOwner } from '../../src/servers/server-life.js';
import { ServerStateMachine } from '../../src/servers/server-state.js';
import { ManualClock } from './manual-clock.js';
import { memoryPair } from './memory-pair.js';

/** For a bridge whose server is attached by the test itself, once or several times. */
export function attachedServer(): { server: ServerStateMachine; owner: LifeOwner } {
  const server = new ServerStateMachine(() => {});
  server.moveTo('starting');
  const initialized: LifeOwner['initialized'] = (to) => {
    if (to === 'initializing' && server.state !== 'starting') server.moveTo('starting');
    server.moveTo(to);
  };
  return { server, owner: { initialized, replace: () => {} } };
}

/** A bridge without a server yet, and the ends of both of its transports. */
export function bridged({
  mode = 'passthrough',
  maxQueuedBytes = 1024 * 1024,
  isRouter = false,
  onStatus = () => {},
}: Bridged = {}) {
  const { server: state, owner } = attachedServer();
  const bridge = new Bridge({
    name: 'server',
    handshake: new Handshake(mode),
    clock: new ManualClock(),
    holdTimeoutMs: 1_000,
    maxHeldBytes: 1024 * 1024,
    maxFrameBytes: 1024 * 1024,
    onStatus,
    server: state,
    isRouter,
  });
  const [toServer, server] = memoryPair({ maxQueuedBytes });
  const [toEndpoint, endpoint] = memoryPair();
  return { bridge, owner, toServer, server, toEndpoint, endpoint };
}

interface Bridged {
  mode?: 'passthrough' | 'speculative';
  maxQueuedBytes?: number;
  isRouter?: boolean;
  onStatus?: OnStatus;
}

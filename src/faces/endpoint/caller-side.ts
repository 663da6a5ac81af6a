import type { WebSocket } from 'ws';
import { RelayedCalls } from './calls.js';
import type { Channel } from './channel.js';
import type { CallerConnection } from './events.js';
import type { CallerPeer, Relay, ServerPeer } from './relay.js';

/** The WebSocket of a caller, a client that sends requests: a robot, an SDK client, `openCaller`. */
export class CallerSide implements CallerPeer {
  readonly channel: Channel;
  readonly receives = 'everything';
  readonly calls: RelayedCalls<ServerPeer>;
  readonly connection: CallerConnection;

  constructor(
    socket: WebSocket,
    channel: Channel,
    relay: Relay,
    connection: CallerConnection,
    onFrame: () => void,
  ) {
    this.channel = channel;
    this.connection = connection;
    let lastId = 0;
    this.calls = new RelayedCalls(() => String(++lastId));
    relay.addCaller(this);
    socket.on('message', (data, isBinary) => {
      onFrame();
      if (isBinary) this.channel.close(1003, 'text frames only');
      else relay.fromCaller(this, data as Buffer);
    });
    socket.once('close', () => relay.removeCaller(this));
  }
}

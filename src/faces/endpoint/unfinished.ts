import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { SharedBytes } from '../shared-bytes.js';

/**
 * Counts what a peer has sent of a message that it has not finished, which `ws` keeps to itself: the bytes that came since
 * something was complete, but for those of the same read.
 */
export function countUnfinished(socket: WebSocket, tcp: Socket, unfinished: SharedBytes): void {
  let bytes = 0;
  const complete = () => {
    bytes = 0;
    unfinished.delete(tcp);
  };
  const take = (chunk: Buffer) => {
    bytes += chunk.length;
    unfinished.set(tcp, bytes, () => socket.terminate());
  };
  // Before `ws` reads it.
  tcp.prependListener('data', take);
  for (const event of ['message', 'ping', 'pong', 'close'] as const) socket.on(event, complete);
  socket.once('close', () => tcp.off('data', take));
}

import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { SharedBytes } from '../shared-bytes.js';

/**
 * Counts the bytes of a message that a peer has not finished: the bytes after the read in which the last message or control
 * frame was complete. `ws` does not report them.
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
  // Before `ws` reads the bytes.
  tcp.prependListener('data', take);
  for (const event of ['message', 'ping', 'pong', 'close'] as const) socket.on(event, complete);
  socket.once('close', () => tcp.off('data', take));
}

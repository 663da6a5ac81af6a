import type { WebSocket } from 'ws';
import type { Clock } from '../../time/clock.js';
import type { Channel } from './channel.js';

/**
 * Pings the peer every `intervalMs` (RFC 6455 §5.5.2) and closes with 1011 when no pong came within an interval, as the
 * self-hosted endpoint does. A peer that is not being read is not judged. The returned function ends the pings.
 */
export function watchPongs(
  socket: WebSocket,
  channel: Channel,
  clock: Clock,
  intervalMs: number,
): () => void {
  let isOwed = false;
  socket.on('pong', () => {
    isOwed = false;
  });
  const beat = () => {
    if (isOwed && channel.isReading) return channel.close(1011, 'keepalive ping timeout');
    isOwed = channel.isReading;
    channel.ping();
    cancel = clock.after(intervalMs, beat);
  };
  let cancel = clock.after(intervalMs, beat);
  return () => cancel();
}

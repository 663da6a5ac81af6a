import type { WebSocket } from 'ws';
import type { Clock } from '../../time/clock.js';
import type { Channel } from './channel.js';

/**
 * Pings the peer every `intervalMs` (RFC 6455 §5.5.2) and closes with 1011 when a whole interval brought no pong, as
 * the self-hosted endpoint does. Whoever we do not read at the moment is not judged. The result stops it.
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

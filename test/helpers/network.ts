import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listen } from './listen.js';

/** A network path to a port of this machine. It can drop everything that passes. */
export async function networkTo(port: number) {
  const pairs: [Socket, Socket][] = [];
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    pairs.push([near, far]);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  onTestFinished(() => {
    for (const [, far] of pairs) far.destroy();
  });
  return {
    port: await listen(server),
    /** From now on neither side of an open connection receives anything, not even its end. */
    swallow() {
      for (const [near, far] of pairs.splice(0)) {
        for (const socket of [near, far]) {
          socket.unpipe();
          socket.removeAllListeners('close');
          socket.removeAllListeners('error');
          socket.on('error', () => {});
          socket.resume();
        }
        onTestFinished(() => void far.destroy());
      }
    },
  };
}

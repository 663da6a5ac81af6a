import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Transport } from '../../src/transports/transport.js';
import type { Pair } from './transport.contract.js';

/** A far side over WebSocket, and how it is dialled. */
export async function overWebSocket(dial: (url: string) => Promise<Transport>): Promise<Pair> {
  let flooded = 0;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket, request) => {
    socket.on('message', async (data) => {
      const text = data.toString();
      if (text === '!bye') {
        socket.send('last words');
        socket.close(4001, 'bye');
      } else if (text.startsWith('!burst ')) {
        request.socket.cork();
        for (const frame of numbered(Number(text.slice(7)))) socket.send(frame, { binary: false });
        request.socket.uncork();
      } else if (text === '!deaf') request.socket.pause();
      else if (text.startsWith('!flood ')) {
        socket.pause();
        for (let i = 0; i < Number(text.slice(7)); i += 1) {
          await new Promise((resolve) => socket.send(String(i).padEnd(999, '.'), resolve));
          flooded = i + 1;
        }
        socket.resume();
      } else socket.send(text);
    });
  });
  await once(server, 'listening');
  const transport = await dial(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/?token=t`);
  return closing({ transport, flooded: () => flooded });
}

export function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`${i}`));
}

export function closing<T extends { transport: Transport }>(pair: T): T {
  onTestFinished(async () => {
    await pair.transport.close({ forceSignal: AbortSignal.abort() });
  });
  return pair;
}

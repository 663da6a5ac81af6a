import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CUT = '"test_reconnection"';

/**
 * Stands between the runner and a gateway: gives the key with every request, for the runner has none to give, and loses the
 * connection of the tool that the runner takes for one that does so, once its stream has begun.
 */
export async function startFront(
  origin: string,
  key: string,
): Promise<{ port: number; close(): Promise<void> }> {
  const { port } = new URL(origin);
  const forward = async (from: IncomingMessage, to: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of from) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const isCut = body.includes(CUT);
    const headers = { ...from.headers, authorization: `Bearer ${key}` };
    const options = { host: '127.0.0.1', port, path: from.url, method: from.method, headers };
    const onward = request(options, (answer) => {
      to.writeHead(answer.statusCode!, answer.headers);
      to.flushHeaders();
      if (!isCut) return void answer.pipe(to);
      answer.once('data', (event: Buffer) => {
        to.end(event);
        onward.destroy();
      });
    });
    onward.on('error', () => to.destroy());
    to.on('close', () => onward.destroy());
    onward.end(body);
  };
  const front = createServer((from, to) => {
    forward(from, to).catch(() => to.destroy());
  });
  front.listen(0, '127.0.0.1');
  await new Promise((resolve) => front.once('listening', resolve));
  return {
    port: (front.address() as AddressInfo).port,
    close: async () => {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
    },
  };
}

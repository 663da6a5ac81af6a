import { request } from 'node:https';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { Deployment } from './deployment.js';

/** nginx, and replicas that answer everything. Returns the heads of the requests that they get, each as its lines in lower case. */
async function withHeads(): Promise<{ world: Deployment; heads: string[][] }> {
  const world = await Deployment.prepare();
  const heads: string[][] = [];
  for (const port of Object.values(world.ports.gateway)) {
    const replica = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => {
        heads.push(String(bytes).split('\r\n\r\n')[0]!.toLowerCase().split('\r\n'));
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => replica.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => void replica.close());
  }
  await world.startNginx();
  return { world, heads };
}

function get(world: Deployment, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(`${world.origin}/status`, { ca: world.ca, headers, agent: false }, (response) => {
      response.on('error', reject);
      response.on('end', resolve).resume();
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('what a client says about where it comes from reaches no replica; its key does', async () => {
  const { world, heads } = await withHeads();
  const forged = Object.fromEntries(
    [
      ...[
        'x-forwarded-for',
        'x-forwarded-proto',
        'x-forwarded-host',
        'x-forwarded-prefix',
        'x-forwarded-port',
      ],
      ...['x-forwarded-server', 'x-real-ip', 'x-request-id', 'forwarded', 'via'],
    ].map((name) => [name, 'forged']),
  );
  await get(world, { ...forged, 'x-api-key': 'of-the-client', authorization: 'Bearer of-the-client' });
  const [head] = heads;
  expect(head!.join('\n')).not.toContain('forged');
  const host = `localhost:${world.ports.https}`;
  for (const line of [
    ...[`host: ${host}`, `x-forwarded-host: ${host}`, 'x-forwarded-for: 127.0.0.1', 'x-real-ip: 127.0.0.1'],
    ...['x-forwarded-proto: https', 'x-api-key: of-the-client', 'authorization: bearer of-the-client'],
  ])
    expect(head).toContain(line);
  expect(head!.find((line) => line.startsWith('x-request-id: '))).toMatch(/^x-request-id: [0-9a-f]{32}$/);
});

test('only a WebSocket is an upgrade, and none is in HTTP/2', async () => {
  const { world, heads } = await withHeads();
  const upgrades = () =>
    heads.map((head) => head.filter((line) => /^(upgrade|connection):/.test(line)).sort());
  await get(world, { upgrade: 'WebSocket', connection: 'Upgrade' });
  await get(world, { upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABk' });
  expect(upgrades()).toEqual([['connection: upgrade', 'upgrade: websocket'], []]);

  // No client of HTTP/2 sends such a header: the frames are written here (RFC 9113 §4.1, RFC 7541 §6.2.2).
  const frame = (type: number, flags: number, stream: number, payload: Buffer) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const fields = [
    ...[':method GET', ':scheme https', ':path /servers/one/ws', `:authority localhost:${world.ports.https}`],
    'upgrade websocket',
  ].map((field) => {
    const [name = '', value = ''] = field.split(' ').map((text) => Buffer.from(text));
    return Buffer.concat([
      Buffer.from([0, name.length]),
      name as Buffer,
      Buffer.from([value.length]),
      value as Buffer,
    ]);
  });
  const of = { port: world.ports.https, ca: world.ca, host: 'localhost', ALPNProtocols: ['h2'] };
  const socket = connect(of, () => {
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(4, 0, 0, Buffer.alloc(0)));
    socket.write(frame(1, 5, 1, Buffer.concat(fields)));
  });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await eventually(() => heads.length === 3);
  expect(heads[2]![0]).toBe('get /servers/one/ws http/1.1');
  expect(upgrades()[2]).toEqual([]);
});

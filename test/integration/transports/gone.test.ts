import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { defaults } from '../../../src/config/defaults.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { systemClock } from '../../../src/time/clock.js';
import { dialWebSocket, type WebSocketOptions } from '../../../src/transports/websocket.js';
import { listen } from '../../helpers/listen.js';
import { isInTcpTable } from '../../helpers/tcp-table.js';

const tlsFile = (name: string) => readFile(join(import.meta.dirname, '../../fixtures/tls', name), 'utf8');
/** More than the buffers of both systems take. */
const LARGE = Buffer.from(JSON.stringify('x'.repeat(32 * 1024 * 1024)));
const neverAborts = () => new AbortController().signal;

/** A connection whose endpoint reads nothing, and 32 MiB that wait for it. */
async function stuck(scheme: 'ws' | 'wss', over: Partial<WebSocketOptions> = {}) {
  const key =
    scheme === 'wss'
      ? { key: await tlsFile('localhost-key.pem'), cert: await tlsFile('localhost-cert.pem') }
      : undefined;
  const server = key ? createSecureServer(key) : createServer();
  const port = await listen(server);
  const accepted = once(new WebSocketServer({ server }), 'connection') as Promise<
    [WebSocket, IncomingMessage]
  >;
  const ca = key ? { ca: key.cert } : {};
  const transport = await dialWebSocket(new Endpoint(`${scheme}://localhost:${port}/mcp/?token=t`), {
    ...{ ...defaults, closeTimeoutMs: 100, clock: systemClock, ...ca, ...over },
  })(neverAborts());
  const [far, { socket: tcp }] = await accepted;
  far.on('error', () => {});
  tcp.pause();
  const ourPort = tcp.remotePort!;
  void transport.send([LARGE]);
  expect(await isInTcpTable(ourPort)).toBe(true);
  return { transport, far, tcp, ourPort };
}

// What the system does with a connection is asked of /proc.
describe.skipIf(process.platform !== 'linux').each(['ws', 'wss'] as const)('over %s', (scheme) => {
  it('leaves nothing of a connection that the endpoint has closed without reading what was sent', async () => {
    const { transport, far, ourPort } = await stuck(scheme);
    far.close(1009, 'too big');
    expect(await transport.closed).toMatchObject({ by: 'remote', code: 1009 });
    expect(await isInTcpTable(ourPort)).toBe(false);
  });

  it('leaves nothing of a connection of which the endpoint has closed its half', async () => {
    const { transport, tcp, ourPort } = await stuck(scheme, { closeTimeoutMs: 600_000 });
    tcp.end();
    expect(await transport.closed).toMatchObject({ by: 'remote', code: 1006, lostBytes: expect.any(Number) });
    expect(await isInTcpTable(ourPort)).toBe(false);
  });

  it('leaves nothing of a connection that we close and the endpoint does not', async () => {
    const { transport, ourPort } = await stuck(scheme);
    const { lostBytes } = await transport.close();
    expect(lostBytes).toBeGreaterThan(LARGE.length);
    expect(await isInTcpTable(ourPort)).toBe(false);
  });

  it('leaves nothing of a connection that is closed in a hurry', async () => {
    const { transport, ourPort } = await stuck(scheme, { closeTimeoutMs: 600_000 });
    expect(await transport.close({ forceSignal: AbortSignal.abort() })).toMatchObject({ by: 'local' });
    expect(await isInTcpTable(ourPort)).toBe(false);
  });

  it('leaves nothing of a connection on which no ping is answered', async () => {
    const { transport, ourPort } = await stuck(scheme, {
      // Long enough for it to have been seen alive.
      keepaliveIntervalMs: 1_000,
      keepaliveTimeoutMs: 1_000,
    });
    expect(await transport.closed).toMatchObject({ by: 'keepalive' });
    expect(await isInTcpTable(ourPort)).toBe(false);
  });

  it('leaves nothing of a connection on which the endpoint breaks the protocol', async () => {
    const { transport, tcp, ourPort } = await stuck(scheme);
    // A frame with a reserved opcode.
    tcp.write(Buffer.from([0x8b, 0]));
    expect((await transport.closed).code).toBe(1002);
    expect(await isInTcpTable(ourPort)).toBe(false);
  });

  it('leaves nothing of a dial that took too long', async () => {
    const server = createTcpServer({ pauseOnConnect: true });
    const port = await listen(server);
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const dialling = dialWebSocket(new Endpoint(`${scheme}://127.0.0.1:${port}/mcp/?token=t`), {
      ...{ ...defaults, dialTimeoutMs: 300, clock: systemClock },
    })(neverAborts());
    const [{ remotePort }] = await accepted;
    await expect(dialling).rejects.toThrow('ETIMEDOUT');
    expect(await isInTcpTable(remotePort!)).toBe(false);
  });
});

describe('whenRead', () => {
  it('waits until the endpoint has read what the system took from us long before', async () => {
    const { transport, far, tcp } = await stuck('ws');
    const waited = transport.whenRead!();
    expect(waited).toBeInstanceOf(Promise);
    let isRead = false;
    void waited!.then(() => {
      isRead = true;
    });
    const message = once(far, 'message').then(([data]) => ({ isRead, bytes: (data as Buffer).length }));
    tcp.resume();
    expect(await message).toEqual({ isRead: false, bytes: LARGE.length });
    await waited;
    expect(transport.whenRead!()).toBeUndefined();
    expect(await transport.close()).toEqual({ by: 'local', code: 1000, reason: '' });
  });

  it('waits no longer than the connection lasts', async () => {
    const { transport, tcp } = await stuck('ws');
    const waited = transport.whenRead!();
    tcp.destroy();
    await waited;
    expect((await transport.closed).lostBytes).toBeGreaterThan(0);
  });
});

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type RemoteServerOptions, remoteServer } from '../helpers/remote-server.js';

/** The tests' own remote server is understood by a client that is not ours. */
describe.each<RemoteServerOptions>([
  { speaks: 'http' },
  { speaks: 'http', answers: 'events' },
  { speaks: 'http', hasSessions: false },
  { speaks: 'sse' },
  { speaks: 'ws' },
])('the remote server of the tests, with %j', (options) => {
  it('answers a client of the SDK', async () => {
    vi.stubGlobal('WebSocket', WebSocket);
    const server = await remoteServer(options);
    const Transport = {
      http: StreamableHTTPClientTransport,
      sse: SSEClientTransport,
      ws: WebSocketClientTransport,
    }[options.speaks ?? 'http'];
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new Transport(new URL(server.url)));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['add', 'echo']);
    const { content } = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
    expect(content).toEqual([{ type: 'text', text: '5' }]);
    await client.close();
    expect(server.methods).toContain('tools/call');
  });
});

it('refuses who lacks a header', async () => {
  const server = await remoteServer({ needs: { Authorization: 'Bearer secret' } });
  const status = async (headers: Record<string, string>) =>
    (await fetch(server.url, { method: 'POST', headers, body: '{"id":1,"method":"initialize","params":{}}' }))
      .status;
  expect([await status({}), await status({ authorization: 'Bearer secret' })]).toEqual([401, 200]);
});

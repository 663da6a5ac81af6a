import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { startEndpoint } from '../../../src/faces/endpoint/server.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { eventually } from '../../helpers/eventually.js';
import { fourServers } from '../../helpers/four-servers.js';
import { startMux, type MuxUnderTest } from '../../helpers/link.js';

// The SDK's transport takes the global WebSocket, which Node 20 does not have yet.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

const TOKEN = 'token-for-four-servers';

async function four(options: Partial<MuxUnderTest> = {}) {
  const endpoint = await startEndpoint();
  onTestFinished(() => endpoint.close());
  const { folder, members } = await fourServers();
  const test = startMux({ endpoint: new Endpoint(endpoint.selfHostedUrl(TOKEN)), members, ...options });
  await test.status('open');
  return { endpoint, folder, test, callerUrl: endpoint.callerUrl(TOKEN) };
}

async function connect(callerUrl: string, capabilities: object) {
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  onTestFinished(() => client.close());
  const connect = async () => client.connect(new WebSocketClientTransport(new URL(callerUrl)));
  return { client, connect };
}

const text = (result: unknown) => (result as { content: { text: string }[] }).content.map((c) => c.text).join('\n');

it('shows the tools of four servers as one list, in the order of the configuration', async () => {
  const { callerUrl, test } = await four();
  const { client, connect: start } = await connect(callerUrl, { sampling: {}, roots: {} });
  await start();
  expect(client.getServerVersion()?.name).toBe('mcp-pipe');
  const { tools, nextCursor } = await client.listTools();
  const names = tools.map(({ name }) => name);
  expect(nextCursor).toBeUndefined();
  console.log(names.length, names.join(' '));
  console.log(JSON.stringify(client.getServerCapabilities()), client.getInstructions()?.slice(0, 300));
  console.log(test.statuses.map((s) => `${s.link}/${s.server ?? ''} ${s.type} ${s.type==='noise'?s.why+s.excerpt:''}`).join('\n'));
  expect(names).toContain('echo');
});

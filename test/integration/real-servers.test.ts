import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { openCaller } from '../../src/faces/endpoint/caller.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { startLinks } from '../helpers/link.js';
import { program } from '../helpers/real-servers.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-real-'));
  await writeFile(join(folder, 'note.txt'), 'ghi chú');
});

async function pipe(server: [string, ...string[]], env: Record<string, string> = {}) {
  const endpoint = await startEndpoint();
  onTestFinished(() => endpoint.close());
  const token = 'token-for-a-real-server';
  const test = startLinks([{ endpoint: new Endpoint(endpoint.serverUrl(token)), server, env }]);
  const tools = new Promise<string[]>((resolve) =>
    endpoint.on('server-tools', ({ tools = [] }) => resolve(tools.map(({ name }) => name))),
  );
  return { endpoint, test, tools, callerUrl: endpoint.callerUrl(token) };
}

describe.each([
  {
    name: '@modelcontextprotocol/server-filesystem',
    args: () => [folder],
    tools: 14,
    call: () => ({ name: 'read_text_file', arguments: { path: join(folder, 'note.txt') } }),
    answer: 'ghi chú',
  },
  {
    name: '@modelcontextprotocol/server-memory',
    args: () => [],
    tools: 9,
    call: () => ({
      name: 'create_entities',
      arguments: { entities: [{ name: 'Huế', entityType: 'city', observations: ['🌸'] }] },
    }),
    answer: 'Huế',
  },
  {
    name: '@modelcontextprotocol/server-everything',
    args: () => ['stdio'],
    tools: 10,
    call: () => ({ name: 'echo', arguments: { message: 'xin chào' } }),
    answer: 'xin chào',
  },
  {
    name: '@modelcontextprotocol/server-sequential-thinking',
    args: () => [],
    tools: 1,
    call: () => ({
      name: 'sequentialthinking',
      arguments: { thought: 'one', thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false },
    }),
    answer: 'thoughtNumber',
  },
])('$name through its WebSocket', ({ name, args, tools: least, call, answer }) => {
  it('tells the endpoint its tools, and answers a caller', async () => {
    const link = await pipe([program(name), ...args()], { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') });
    expect((await link.tools).length).toBeGreaterThanOrEqual(least);
    const caller = await openCaller(link.callerUrl);
    onTestFinished(() => caller.close());
    const result = (await caller.request('tools/call', call())) as { content: { text: string }[] };
    expect(JSON.stringify(result.content)).toContain(answer);
    expect(link.test.all('down')).toEqual([]);
    expect(link.test.all('server-replaced')).toEqual([]);
  });
});

it('lets the SDK’s WebSocket client talk through endpoint and pipe to a stdio server', async () => {
  const { callerUrl, tools } = await pipe([program('@modelcontextprotocol/server-everything'), 'stdio']);
  await tools;
  // The SDK's transport takes the global WebSocket, which Node 20 does not have yet.
  globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;
  const client = new Client({ name: 'test', version: '1' }, { capabilities: {} });
  const transport = new WebSocketClientTransport(new URL(callerUrl));
  await client.connect(transport);
  onTestFinished(() => client.close());
  expect(client.getServerVersion()?.name).toBe('mcp-servers/everything');
  const list = await client.listTools();
  expect(list.tools.map(({ name }) => name)).toContain('echo');
  // Counted on the wire: the SDK forgets the last progress when the result comes in the same chunk.
  const arrived: unknown[] = [];
  const take = transport.onmessage;
  transport.onmessage = (message) => {
    arrived.push('method' in message ? message.params?.progress : 'result');
    take?.(message);
  };
  const progress: number[] = [];
  const result = await client.callTool(
    { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 } },
    undefined,
    { onprogress: (step) => progress.push(step.progress) },
  );
  expect(JSON.stringify(result.content)).toContain('completed');
  expect(arrived).toEqual([1, 2, 3, 4, 'result']);
  expect(progress.slice(0, 3)).toEqual([1, 2, 3]);
  const { prompts } = await client.listPrompts();
  expect(prompts.length).toBeGreaterThan(0);
});

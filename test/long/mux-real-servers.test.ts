import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { eventually } from '../helpers/eventually.js';
import { fourServers } from '../helpers/four-servers.js';
import { type MuxUnderTest, startMux } from '../helpers/link.js';

// The SDK's transport takes the global WebSocket, which Node 20 does not have yet.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

const TOKEN = 'token-for-four-servers';
/** What the everything server shows more of its tools for. */
const ASKABLE = { sampling: {}, roots: { listChanged: true }, elicitation: { form: {}, url: {} } };

async function four(options: Partial<MuxUnderTest> = {}) {
  const endpoint = await startEndpoint();
  onTestFinished(() => endpoint.close());
  const { folder, members } = await fourServers();
  const test = startMux({ endpoint: new Endpoint(endpoint.selfHostedUrl(TOKEN)), members, ...options });
  await test.status('open');
  return { endpoint, folder, test, callerUrl: endpoint.callerUrl(TOKEN) };
}

function newClient(capabilities: object) {
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  onTestFinished(() => client.close());
  return client;
}

async function connected(callerUrl: string, capabilities: object) {
  const client = newClient(capabilities);
  await client.connect(new WebSocketClientTransport(new URL(callerUrl)));
  return client;
}

const textOf = (result: unknown) =>
  (result as { content: { text: string }[] }).content.map(({ text }) => text).join('\n');

const TOOLS_OF_OTHERS = [
  ...['create_entities', 'create_relations', 'add_observations', 'delete_entities', 'delete_observations'],
  ...['delete_relations', 'read_graph', 'search_nodes', 'open_nodes'],
  ...['read_file', 'read_text_file', 'read_media_file', 'read_multiple_files', 'write_file', 'edit_file'],
  ...['create_directory', 'list_directory', 'list_directory_with_sizes', 'directory_tree', 'move_file'],
  ...['search_files', 'get_file_info', 'list_allowed_directories', 'calculate'],
];

it('initialises every server with what the caller can really do', async () => {
  const plain = await four();
  const simple = await connected(plain.callerUrl, {});
  const few = (await simple.listTools()).tools.map(({ name }) => name);
  expect(few.slice(13)).toEqual(TOOLS_OF_OTHERS);

  const rich = await four();
  const able = await connected(rich.callerUrl, ASKABLE);
  const names = async () => (await able.listTools()).tools.map(({ name }) => name);
  // The everything server adds tools after it was initialised, and says so.
  const many = await eventually(async () => ((await names()).length > 40 ? names() : undefined), {
    what: 'the tools for able callers',
  });
  expect(many.slice(17)).toEqual(TOOLS_OF_OTHERS);
  expect(many.slice(0, 17)).toEqual(
    expect.arrayContaining(['trigger-elicitation-request', 'get-roots-list']),
  );
});

it('says what the servers can do together, and passes their instructions on under their names', async () => {
  const { callerUrl } = await four();
  const client = await connected(callerUrl, ASKABLE);
  expect(client.getServerVersion()).toEqual({ name: 'mcp-pipe', version: '0.0.0' });
  expect(client.getServerCapabilities()).toMatchObject({
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    logging: {},
    completions: {},
    tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
  });
  expect(client.getInstructions()).toMatch(/^# everything\n\n/);
  await client.ping();
});

it('calls tools, reads resources, gets prompts and completes arguments of whichever server has them', async () => {
  const { callerUrl, folder } = await four();
  const client = await connected(callerUrl, {});
  const call = async (name: string, args: object) =>
    textOf(await client.callTool({ name, arguments: args as Record<string, unknown> }));
  // Nobody has listed anything yet: the mux finds out by itself.
  expect(await call('calculate', { expression: '6*7' })).toContain('42');
  expect(await call('echo', { message: 'xin chào' })).toContain('xin chào');
  expect(await call('read_text_file', { path: join(folder, 'note.txt') })).toBe('ghi chú');
  const entities = [{ name: 'Huế', entityType: 'city', observations: ['🌸'] }];
  expect(await call('create_entities', { entities })).toContain('Huế');

  const { resources } = await client.listResources();
  expect(resources.length).toBeGreaterThan(6);
  const { contents } = await client.readResource({ uri: resources[0]!.uri });
  expect(contents[0]?.uri).toBe(resources[0]!.uri);
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates).toHaveLength(2);
  const dynamic = await client.readResource({ uri: 'demo://resource/dynamic/text/7' });
  expect(dynamic.contents[0]?.uri).toBe('demo://resource/dynamic/text/7');

  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toContain('args-prompt');
  const prompt = await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Huế' } });
  expect(JSON.stringify(prompt.messages)).toContain('Huế');
  const completed = await client.complete({
    ref: { type: 'ref/prompt', name: 'completable-prompt' },
    argument: { name: 'department', value: 'E' },
  });
  expect(completed.completion.values).toContain('Engineering');
});

it('refuses what no server knows, at once', async () => {
  const { callerUrl } = await four();
  const client = await connected(callerUrl, {});
  await expect(client.callTool({ name: 'no-such-tool', arguments: {} })).rejects.toMatchObject({
    code: -32602,
  });
  await expect(client.getPrompt({ name: 'no-such-prompt' })).rejects.toMatchObject({ code: -32602 });
  const nothing = { parse: () => ({}) } as never;
  await expect(client.request({ method: 'no/such/method' }, nothing)).rejects.toMatchObject({ code: -32601 });
});

it('asks the caller what a server asks: sampling, elicitation, roots', async () => {
  const { callerUrl, folder } = await four();
  const client = newClient(ASKABLE);
  client.setRequestHandler(ListRootsRequestSchema, () => ({
    roots: [{ uri: `file://${folder}`, name: 'mine' }],
  }));
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
    model: 'test-model',
    role: 'assistant' as const,
    content: { type: 'text' as const, text: `heard: ${JSON.stringify(params.messages[0]?.content)}` },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({
    action: 'accept' as const,
    content: { name: 'An', untypedSingleSelectEnum: 'Monica' },
  }));
  await client.connect(new WebSocketClientTransport(new URL(callerUrl)));
  await eventually(
    async () => (await client.listTools()).tools.some(({ name }) => name === 'get-roots-list'),
    {
      what: 'the tools for able callers',
    },
  );
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await client.callTool({ name, arguments: args }));
  expect(await call('trigger-sampling-request', { prompt: 'hát đi', maxTokens: 10 })).toContain('hát đi');
  expect(await call('trigger-elicitation-request')).toContain('An');
  expect(await call('get-roots-list')).toContain('mine');
  // The filesystem server takes the caller's roots for the folders it may read.
  expect(await call('list_allowed_directories')).toContain(folder);
});

it('passes on progress, cancelled calls, log messages and updates of resources', async () => {
  const { callerUrl, test } = await four();
  const client = await connected(callerUrl, {});
  const progress: number[] = [];
  const long = { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 } };
  await client.callTool(long, undefined, { onprogress: (step) => progress.push(step.progress) });
  expect(progress.slice(0, 3)).toEqual([1, 2, 3]);

  const given = new AbortController();
  const endless = { name: 'trigger-long-running-operation', arguments: { duration: 60, steps: 2 } };
  const cancelled = client.callTool(endless, undefined, { signal: given.signal });
  given.abort('no longer wanted');
  await expect(cancelled).rejects.toThrow('no longer wanted');
  expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'on' } }))).toContain('on');

  const logged: unknown[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    logged.push(params.level);
  });
  await client.setLoggingLevel('debug');
  await client.callTool({ name: 'toggle-simulated-logging', arguments: {} });
  await eventually(() => logged.length > 0, { what: 'a log message' });

  const updated: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updated.push(params.uri);
  });
  await client.subscribeResource({ uri: 'demo://resource/dynamic/text/1' });
  await client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
  await eventually(() => updated.includes('demo://resource/dynamic/text/1'), { what: 'an update' });
  await client.unsubscribeResource({ uri: 'demo://resource/dynamic/text/1' });
  expect(test.all('invalid-message')).toEqual([]);
});

it('carries tasks: made by a call, asked for, and their result fetched', async () => {
  const { callerUrl } = await four();
  const client = await connected(callerUrl, {});
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('simulate-research-query');
  const stream = client.experimental.tasks.callToolStream({
    name: 'simulate-research-query',
    arguments: { topic: 'chè' },
  });
  const seen: string[] = [];
  for await (const message of stream) {
    seen.push(message.type);
    if (message.type === 'result') expect(textOf(message.result)).toContain('chè');
    if (message.type === 'error') throw message.error;
  }
  expect(seen[0]).toBe('taskCreated');
  expect(seen.at(-1)).toBe('result');
  const { tasks } = await client.experimental.tasks.listTasks();
  expect(tasks).toHaveLength(1);
});

it('tells the caller when a server has died and when it is back', async () => {
  const { callerUrl, test } = await four({ settings: { listChangedDelayMs: 10 } });
  const client = await connected(callerUrl, {});
  // Its death and its return are further apart than changes that are announced as one.
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes += 1;
  });
  const names = async () => (await client.listTools()).tools.map(({ name }) => name);
  expect(await names()).toContain('calculate');
  const ready = test.all('server-ready').filter(({ server }) => server === 'calculator');
  process.kill(ready.at(-1)!.pid!, 'SIGKILL');
  await eventually(() => changes >= 1, { what: 'the first change' });
  await eventually(async () => (await names()).includes('calculate'), { what: 'its return' });
  await eventually(() => changes >= 2, { what: 'the second change' });
  expect(textOf(await client.callTool({ name: 'calculate', arguments: { expression: '1+1' } }))).toContain(
    '2',
  );
});

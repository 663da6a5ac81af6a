import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v2 from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import type { Transport as TransportV1 } from '@modelcontextprotocol/sdk/shared/transport.js';
import { WebSocket } from 'ws';
import { cacheFolder, npmCommand, SUPERGATEWAY, uvx } from './gateways.js';
import { goBuild } from './go.js';
import { uvCache } from './uv.js';

const run = promisify(execFile);
const fixtures = join(import.meta.dirname, '../fixtures/remote');
/** For one run of a program: some download and compile themselves at their first start, several at once. */
const TIMEOUT_MS = 300_000;

export type Kind = 'http' | 'sse' | 'ws';

export interface Call {
  name: string;
  arguments: Record<string, string>;
}

export interface Asked {
  kind: Kind;
  url: string;
  call: Call;
}

interface Answered {
  tools: string[];
  text: string;
}

/** What a client has got at an address; that of one that failed has no tools. */
export type Outcome = Partial<Answered> & { error?: string };

/** A client of somebody else's making, as it was published. */
export interface RealClient {
  name: string;
  kinds: readonly Kind[];
  /** Downloads or builds what is missing. Resolves with false where it cannot be built here. */
  install?(): Promise<boolean>;
  /** Lists and calls at each address. */
  ask(asked: readonly Asked[]): Promise<Outcome[]>;
}

/** A client that is started, or connects, for one address. */
const oneByOne =
  (ask: (asked: Asked) => Promise<Answered>): RealClient['ask'] =>
  (all) =>
    Promise.all(all.map((asked) => ask(asked).catch((error: unknown) => ({ error: String(error) }))));

const CLIENT = { name: 'real', version: '1' };

interface SdkClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: Call): Promise<unknown>;
  close(): Promise<void>;
}

const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]!.text;

async function listAndCall(client: SdkClient, call: Call): Promise<Answered> {
  try {
    const { tools } = await client.listTools();
    return { tools: tools.map(({ name }) => name), text: textOf(await client.callTool(call)) };
  } finally {
    await client.close();
  }
}

async function sdkV1({ kind, url: address, call }: Asked): Promise<Answered> {
  const url = new URL(address);
  const client = new ClientV1(CLIENT);
  // Node 20 has none of its own, which the transport would use.
  if (kind === 'ws') Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? WebSocket });
  const transport =
    kind === 'ws' ? new WebSocketClientTransport(url) : kind === 'sse' ? new SseV1(url) : new HttpV1(url);
  await client.connect(transport as TransportV1);
  return listAndCall(client, call);
}

const sdkV2 =
  (mode: 'legacy' | 'auto') =>
  async ({ kind, url: address, call }: Asked) => {
    const url = new URL(address);
    const client = new v2.Client(CLIENT, { versionNegotiation: { mode } });
    await client.connect(
      kind === 'sse' ? new v2.SSEClientTransport(url) : new v2.StreamableHTTPClientTransport(url),
    );
    return listAndCall(client, call);
  };

/** A program that is a client over HTTP and a server on stdio. */
async function throughStdio(command: readonly string[], call: Call): Promise<Answered> {
  const client = new v2.Client(CLIENT);
  await client.connect(
    new StdioClientTransport({
      command: command[0]!,
      args: command.slice(1),
      env: { ...(process.env as Record<string, string>), UV_CACHE_DIR: uvCache },
      stderr: 'ignore',
    }),
    { timeout: TIMEOUT_MS },
  );
  return listAndCall(client, call);
}

async function output(command: readonly string[]): Promise<string> {
  const { stdout } = await run(command[0]!, command.slice(1), {
    timeout: TIMEOUT_MS,
    env: { ...process.env, UV_CACHE_DIR: uvCache },
  });
  return stdout;
}

/** The Inspector knows one method a run. */
async function inspected(command: readonly string[], { kind, url, call }: Asked): Promise<Answered> {
  const asked = [...command, '--cli', url, '--transport', kind, '--method'];
  const given = Object.entries(call.arguments).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]);
  const { tools } = JSON.parse(await output([...asked, 'tools/list'])) as { tools: { name: string }[] };
  const answer = await output([...asked, 'tools/call', '--tool-name', call.name, ...given]);
  return { tools: tools.map(({ name }) => name), text: textOf(JSON.parse(answer)) };
}

/** With a Node of its own: it does not run on 20. */
const inspectorOnNode24 = [
  ...['npx', '--yes', '--prefer-offline', '--package', 'node@24'],
  ...['--package', '@modelcontextprotocol/inspector@2.12.0', 'mcp-inspector'],
];

const python = (...packages: string[]): RealClient['ask'] => {
  const installed = packages.flatMap((each) => ['--with', each]);
  const program = join(fixtures, 'python_client.py');
  return async (all) =>
    JSON.parse(
      await output([await uvx(), ...installed, 'python', program, JSON.stringify(all)]),
    ) as Outcome[];
};

const goClient = join(cacheFolder, 'go-client');
const installGo = () => goBuild('remote/go', goClient, './client');

export const REAL_CLIENTS: readonly RealClient[] = [
  { name: 'TypeScript SDK v1', kinds: ['http', 'sse', 'ws'], ask: oneByOne(sdkV1) },
  { name: 'TypeScript SDK v2', kinds: ['http', 'sse'], ask: oneByOne(sdkV2('legacy')) },
  { name: 'TypeScript SDK v2 for 2026-07-28', kinds: ['http'], ask: oneByOne(sdkV2('auto')) },
  { name: 'Python SDK v1', kinds: ['http', 'sse', 'ws'], ask: python('mcp[ws]<2') },
  { name: 'Python SDK v2', kinds: ['http', 'sse'], ask: python('mcp>=2,<3') },
  {
    ...{ name: 'Go SDK', kinds: ['http', 'sse'], install: installGo },
    ask: async (all) => JSON.parse(await output([goClient, JSON.stringify(all)])) as Outcome[],
  },
  {
    ...{ name: 'MCP Inspector 0.15', kinds: ['http', 'sse'] },
    ask: async (all) => {
      const command = await npmCommand('@modelcontextprotocol/inspector@0.15.0');
      return oneByOne((asked) => inspected(command, asked))(all);
    },
  },
  {
    ...{ name: 'MCP Inspector 2.12', kinds: ['http', 'sse'] },
    ask: oneByOne((asked) => inspected(inspectorOnNode24, asked)),
  },
  {
    ...{ name: 'mcp-remote', kinds: ['http', 'sse'] },
    ask: async (all) => {
      const command = await npmCommand('mcp-remote@0.15.1');
      return oneByOne(({ kind, url, call }) =>
        throughStdio([...command, url, '--transport', `${kind}-only`], call),
      )(all);
    },
  },
  {
    ...{ name: 'supergateway', kinds: ['http', 'sse'] },
    ask: async (all) => {
      const command = await npmCommand(SUPERGATEWAY);
      return oneByOne(({ kind, url, call }) =>
        throughStdio([...command, kind === 'sse' ? '--sse' : '--streamableHttp', url], call),
      )(all);
    },
  },
  {
    ...{ name: 'mcp-proxy', kinds: ['http', 'sse'] },
    ask: async (all) => {
      const command = [await uvx(), '--with', 'mcp<2', 'mcp-proxy'];
      const flags = { http: ['--transport', 'streamablehttp'], sse: [], ws: [] };
      return oneByOne(({ kind, url, call }) => throughStdio([...command, ...flags[kind], url], call))(all);
    },
  },
];

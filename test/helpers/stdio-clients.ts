import { join } from 'node:path';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CreateMessageRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import { root, stateFolder } from './cli.js';

const PROGRAM = join(root, 'bin/mcp-pipe.js');
const CLIENT = { name: 'desktop', version: '1' };
const ROOTS = { roots: [{ uri: 'file:///home/an' }] };
const SAMPLED = {
  model: 'none',
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'sampled!' },
};
const CAPABILITIES = { sampling: {}, roots: { listChanged: true } };

/** A client of the SDK that has started `mcp-pipe stdio`. */
export interface StdioClient {
  tools(): Promise<string[]>;
  /** The texts of the result. */
  call(name: string, given?: Record<string, unknown>): Promise<string>;
  readonly serverName: string | undefined;
  /** Notifications that the lists of tools have changed. */
  readonly changes: number;
  readonly pid: number;
  readonly stderr: string;
  /** As Claude and others do: ends stdin, and then waits. */
  close(): Promise<void>;
}

export interface Started {
  args: readonly string[];
  cwd: string;
  env?: Record<string, string>;
}

function parameters({ args, cwd, env }: Started) {
  return {
    command: process.execPath,
    args: [PROGRAM, 'stdio', ...args],
    cwd,
    // Programs with windows give next to nothing.
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', XDG_STATE_HOME: stateFolder, ...env },
    stderr: 'pipe' as const,
  };
}

const textOf = (result: unknown) =>
  (result as { content: { text?: string }[] }).content.map(({ text }) => text ?? '').join('\n');

/** The client of SDK 1.x. */
export async function stdioV1(started: Started): Promise<StdioClient> {
  const client = new ClientV1(CLIENT, { capabilities: CAPABILITIES });
  client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLED);
  client.setRequestHandler(ListRootsRequestSchema, () => ROOTS);
  const transport = new StdioV1(parameters(started));
  const heard = hearing(transport, client);
  await client.connect(transport);
  return {
    ...heard,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given = {}) => textOf(await client.callTool({ name, arguments: given })),
    serverName: client.getServerVersion()?.name,
    get changes() {
      return heard.heard.changes;
    },
    get stderr() {
      return heard.heard.stderr;
    },
    pid: transport.pid!,
    close: () => client.close(),
  };
}

/** The client of SDK 2.x; `auto` prefers MCP 2026-07-28. */
export async function stdioV2(started: Started, mode: 'legacy' | 'auto' = 'legacy'): Promise<StdioClient> {
  const client = new ClientV2(CLIENT, { capabilities: CAPABILITIES, versionNegotiation: { mode } });
  client.setRequestHandler('sampling/createMessage', () => SAMPLED);
  client.setRequestHandler('roots/list', () => ROOTS);
  const transport = new StdioV2(parameters(started));
  const heard = hearing(transport, client);
  await client.connect(transport);
  return {
    ...heard,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given = {}) => textOf(await client.callTool({ name, arguments: given })),
    serverName: client.getServerVersion()?.name,
    get changes() {
      return heard.heard.changes;
    },
    get stderr() {
      return heard.heard.stderr;
    },
    pid: transport.pid!,
    close: () => client.close(),
  };
}

function hearing(
  transport: StdioV1 | StdioV2,
  client: { close(): Promise<void>; fallbackNotificationHandler?: unknown },
): { heard: { stderr: string; changes: number } } {
  const heard = { stderr: '', changes: 0 };
  transport.stderr?.on('data', (chunk: Buffer) => {
    heard.stderr += chunk.toString();
  });
  client.fallbackNotificationHandler = async ({ method }: { method: string }) => {
    if (method === 'notifications/tools/list_changed') heard.changes += 1;
  };
  onTestFinished(() => client.close());
  return { heard };
}

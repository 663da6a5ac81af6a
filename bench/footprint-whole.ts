import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LOCK_FILE } from '../src/packages/lock-file.js';
import { entriesOf, PROGRAM } from './footprint-locked.js';
import type { FootprintServer } from './footprint-servers.js';
import { median } from './median.js';
import { StartedServer, type TreeMemory } from './started-server.js';

/** How mcp-pipe starts all of them: by npx and uvx, from the lock, and from the lock by the first call of each. */
export const WHOLE_WAYS = ['written', 'direct', 'demand'] as const;
export type WholeWay = (typeof WHOLE_WAYS)[number];

/** mcp-pipe with all servers behind its gateway, and one client, which is not counted. */
export interface Whole extends TreeMemory {
  /** From the start of mcp-pipe until the client has the tools of all servers. */
  readyMs: number;
  /** With one server that was called and still runs. Only where servers start on demand. */
  awake?: TreeMemory;
  /** The middle one of the first calls, one of each server. */
  firstCallMs: number;
}

const SETTLE_MS = 3_000;
const READY_TIMEOUT_MS = 120_000;
const LOOK_MS = 20;

export interface WholeOptions {
  way: WholeWay;
  servers: readonly FootprintServer[];
  /** What `mcp-pipe lock` has written. */
  lockFile: string;
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** Starts mcp-pipe with all servers, and calls each of them once. */
export async function whole({ way, servers, lockFile, folder, env }: WholeOptions): Promise<Whole> {
  const place = join(folder, 'whole', way);
  const state = join(place, 'state');
  await mkdir(state, { recursive: true });
  if (way !== 'written') await copyFile(lockFile, join(place, LOCK_FILE));
  const settings = way === 'written' ? { lock: false } : way === 'demand' ? { start: 'demand' } : {};
  const config = join(place, 'mcp_config.json');
  const port = await freePort();
  await writeFile(config, JSON.stringify({ mcpServers: entriesOf(servers), settings, gateway: { port } }));
  const from = performance.now();
  const pipe = new StartedServer({
    command: process.execPath,
    args: [PROGRAM, '--config', config],
    env: { ...env, MCP_PIPE_STATE: state, MCP_PIPE_RECORDS: state },
    cwd: place,
  });
  const client = await connected(`http://127.0.0.1:${port}/mcp`, from);
  try {
    const tools = await allTools(client, servers, from);
    const readyMs = performance.now() - from;
    await delay(SETTLE_MS);
    const resting = pipe.memory();
    const calls: number[] = [];
    let awake: TreeMemory | undefined;
    for (const { name, call } of servers) {
      const at = performance.now();
      await client.callTool({ ...call, name: tools.get(name)! });
      calls.push(performance.now() - at);
      if (way === 'demand' && awake === undefined) {
        await delay(SETTLE_MS);
        awake = pipe.memory();
      }
    }
    const all = way === 'demand' ? resting : pipe.memory();
    return { readyMs, ...all, ...(awake ? { awake } : {}), firstCallMs: median(calls) };
  } finally {
    await client.close();
    await pipe.terminate();
  }
}

/** A client of the gateway, which listens a moment after its start. */
async function connected(url: string, from: number): Promise<Client> {
  for (;;) {
    const client = new Client({ name: 'bench', version: '1' });
    try {
      await client.connect(new StreamableHTTPClientTransport(new URL(url)));
      return client;
    } catch (error) {
      if (performance.now() - from > READY_TIMEOUT_MS) throw error;
      await delay(LOOK_MS);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until the tool of each server is listed; returns its name there, by server. */
async function allTools(
  client: Client,
  servers: readonly FootprintServer[],
  from: number,
): Promise<Map<string, string>> {
  for (;;) {
    const names = (await client.listTools()).tools.map(({ name }) => name);
    const found = new Map(
      servers.flatMap(({ name, call }) => {
        const tool = names.find((one) => one === call.name || one.endsWith(`_${call.name}`));
        return tool === undefined ? [] : [[name, tool] as const];
      }),
    );
    if (found.size === servers.length) return found;
    if (performance.now() - from > READY_TIMEOUT_MS)
      throw new Error(`only these servers have listed their tools: ${[...found.keys()].join(', ')}`);
    await delay(LOOK_MS);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Caller, openCaller } from '../../src/faces/endpoint/caller.js';
import type { RunningEndpoint } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { freePort } from '../../test/helpers/free-port.js';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'bin/mcp-pipe.js');

/** Times in sentences of the daemon are of its zone, those of the page of the browser's: here it is the same. */
export const TZ = 'Asia/Ho_Chi_Minh';

/** Made up; they are worth nothing anywhere. */
const TOKENS = {
  livingRoom: 'made-up-phong-khach-5f1c7d20a94e',
  kitchen: 'made-up-bep-0b83e61d7c52',
  shop: 'made-up-cua-hang-a7d914c3f068',
  notes: 'made-up-ghi-chu-3e90b7f21a6d',
};

const LONG_NAME = 'ke-toan-cua-hang-xuat-hoa-don-dien-tu-va-doi-soat-ngan-hang';
const calculator = { command: 'node', args: [join(root, 'examples/calculator.js')] };
const npx = (name: string, ...args: string[]) => ({ command: 'npx', args: ['-y', name, ...args] });

/** Servers and agents of a family with a shop: whatever the page can show, each for a real reason. */
function configuration(endpoint: RunningEndpoint): object {
  return {
    mcpServers: {
      'gia-vang': { command: 'python3', args: ['gia_vang.py'] },
      'tin-tuc': { command: 'node', args: ['tin-tuc.mjs'] },
      'thoi-tiet': { command: 'node', args: ['thoi-tiet.mjs'] },
      'nhac-viet': { command: 'node', args: ['nhac-viet.mjs'] },
      'tri-nho': {
        ...npx('@modelcontextprotocol/server-memory'),
        env: { MEMORY_FILE_PATH: 'tri-nho.jsonl' },
      },
      'tai-lieu': npx('@modelcontextprotocol/server-filesystem', './tai-lieu'),
      'may-tinh': calculator,
      [LONG_NAME]: calculator,
      'ghi-chu': { ...calculator, endpoint: endpoint.serverUrl(TOKENS.notes) },
    },
    agents: {
      'Phòng khách': {
        endpoint: endpoint.serverUrl(TOKENS.livingRoom),
        servers: ['gia-vang', 'tin-tuc', 'nhac-viet', 'tri-nho', 'may-tinh'],
      },
      Bếp: {
        endpoint: endpoint.serverUrl(TOKENS.kitchen),
        servers: ['thoi-tiet', 'nhac-viet', 'tri-nho'],
        // So that thoi-tiet is not given up before the pictures are taken.
        initializeTimeoutMs: 3_600_000,
      },
      'Cửa hàng': {
        endpoint: endpoint.serverUrl(TOKENS.shop),
        servers: ['gia-vang', 'tai-lieu', LONG_NAME],
        idleParkMs: 8_000,
        // So that its next try is a while away when the picture is taken.
        minDelayMs: 60_000,
      },
    },
  };
}

/** A running mcp-pipe with every interesting state, and its endpoint. */
export interface Home {
  /** Where the page is. */
  origin: string;
  /** The endpoint of the shop fails from now on, with 4004. */
  failShop(): void;
  end(): Promise<void>;
}

/** Starts it; calls go on until `end`. What it needs and keeps is in a folder of its own. */
export async function startHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-home-'));
  const ends: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
  const end = async () => {
    for (const one of ends.splice(0).reverse()) await one();
  };
  try {
    await cp(join(import.meta.dirname, 'servers'), folder, { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await mkdir(join(folder, 'tai-lieu'));
    await writeFile(join(folder, 'tai-lieu/hoa-don.txt'), 'Hóa đơn tháng 11');
    const endpoint = await startEndpoint();
    ends.push(() => endpoint.close());
    await startOther(folder, endpoint, ends);
    await writeFile(join(folder, 'mcp_config.json'), JSON.stringify(configuration(endpoint), undefined, 2));
    const origin = await startDaemon(folder, ends);
    const ending = new AbortController();
    ends.push(() => ending.abort());
    void goOnCalling(endpoint, ending.signal);
    return {
      origin,
      failShop() {
        endpoint.set({ refuse: { code: 4004, reason: 'Internal server error' } }, TOKENS.shop);
        endpoint.closeServers(TOKENS.shop, 4004, 'Internal server error');
      },
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Another copy on this machine has the only connection of the token of `ghi-chu`, as when somebody has started both. */
async function startOther(folder: string, endpoint: RunningEndpoint, ends: (() => unknown)[]): Promise<void> {
  const mcpServers = { 'ghi-chu': { ...calculator, endpoint: endpoint.serverUrl(TOKENS.notes) } };
  await writeFile(join(folder, 'other.json'), JSON.stringify({ mcpServers }));
  const other = run(folder, ['--config', 'other.json']);
  ends.push(() => stop(other));
  while (endpoint.connections().length === 0) await delay(20);
}

/** Resolves with the origin of its page, as soon as that answers. */
async function startDaemon(folder: string, ends: (() => unknown)[]): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const daemon = run(folder, ['--config', 'mcp_config.json', '--ui', address]);
  ends.push(() => stop(daemon));
  const origin = `http://${address}`;
  for (;;) {
    if (daemon.exitCode !== null) throw new Error(`mcp-pipe has ended with ${daemon.exitCode}`);
    const response = await fetch(`${origin}/ui/app.js`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return origin;
    await delay(100);
  }
}

function run(cwd: string, args: readonly string[]): ChildProcess {
  const state = join(cwd, 'state');
  const { MCP_ENDPOINT: _, MCP_CONFIG: __, ...inherited } = process.env;
  return spawn(process.execPath, [program, ...args, '--log-level', 'fatal'], {
    cwd,
    env: { ...inherited, LC_ALL: 'C', TZ, XDG_STATE_HOME: state, MCP_PIPE_STATE: state },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

type Call = readonly [tool: string, args: object];

const SONGS: readonly Call[] = [
  ['search_songs', { query: 'Khánh Ly', genre: 'nhạc Trịnh' }],
  ['search_songs', { query: 'voi con', limit: 3 }],
  ['play_song', { id: 'bh-1042', speaker: 'phòng khách' }],
];
const MEMORY: readonly Call[] = [
  [
    'create_entities',
    { entities: [{ name: 'bà ngoại', entityType: 'người', observations: ['thích nhạc Trịnh'] }] },
  ],
  ['search_nodes', { query: 'ngoại' }],
  ['read_graph', {}],
];
const SUMS: readonly Call[] = [['calculate', { expression: '23.5 * 1.8 + 32' }]];

/** What the agents ask, and how long each waits between two calls at most, in milliseconds. */
const ASKING: readonly { token: string; calls: readonly Call[]; pauseMs: number }[] = [
  { token: TOKENS.livingRoom, calls: [...SONGS, ...MEMORY, ...SUMS], pauseMs: 5_000 },
  { token: TOKENS.kitchen, calls: [...SONGS, ...MEMORY], pauseMs: 9_000 },
];

/** Calls are as rare as those of people who speak, and sometimes come one after the other. */
async function goOnCalling(endpoint: RunningEndpoint, signal: AbortSignal): Promise<void> {
  await Promise.all(
    ASKING.map(async ({ token, calls, pauseMs }) => {
      let caller: Caller | undefined;
      for (let i = 0; !signal.aborted; i++) {
        try {
          caller ??= await openCaller(endpoint.callerUrl(token));
          const [name, args] = calls[(i * 5 + Math.floor(i / 7)) % calls.length]!;
          await caller.request('tools/call', { name, arguments: args });
        } catch {
          // A server that is being started is asked again.
          await caller?.close();
          caller = undefined;
        }
        await delay(pauseMs * Math.random() ** 2, undefined, { signal }).catch(() => {});
      }
      await caller?.close();
    }),
  );
}

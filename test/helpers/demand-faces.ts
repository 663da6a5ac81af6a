import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Cli, folder } from './cli.js';
import { eventually } from './eventually.js';
import { type FakeConnection, FakeEndpoint } from './fake-endpoint.js';
import { fixture } from './link.js';
import { RawEvents } from './raw-events.js';
import { INITIALIZE, RawHttpSession } from './raw-http-session.js';
import { StreamClient } from './stream-clients.js';

/** What a client hears for a request. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  result?: any;
  error?: { code: number; message: string };
}

/** A client of a server on demand, through whatever mcp-pipe offers. */
export interface DemandClient {
  ask(method: string, params?: object): Promise<Answer>;
  /** Cancels its last request; undefined where a client leaves instead. */
  cancel?: () => void;
  /** How often it has heard that the list of tools is another. */
  readonly changes: number;
}

/** A way to the servers `one` and `two`: by an endpoint, or by an address of the gateway. */
export interface Face {
  name: string;
  /** Of the configuration: keys of each server, and keys beside servers and settings. */
  config: (endpoint: string) => { servers?: object; root?: object };
  /** The servers of the configuration. Default: `one` and `two`. */
  names?: readonly string[];
  /** Those that are started at once to be learned. Default: all. */
  learns?: readonly string[];
  /** What the tools of `one` are called by. */
  prefix: string;
  /** Connects, and initialises; what has one connection initialises once more on that. */
  open: (run: DemandRun) => Promise<DemandClient>;
}

const SERVER = fixture('on-demand.mjs');

/** A folder with a configuration of two servers on demand, whose programs can be told to behave otherwise. */
export class DemandHouse {
  readonly cwd: string;
  readonly fake: FakeEndpoint;
  readonly #face: Face;

  constructor(cwd: string, fake: FakeEndpoint, face: Face) {
    this.cwd = cwd;
    this.fake = fake;
    this.#face = face;
    writeFileSync(this.file('works'), '');
  }

  static async of(face: Face): Promise<DemandHouse> {
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    const cwd = await folder();
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true, maxRetries: 3 }));
    return new DemandHouse(cwd, fake, face);
  }

  get names(): readonly string[] {
    return this.#face.names ?? ['one', 'two'];
  }

  file(name: string): string {
    return join(this.cwd, name);
  }

  /** The environment of a server, which is no part of what is started. */
  #env(name: string, startMs: number): Record<string, string> {
    return {
      ...{ STARTS: this.file(`starts-${name}`), MORE: this.file('more'), WORKS: this.file('works') },
      ...{ CLOSED: this.file('closed'), START_MS: String(startMs) },
    };
  }

  /** Starts mcp-pipe. @param more keys of both servers; @param settings beside what all have */
  start({
    startMs = 0,
    more = {},
    settings = {},
    control = 'control',
  }: {
    startMs?: number;
    more?: object;
    settings?: object;
    control?: string;
  } = {}): DemandRun {
    const { servers = {}, root = {} } = this.#face.config(this.fake.endpoint().href);
    const server = (name: string) => ({
      ...{ command: process.execPath, args: [SERVER, name], env: this.#env(name, startMs) },
      ...{ ...servers, ...more },
    });
    const config = {
      ...{ mcpServers: Object.fromEntries(this.names.map((name) => [name, server(name)])), ...root },
      settings: { start: 'demand', minDelayMs: 20, ...settings },
    };
    writeFileSync(this.file('mcp_config.json'), JSON.stringify(config));
    const env = { MCP_PIPE_CONTROL: this.file(`${control}.sock`), MCP_PIPE_STATE: this.file('state') };
    return new DemandRun(this, new Cli([], { cwd: this.cwd, env }), this.#face, this.fake.connections.length);
  }

  /** A first run, which learns what the servers say. */
  async learn(): Promise<void> {
    const run = this.start();
    const learned = () => (this.#face.learns ?? this.names).every((name) => run.parked(name) > 0);
    await eventually(learned, { what: 'what they say is known' });
    await run.stop();
    for (const name of this.names) rmSync(this.file(`starts-${name}`), { force: true });
  }

  /** The processes of a server so far. */
  starts(name = 'one'): number[] {
    const file = this.file(`starts-${name}`);
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map(Number) : [];
  }

  /** Milliseconds that the server needs by itself until it has answered its first call; little more than any client has to do. */
  async ownStart(startMs: number): Promise<number> {
    const env = { PATH: process.env.PATH ?? '', ...this.#env('alone', startMs) };
    const since = performance.now();
    const child = spawn(process.execPath, [SERVER, 'alone'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => {});
    const send = (message: object) =>
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    send({ id: 0, method: 'initialize', params: INITIALIZE });
    let text = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const lines = text.split('\n');
        text = lines.pop()!;
        for (const line of lines) {
          const { id } = JSON.parse(line) as { id?: number };
          if (id === 1) resolve();
          if (id !== 0) continue;
          send({ method: 'notifications/initialized' });
          send({ id: 1, method: 'tools/call', params: { name: 'whoami', arguments: {} } });
        }
      });
    });
    const tookMs = performance.now() - since;
    child.kill();
    return tookMs;
  }
}

/** A running mcp-pipe. */
export class DemandRun {
  readonly house: DemandHouse;
  readonly cli: Cli;
  readonly #face: Face;
  /** Connections to the endpoint before it began. */
  readonly before: number;

  constructor(house: DemandHouse, cli: Cli, face: Face, before: number) {
    this.house = house;
    this.cli = cli;
    this.#face = face;
    this.before = before;
  }

  open(): Promise<DemandClient> {
    return this.#face.open(this);
  }

  /** How often a server has been put to sleep. */
  parked(server: string): number {
    return this.logged('server-idle-stopped', server).length;
  }

  logged(event: string, server: string): Record<string, unknown>[] {
    return this.cli.log.filter((line) => line.event === event && (line.server ?? line.link) === server);
  }

  /** The next connection of mcp-pipe to the endpoint, initialised. */
  async connection(): Promise<FakeConnection> {
    const connection = await this.house.fake.connection(this.before);
    await connection.greet();
    return connection;
  }

  async address(): Promise<string> {
    return new URL(String((await this.cli.event('gateway-address')).url)).origin;
  }

  async stop(): Promise<void> {
    this.cli.signal('SIGTERM');
    await this.cli.exited;
  }
}

const cancelled = (requestId: number) => ({ method: 'notifications/cancelled', params: { requestId } });
const LIST_CHANGED = 'notifications/tools/list_changed';

let nextId = 100;

async function byEndpoint(run: DemandRun): Promise<DemandClient> {
  const connection = await run.connection();
  let id = 0;
  return {
    // Several of them may share the connection.
    ask: (method, params = {}) => {
      id = nextId++;
      return connection.call(id, method, { ...params });
    },
    cancel: () => connection.send({ jsonrpc: '2.0', ...cancelled(id) }),
    get changes() {
      return connection.frames.filter((frame) => frame.includes(LIST_CHANGED)).length;
    },
  };
}

async function byStream(run: DemandRun, kind: 'sse' | 'ws'): Promise<DemandClient> {
  const origin = await run.address();
  const client = await StreamClient.initialized(
    `${kind === 'ws' ? origin.replace('http', 'ws') : origin}/servers/one/${kind}`,
  );
  onTestFinished(() => client.drop());
  let id = 100;
  return {
    ask: (method, params = {}) => client.ask(method, params, ++id),
    cancel: () => void client.send(cancelled(id)),
    get changes() {
      return client.messages.filter(({ method }) => method === LIST_CHANGED).length;
    },
  };
}

async function byHttp(run: DemandRun): Promise<DemandClient> {
  const url = `${await run.address()}/servers/one/mcp`;
  const session = new RawHttpSession(url);
  await session.open();
  let changes = 0;
  const note = (text: string) => {
    if (text.includes(LIST_CHANGED)) changes += 1;
  };
  // What belongs to no request comes on this stream.
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const headers = {
    ...{ accept: 'text/event-stream', 'mcp-session-id': session.id! },
    'mcp-protocol-version': INITIALIZE.protocolVersion,
  };
  await new Promise<void>((resolve, reject) => {
    const asked = request(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`HTTP ${response.statusCode}`));
      const events = new RawEvents((data) => note(data.toString('utf8')));
      response.on('data', (chunk: Buffer) => events.push(chunk)).on('error', () => {});
      resolve();
    });
    asked.on('error', reject).end();
  });
  return {
    ask: async (method, params = {}) => {
      const { messages, reply } = await session.ask(method, params);
      for (const message of messages) note(JSON.stringify(message));
      return reply;
    },
    get changes() {
      return changes;
    },
  };
}

const gateway = { root: { gateway: { port: 0 } } };

/** Every way to a server. */
export const FACES: readonly Face[] = [
  {
    name: 'pipe',
    config: (endpoint) => ({ servers: { endpoint } }),
    names: ['one'],
    prefix: '',
    open: byEndpoint,
  },
  {
    name: 'mux',
    config: (endpoint) => ({ servers: { endpoint }, root: { mode: 'mux' } }),
    prefix: 'one__',
    open: byEndpoint,
  },
  {
    name: 'rotation',
    config: (endpoint) => ({ servers: { endpoint }, root: { mode: 'rotate' } }),
    // The other one is started by its turn.
    learns: ['one'],
    prefix: '',
    open: byEndpoint,
  },
  {
    name: 'agent with two servers',
    config: (endpoint) => ({ root: { agents: { kitchen: { endpoint } } } }),
    prefix: 'one__',
    open: byEndpoint,
  },
  { name: 'Streamable HTTP', config: () => gateway, prefix: '', open: byHttp },
  { name: 'HTTP with SSE', config: () => gateway, prefix: '', open: (run) => byStream(run, 'sse') },
  { name: 'WebSocket', config: () => gateway, prefix: '', open: (run) => byStream(run, 'ws') },
];

export const faceNamed = (name: string) => FACES.find((face) => face.name === name)!;

import { defaults } from '../../src/config/defaults.js';
import { TokenTable } from '../../src/leases/in-process.js';
import { LeaseQueue } from '../../src/leases/queue.js';
import { Mux, type MuxSettings } from '../../src/links/mux/mux.js';
import type { MuxServerPlan } from '../../src/links/mux/mux-server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { readEnvelope } from '../../src/protocol/envelope.js';
import type { Frame } from '../../src/protocol/frame.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import type { ServerEnd } from '../../src/protocol/server-end.js';
import type { StatusEvent } from '../../src/protocol/status.js';
import type { ServerTransport } from '../../src/servers/server-transport.js';
import type { SupervisedServerSettings } from '../../src/servers/server-use.js';
import { SupervisedServer } from '../../src/servers/supervised-server.js';
import type { Clock } from '../../src/time/clock.js';
import { RemoteError } from '../../src/transports/remote/remote-error.js';
import { processEndOf } from '../../src/transports/stdio.js';
import type { CloseReason, Transport } from '../../src/transports/transport.js';
import { ManualClock } from './manual-clock.js';
import { memoryPair } from './memory-pair.js';

/** A received message; `id` is the token itself, so that 1, "1" and 1.0 are different. */
export interface Message {
  id: string | undefined;
  method: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the other side said
  body: any;
}

export function read(frame: Frame): Message {
  const envelope = readEnvelope(frame);
  const id = envelope.idStart < 0 ? undefined : frame.toString('utf8', envelope.idStart, envelope.idEnd);
  return { id, method: envelope.method, body: JSON.parse(frame.toString('utf8')) };
}

const PAUSE_TURNS = 3;

/** Resolves when everything that only waits for promises has run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < PAUSE_TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** One end of a transport in memory, played by a test. */
abstract class FarEnd {
  isOver = false;
  protected readonly far: Transport;

  constructor(far: Transport) {
    this.far = far;
    void far.closed.then(() => {
      this.isOver = true;
    });
    void this.#listen();
  }

  send(text: string): void {
    void this.far.send([Buffer.from(text)]);
  }

  protected abstract onMessage(message: Message): void;

  async #listen(): Promise<void> {
    for await (const batch of this.far.batches) for (const frame of batch) this.onMessage(read(frame));
  }
}

/** One process of a scripted server. It answers `initialize` and `tools/list`; other requests wait for the script. */
export class Life extends FarEnd {
  readonly server: Server;
  /** It has answered `initialize`. */
  hasSpoken = false;
  /** Requests that wait, oldest first, by id token. */
  readonly pending = new Map<string, Message>();
  /** Every id token under which it got a request that it has answered. */
  readonly answered: string[] = [];
  readonly received: Message[] = [];
  /** The end that mcp-pipe has. */
  near: ServerTransport | undefined;
  #unspoken: string[] = [];

  constructor(server: Server, far: Transport) {
    super(far);
    this.server = server;
  }

  reply(id: string, more: string): void {
    if (this.pending.delete(id)) this.answered.push(id);
    this.send(`{"jsonrpc":"2.0","id":${id},${more}}`);
  }

  /** Has the HTTP request of the request with this id fail, as a remote server may. */
  failRequest(id: string, end: ServerEnd): void {
    this.pending.delete(id);
    this.near?.onFailedRequest?.({ rawId: /^\d+$/.test(id) ? Number(id) : id, end });
  }

  /** Ends it like a crash. */
  die(): void {
    void this.far.close({ code: 1 });
  }

  /** Sends the messages that it has held back. */
  speak(): void {
    for (const text of this.#unspoken.splice(0)) this.send(text);
    this.hasSpoken = true;
  }

  protected onMessage(message: Message): void {
    this.received.push(message);
    this.server.onHeard(this, message);
    const { id, method } = message;
    if (id === undefined || method === undefined) return;
    const { name, tools, annotations } = this.server;
    const described = (tool: string) => ({
      ...{ name: tool, inputSchema: { type: 'object' } },
      ...(annotations[tool] ? { annotations: annotations[tool] } : {}),
    });
    const known: Record<string, object> = {
      initialize: {
        protocolVersion: message.body.params?.protocolVersion,
        capabilities: this.server.capabilities,
        serverInfo: { name, version: '1' },
      },
      'tools/list': { tools: tools.map(described) },
    };
    const result = known[method];
    if (!result) {
      this.pending.set(id, message);
      return;
    }
    this.#unspoken.push(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`);
    if (!this.server.isMute) this.speak();
  }
}

export class Server {
  readonly index: number;
  readonly name: string;
  /** The second one has the name of a tool of every other server. */
  readonly tools: readonly [string, string];
  readonly lives: Life[] = [];
  /** Of its tools, by their names (MCP "Tool annotations"). */
  annotations: Readonly<Record<string, object>> = {};
  capabilities: Readonly<Record<string, object>> = { tools: {} };
  /** It answers no request by itself. */
  isMute = false;
  /** Why it cannot be reached at the moment. */
  failsWith: ServerEnd | undefined;
  /** How its lives end; default: as a process does. */
  endsWith: ServerEnd | undefined;
  /** How often it was tried. */
  tries = 0;
  onHeard: (life: Life, message: Message) => void = () => {};

  constructor(index: number) {
    this.index = index;
    this.name = `s${index}`;
    this.tools = [`t${index}`, 'common'];
  }

  get life(): Life | undefined {
    const last = this.lives.at(-1);
    return last?.isOver ? undefined : last;
  }

  readonly start = async (): Promise<ServerTransport> => {
    this.tries += 1;
    if (this.failsWith) throw new RemoteError('not reached', this.failsWith);
    const [near, far] = memoryPair();
    const life = new Life(this, far);
    this.lives.push(life);
    // Without a reason, as for a process.
    const closed = near.closed.then(({ reason, ...rest }) => rest);
    life.near = {
      batches: near.batches,
      send: (batch) => near.send(batch),
      close: (request) => near.close(request).then(() => closed),
      closed,
      onOversize: undefined,
      pid: this.lives.length,
      stderrTail: () => [],
      endOf: (reason: CloseReason) => this.endsWith ?? processEndOf(reason),
    };
    return life.near;
  };
}

/** One connection, seen by the endpoint. */
export class EndpointConnection extends FarEnd {
  onHeard: (message: Message) => void = () => {};

  drop(code = 1001): void {
    void this.far.close({ code });
  }

  protected onMessage(message: Message): void {
    this.onHeard(message);
  }
}

export const INITIALIZE = JSON.stringify(CLOUD_INITIALIZE);

/** The plan of a scripted server on a mux. */
export function muxServerPlan(
  { name, start, index }: Server,
  clock: Clock,
  settings: SupervisedServerSettings,
): MuxServerPlan {
  const options = { tools: {}, handshake: 'speculative' } as const;
  const server = new SupervisedServer(
    { ...{ name, options }, kind: 'stdio', shown: name, open: start },
    { clock, random: () => 0.5, mayStart: async () => () => {} },
    settings,
  );
  return { server, order: index, options };
}

/** A multiplexer between scripted servers and a scripted endpoint, all in memory, on a clock that the test moves. */
export class MuxWorld {
  readonly clock = new ManualClock();
  readonly servers: Server[];
  readonly mux: Mux;
  readonly statuses: { server: string | undefined; event: StatusEvent }[] = [];
  onConnection: (connection: EndpointConnection) => void = () => {};

  constructor(count: number, settings: Partial<MuxSettings> = {}) {
    this.servers = Array.from({ length: count }, (_, i) => new Server(i));
    const all: MuxSettings = { ...defaults, deafAfterMs: 1e9, ...settings };
    const { clock } = this;
    const random = () => 0.5;
    this.mux = new Mux({
      name: 'mux',
      endpoint: new Endpoint('ws://127.0.0.1:1/?token=token-of-the-world'),
      servers: this.servers.map((server) => muxServerPlan(server, clock, all)),
      dial: async () => {
        const [near, far] = memoryPair();
        this.onConnection(new EndpointConnection(far));
        return near;
      },
      serverInfo: { name: 'mcp-pipe', version: '0.0.0' },
      prefix: 'auto',
      separator: '__',
      tokens: new TokenTable(),
      leases: new LeaseQueue(),
      claims: [],
      rank: () => ({ priority: 0, order: 0 }),
      clock,
      random,
      onStatus: (event, server) => this.statuses.push({ server, event }),
      otherLink: () => undefined,
      settings: all,
      // Connections end when a test ends them.
      onListChange: 'notify',
    });
  }

  /** The name of a tool as the endpoint sees it. */
  exposed(server: Server, tool: string): string {
    return tool === 'common' && this.servers.length > 1 ? `${server.name}__common` : tool;
  }

  async stop(): Promise<void> {
    await this.mux.stop(AbortSignal.abort(), 'stopping');
    await settled();
  }
}

/** Starts the mux. `ask` sends requests of its endpoint; `replies` holds the bodies of the replies, by id. */
export async function asker(world: MuxWorld) {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint was told
  const replies = new Map<string, any>();
  let connection: EndpointConnection | undefined;
  world.onConnection = (opened) => {
    connection = opened;
    opened.onHeard = ({ id, body }) => id !== undefined && replies.set(id, body);
  };
  world.mux.start();
  await settled();
  const ask = async (id: number, method: string, params: string) => {
    connection?.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
    await settled();
  };
  return { replies, ask };
}

/** Resolves with the bodies of the replies to `initialize` and `tools/list`. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint was told
export async function initializeAndList(world: MuxWorld): Promise<{ initialized: any; listed: any }> {
  const { replies, ask } = await asker(world);
  await ask(0, 'initialize', INITIALIZE);
  await ask(1, 'tools/list', '{}');
  await settled();
  return { initialized: replies.get('0'), listed: replies.get('1') };
}

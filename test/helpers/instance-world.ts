import type { ClientPlan } from '../../src/config/client-plan.js';
import { defaults, type Settings } from '../../src/config/defaults.js';
import type { Plan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions, type ServerOptions } from '../../src/config/server-options.js';
import type { AcceptedLink, ClientOf } from '../../src/daemon/clients.js';
import { Daemon, type DaemonOptions } from '../../src/daemon/daemon.js';
import type { NoRoom } from '../../src/daemon/instances.js';
import type { Status } from '../../src/protocol/status.js';
import { processEndOf } from '../../src/transports/stdio.js';
import type { CloseReason, Transport } from '../../src/transports/transport.js';
import { ManualClock } from './manual-clock.js';
import { memoryPair } from './memory-pair.js';
import { EndpointConnection, type Message, read, settled } from './mux-world.js';

const SETTINGS: Settings = { ...defaults, callWarnMs: 0, restartAfterCalls: 0 };

/** What a test says of a server. */
export type ServerOf = Partial<Pick<ServerOptions, 'share' | 'callerEnv' | 'start'>> & {
  env?: Record<string, string>;
};

/**
 * A process whose tool `count` tells its pid, its environment, and how often it was called. `ask` asks the client that calls
 * (sampling) and tells its answer; `{"held": true}` lets a call of `count` wait for `release`.
 */
export class CountingProcess {
  readonly pid: number;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** What each `initialize` said of its client. */
  readonly initialized: unknown[] = [];
  calls = 0;
  isOver = false;
  readonly far: Transport;
  /** Requests that it has asked, by the id of the call for which it asks. */
  readonly #asking = new Map<string, string>();
  #held: (() => void)[] = [];
  /** Its answer to `initialize` waits for `release`. */
  readonly #isMute: boolean;

  constructor({ name, ...plan }: ServerPlan, pid: number, far: Transport, isMute: boolean) {
    this.#isMute = isMute;
    this.name = name;
    this.pid = pid;
    this.far = far;
    this.env = plan.kind === 'stdio' ? plan.launch.env : {};
    void far.closed.then(() => {
      this.isOver = true;
    });
    void this.#serve();
  }

  /** Answers the calls that wait. */
  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  async #serve(): Promise<void> {
    for await (const batch of this.far.batches) for (const frame of batch) this.#take(read(frame));
  }

  #send(text: string): void {
    void this.far.send([Buffer.from(text)]);
  }

  #take({ id, method, body }: Message): void {
    if (id === undefined) return;
    if (method === undefined) {
      const call = this.#asking.get(String(body.id));
      const content = [{ type: 'text', text: JSON.stringify(body.result ?? body.error) }];
      return this.#send(`{"jsonrpc":"2.0","id":${call},"result":${JSON.stringify({ content })}}`);
    }
    if (method === 'initialize') this.initialized.push(body.params);
    if (method === 'tools/call' && body.params.name === 'ask') {
      const question = `question-${this.#asking.size}`;
      this.#asking.set(question, id);
      const params = '{"messages":[],"maxTokens":1}';
      return this.#send(
        `{"jsonrpc":"2.0","id":"${question}","method":"sampling/createMessage","params":${params}}`,
      );
    }
    if (method === 'tools/call') this.calls += 1;
    const { pid, calls, env } = this;
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: body.params?.protocolVersion,
        capabilities: { tools: {}, logging: {}, resources: { subscribe: true } },
        serverInfo: { name: this.name, version: '1' },
      },
      'tools/list': { tools: ['count', 'ask'].map((name) => ({ name, inputSchema: { type: 'object' } })) },
      'tools/call': { content: [], structuredContent: { pid, calls, env, said: body.params?.arguments } },
    };
    const text = `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(results[method] ?? {})}}`;
    if (body.params?.arguments?.held || (method === 'initialize' && this.#isMute))
      this.#held.push(() => this.#send(text));
    else this.#send(text);
  }
}

/** A client that has connected, as a test plays it. */
export class InstanceClientOfTest {
  readonly link: AcceptedLink;
  readonly far: EndpointConnection;
  readonly received: Message[] = [];
  /** Answers requests of the server; undefined: they wait. */
  onAsked: ((message: Message) => object) | undefined;
  #lastId = 0;

  constructor(link: AcceptedLink, far: Transport) {
    this.link = link;
    this.far = new EndpointConnection(far);
    this.far.onHeard = (message) => {
      this.received.push(message);
      const { id, method } = message;
      if (id === undefined || method === undefined || !this.onAsked) return;
      this.far.send(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(this.onAsked(message))}}`);
    };
    // As each face does.
    const forced = new AbortController();
    void link.gone.then(() => forced.abort()).then(() => link.stop(forced.signal, 'removed'));
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the client was told
  async request(method: string, params: object = {}): Promise<any> {
    const id = this.send(method, params);
    for (let leg = 0; leg < 4 && !this.reply(id); leg++) await settled();
    return this.reply(id);
  }

  /** Returns the id of the request. */
  send(method: string, params: object = {}): number {
    const id = ++this.#lastId;
    this.far.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return id;
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the client was told
  reply(id: number): any {
    return this.received.find(({ body, method }) => method === undefined && body.id === id)?.body;
  }

  async initialize(client: object = {}): Promise<void> {
    const params = {
      ...{ protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
      ...client,
    };
    await this.request('initialize', params);
    this.far.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    await settled();
  }

  /** Calls `count`, by the name that it has for the client. */
  async count(tool = 'count'): Promise<{ pid: number; calls: number; env: Record<string, string> }> {
    const reply = await this.request('tools/call', { name: tool, arguments: {} });
    return reply?.result?.structuredContent ?? reply?.error;
  }

  async leave(): Promise<void> {
    this.far.drop();
    await settled();
  }
}

/** A daemon of servers on no link, in memory, on a clock that the test moves. */
export class InstanceWorld {
  readonly clock = new ManualClock();
  readonly processes: CountingProcess[] = [];
  readonly statuses: Status[] = [];
  readonly secrets: string[][] = [];
  readonly daemon: Daemon;
  onStatus = (status: Status): void => void this.statuses.push(status);
  /** Further processes answer `initialize` when they are released. */
  areMute = false;
  /** Most processes that have run at a time. */
  mostAtOnce = 0;

  constructor(
    servers: Record<string, ServerOf>,
    settings: Partial<Settings> = {},
    more: Pick<DaemonOptions, 'onClientCall' | 'onTraffic' | 'knownServers'> = {},
  ) {
    this.daemon = new Daemon(this.plan(servers, settings), {
      ...{ clock: this.clock, random: () => 0.5, ...more },
      onStatus: (status) => this.onStatus(status),
      onClientStatus: (status) => this.onStatus(status),
      onSecrets: (secrets) => this.secrets.push([...secrets]),
      sourceOf: (plan) => ({
        ...{ name: plan.name, kind: 'stdio', shown: plan.name },
        open: async () => this.#open(plan),
      }),
    });
    this.daemon.start();
  }

  plan(servers: Record<string, ServerOf>, settings: Partial<Settings> = {}): Plan {
    return {
      ...{ links: [], warnings: [], secrets: ['secret-of-the-plan'] },
      servers: Object.entries(servers).map(([name, { env = {}, ...options }]) => ({
        ...{ kind: 'stdio', name, options: { ...defaultOptions, ...options } },
        launch: { command: 'scripted', args: [], cwd: '/', env },
      })),
      forClients: {
        ...{ prefix: 'auto', separator: '__', toolNames: undefined },
        settings: { ...SETTINGS, ...settings },
      },
    };
  }

  client(of: ClientOf, ...servers: [string, ...string[]]): InstanceClientOfTest {
    const client = this.tryClient(of, ...servers);
    if ('most' in client) throw new Error(`no room: ${JSON.stringify(client)}`);
    return client;
  }

  tryClient(of: ClientOf, ...servers: [string, ...string[]]): InstanceClientOfTest | NoRoom {
    const kind = servers.length === 1 ? ('pipe' as const) : ('mux' as const);
    const planFor = (plan: Plan): ClientPlan | undefined => {
      const { settings } = plan.forClients!;
      const [first, ...others] = servers.filter((name) => plan.servers.some((one) => one.name === name));
      if (first === undefined) return undefined;
      return {
        ...{ kind, servers: [first, ...others], settings, labels: {}, tools: {}, leftOut: [] },
        ...{ prefix: 'always', separator: '__', toolNames: undefined },
      };
    };
    const accept = this.daemon.accept('http', planFor, of);
    if (!accept) throw new Error('nothing for this client');
    if ('most' in accept) return accept;
    const [near, far] = memoryPair();
    const link = accept(near);
    if (!link) throw new Error('nothing for this client');
    return 'most' in link ? link : new InstanceClientOfTest(link, far);
  }

  get running(): CountingProcess[] {
    return this.processes.filter(({ isOver }) => !isOver);
  }

  async advance(ms: number, stepMs = ms): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(stepMs);
      await settled();
    }
  }

  async stop(): Promise<void> {
    const stopped = this.daemon.stop();
    this.daemon.force();
    await this.advance(60_000, 10_000);
    await stopped;
  }

  #open(plan: ServerPlan) {
    const [near, far] = memoryPair();
    this.processes.push(new CountingProcess(plan, this.processes.length + 1, far, this.areMute));
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running.length);
    const closed = near.closed.then(({ reason: _, ...rest }) => rest);
    const pid = this.processes.length;
    return {
      batches: near.batches,
      send: (batch: readonly Buffer[]) => near.send(batch),
      close: (request: object) => near.close(request).then(() => closed),
      closed,
      onOversize: undefined,
      pid,
      stderrTail: () => [],
      endOf: (reason: CloseReason) => processEndOf(reason),
    };
  }
}

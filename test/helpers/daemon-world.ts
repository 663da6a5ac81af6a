import { defaults, type Settings } from '../../src/config/defaults.js';
import type { LinkPlan, Plan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions, type ServerOptions } from '../../src/config/server-options.js';
import { Daemon, type DaemonOptions } from '../../src/daemon/daemon.js';
import { learningTurns } from '../../src/daemon/start-limits.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import type { Status } from '../../src/protocol/status.js';
import { ManualClock } from './manual-clock.js';
import { memoryPair } from './memory-pair.js';
import { EndpointConnection, type Message, Server, settled } from './mux-world.js';

const SETTINGS: Settings = {
  ...defaults,
  deafAfterMs: 1e9,
  unaskedAfterMs: 0,
  callWarnMs: 0,
  restartAfterCalls: 0,
};

/** What the test says of a link. */
export interface LinkOf {
  kind: LinkPlan['kind'];
  name: string;
  /** By index. */
  servers: readonly number[];
  settings?: Partial<Settings>;
  mayRegroup?: boolean;
  token?: string;
}

/** Runs a plan of scripted servers and endpoints, all in memory, on a clock that the test moves. */
export class DaemonWorld {
  readonly clock = new ManualClock();
  readonly statuses: Status[] = [];
  readonly servers: Server[];
  readonly daemon: Daemon;
  /** The last connection on each token. */
  readonly connections = new Map<string, EndpointConnection>();
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint was told
  readonly replies: any[] = [];
  /** Called with each new connection, before anything comes on it. */
  onConnection: (token: string, connection: EndpointConnection) => void = () => {};
  /** The code with which the endpoint closes connections on this token. */
  readonly closing = new Map<string, number>();
  onStatus: (status: Status) => void = () => {};

  readonly #serverOptions: Partial<ServerOptions>;

  constructor(
    servers: number,
    links: readonly LinkOf[],
    {
      server = {},
      availableBytes = 1e12,
      ...options
    }: Pick<DaemonOptions, 'trace' | 'knownServers'> & {
      server?: Partial<ServerOptions>;
      /** Memory that servers can take that are started for their lists. */
      availableBytes?: number;
    } = {},
  ) {
    this.#serverOptions = server;
    this.servers = Array.from({ length: servers }, (_, i) => new Server(i));
    this.daemon = new Daemon(this.plan(links), {
      ...{ clock: this.clock, random: () => 0.5, ...options },
      learning: learningTurns({ clock: this.clock }, () => availableBytes),
      onStatus: (status) => {
        this.statuses.push(status);
        this.onStatus(status);
      },
      sourceOf: ({ name }) => ({
        ...{ name, kind: 'stdio', shown: name },
        open: () => this.servers.find((server) => server.name === name)!.start(),
      }),
      dialOf: (endpoint) => async () => {
        const [near, far] = memoryPair();
        const token = /token-of-(.*)/.exec(endpoint.href)![1]!;
        const connection = new EndpointConnection(far);
        connection.onHeard = ({ body }: Message) => this.replies.push({ token, ...body });
        this.connections.set(token, connection);
        this.onConnection(token, connection);
        const code = this.closing.get(token);
        if (code) setImmediate(() => connection.drop(code));
        return near;
      },
    });
  }

  plan(links: readonly LinkOf[], changed: readonly number[] = []): Plan {
    const used = [...new Set(links.flatMap(({ servers }) => servers))].sort();
    const servers = used.map(
      (index): ServerPlan => ({
        ...{ kind: 'stdio', name: `s${index}`, options: { ...defaultOptions, ...this.#serverOptions } },
        launch: { command: changed.includes(index) ? 'other' : 'scripted', args: [], cwd: '/', env: {} },
      }),
    );
    const planned = links.map(({ kind, name, servers: of, settings, mayRegroup = false, token = name }) => ({
      ...{ kind, name, servers: of.map((i) => `s${i}`), settings: { ...SETTINGS, ...settings } },
      endpoint: new Endpoint(`ws://127.0.0.1:1/?token=token-of-${token}`),
      ...(kind === 'mux' ? { prefix: 'auto', separator: '__', mayRegroup } : {}),
    })) as unknown as LinkPlan[];
    return { servers, links: planned, warnings: [], secrets: [] };
  }

  async start(): Promise<void> {
    this.daemon.start();
    await settled();
  }

  async advance(ms: number, stepMs = ms): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(stepMs);
      await settled();
    }
  }

  async request(token: string, id: number, method: string, params = '{}'): Promise<void> {
    this.connections.get(token)!.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
    await settled();
  }

  reply(token: string, id: number) {
    return this.replies.findLast((one) => one.token === token && one.id === id);
  }

  get types() {
    return this.statuses.map(({ type }) => type);
  }

  async stop(): Promise<void> {
    this.daemon.force();
    const stopped = this.daemon.stop();
    await this.advance(60_000, 10_000);
    await stopped;
  }
}

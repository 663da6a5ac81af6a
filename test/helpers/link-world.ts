import { defaults, type Settings } from '../../src/config/defaults.js';
import type { LinkPlan, ServerPlan } from '../../src/config/plan.js';
import { defaultOptions, type ServerOptions } from '../../src/config/server-options.js';
import { Daemon } from '../../src/daemon/daemon.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import type { FinishedCall } from '../../src/protocol/finished-call.js';
import { FrameRing } from '../../src/protocol/frame-ring.js';
import type { LinkTraffic } from '../../src/protocol/link-traffic.js';
import type { Status } from '../../src/protocol/status.js';
import { ManualClock } from './manual-clock.js';
import { memoryPair } from './memory-pair.js';
import { EndpointConnection, INITIALIZE, Server, settled } from './mux-world.js';

export interface LinkWorldOptions {
  kind: 'pipe' | 'mux';
  settings?: Partial<Settings>;
  options?: Partial<ServerOptions>;
  /** Its servers are remote ones. */
  isRemote?: boolean;
}

/** A daemon with one link, a pipe or a mux of two scripted servers, all in memory, on a clock that the test moves. */
export class LinkWorld {
  readonly clock = new ManualClock();
  readonly servers: readonly Server[];
  readonly daemon: Daemon;
  readonly statuses: Status[] = [];
  readonly calls: FinishedCall[] = [];
  traffic: LinkTraffic | undefined;
  readonly ring = new FrameRing(256);
  connection: EndpointConnection | undefined;
  /** Every answer that the endpoint has got, oldest first, by its id. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint was told
  readonly answers = new Map<string, any[]>();
  /** Methods of the notifications that the endpoint has got, oldest first. */
  readonly told: string[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint was told
  onNotified: (method: string, params: any) => void = () => {};
  readonly #kind: LinkWorldOptions['kind'];

  constructor({ kind, settings, options, isRemote = false }: LinkWorldOptions) {
    this.#kind = kind;
    this.servers = (kind === 'pipe' ? [0] : [0, 1]).map((index) => new Server(index));
    const plans = this.servers.map(
      ({ name }): ServerPlan => ({
        ...{ kind: 'stdio', name, options: { ...defaultOptions, ...options } },
        launch: { command: 'scripted', args: [], cwd: '/', env: {} },
      }),
    );
    const names = this.servers.map(({ name }) => name) as [string, ...string[]];
    const link = {
      ...{
        name: 'link',
        servers: names,
        endpoint: new Endpoint('ws://127.0.0.1:1/?token=token-of-the-world'),
      },
      settings: { ...defaults, deafAfterMs: 1e9, unaskedAfterMs: 0, callWarnMs: 0, ...settings },
    };
    const mux = { prefix: 'auto', separator: '__', toolNames: 'keep', mayRegroup: false } as const;
    const links: LinkPlan[] = [kind === 'pipe' ? { kind, ...link } : { kind, ...mux, ...link }];
    this.daemon = new Daemon(
      { servers: plans, links, warnings: [], secrets: [] },
      {
        ...{ clock: this.clock, random: () => 0.5, ringOf: () => this.ring },
        onStatus: (status) => this.statuses.push(status),
        onCall: (call) => this.calls.push(call),
        onTraffic: (_, traffic) => {
          this.traffic = traffic;
        },
        sourceOf: ({ name }) => ({
          ...(isRemote
            ? { name, kind: 'http', shown: name, address: `https://${name}.example/mcp` }
            : { name, kind: 'stdio', shown: name }),
          open: this.servers.find((server) => server.name === name)!.start,
        }),
        dialOf: () => async () => {
          const [near, far] = memoryPair();
          this.#connected(new EndpointConnection(far));
          return near;
        },
      },
    );
  }

  /** Starts it; its endpoint is initialised and has asked for the tools. */
  async start(): Promise<void> {
    this.daemon.start();
    await settled();
    await this.ask('"hello"', 'initialize', INITIALIZE);
    this.connection!.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    await this.ask('"tools"', 'tools/list', '{}');
    await settled();
  }

  /** Sends a request. `id` and `params` are JSON text. */
  async ask(id: string, method: string, params: string): Promise<void> {
    this.connection!.send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
    await settled();
  }

  /** Calls a tool of a server, by the server's name for it. */
  call(id: string, server: Server, tool: string, more = '', args = '{}'): Promise<void> {
    const name = this.#kind === 'mux' && tool === 'common' ? `${server.name}__common` : tool;
    return this.ask(id, 'tools/call', `{"name":"${name}","arguments":${args}${more}}`);
  }

  answer(id: string): { result?: unknown; error?: { code: number; message: string; data?: object } } {
    const [first, ...more] = this.answers.get(id) ?? [];
    if (more.length > 0) throw new Error(`${id} was answered ${more.length + 1} times`);
    return first;
  }

  /** Time until the first server is tried again, in milliseconds, by the last event that says so. */
  nextTryMs(): number {
    const last = this.statuses.findLast(({ type }) => type === 'server-down');
    return last?.type === 'server-down' ? last.nextStartMs : 0;
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await settled();
  }

  async stop(): Promise<void> {
    this.daemon.force();
    await this.daemon.stop();
    await settled();
  }

  #connected(connection: EndpointConnection): void {
    this.connection = connection;
    connection.onHeard = ({ id, method, body }) => {
      if (id === undefined) {
        this.told.push(method!);
        this.onNotified(method!, body.params);
      } else if (method === undefined) this.answers.set(id, [...(this.answers.get(id) ?? []), body]);
    };
  }
}

import type { AskOptions, AskOutcome } from '../../protocol/ask.js';
import type { Frame } from '../../protocol/frame.js';
import type { ServerStats } from '../../protocol/stats.js';
import type { ServerState, StatusEvent } from '../../protocol/status.js';
import type { Bridge } from '../../servers/bridge.js';
import type { Handshake } from '../../servers/handshake.js';
import {
  type ConfiguredServer,
  type ServerRuntime,
  SupervisedServer,
  type SupervisedServerOptions,
} from '../../servers/supervised-server.js';
import type { Upstream } from '../../servers/upstream.js';
import type { Transport } from '../../transports/transport.js';
import type { Item, ListKind } from './items.js';
import type { ToolFilter } from './tool-filter.js';

export interface MuxServerOptions extends ConfiguredServer, ServerRuntime {
  /** Position of the server among the servers of its token. */
  order: number;
  options: SupervisedServerOptions & { tools: ToolFilter };
}

/** The link that a member belongs to; another link may take the member over later. */
export interface MuxServerOwner {
  memberStatus: (member: MuxServer, event: StatusEvent) => void;
}

/** One of the servers behind a multiplexer: a process that is kept running, with a channel to it. */
export class MuxServer {
  readonly name: string;
  readonly order: number;
  readonly tools: ToolFilter;
  readonly handshake: 'speculative' | 'passthrough';
  owner: MuxServerOwner | undefined;
  /** The last list of each kind that the server gave. */
  readonly listed = new Map<ListKind, readonly Item[]>();
  /** The exposed names of tools and prompts whose own names endpoints would reject, by their own names. */
  readonly renamed = new Map<string, string>();
  /** Lists that the server could not give, or that have faults, with the text of the last report. */
  readonly failing = new Map<ListKind, string>();
  readonly faults = new Map<ListKind, string>();
  /** Whether the server speaks MCP 2026-07-28; `unknown` before it was asked. */
  era: 'unknown' | 'legacy' | 'modern' = 'unknown';
  readonly #options: MuxServerOptions;
  readonly #bridge: Bridge;
  readonly #upstream: Upstream;
  readonly #serverHandshake: Handshake;
  #connections: Promise<unknown> = Promise.resolve();

  constructor(options: MuxServerOptions) {
    this.name = options.name;
    this.order = options.order;
    this.tools = options.options.tools;
    this.handshake = options.options.handshake;
    this.#options = options;
    const server = new SupervisedServer(
      options,
      { ...options, isMember: true, onFrame: undefined },
      (event) => this.#heard(event),
    );
    const { bridge, upstream } = server;
    this.#serverHandshake = server.handshake;
    this.#bridge = bridge;
    this.#upstream = upstream;
  }

  start(): void {
    this.#upstream.start();
  }

  /** Notes the endpoint's `initialize` for the next process. The running process is sent it by the router. */
  expect(ownInitialize: Frame): void {
    // D20: an `initialize` that the server crashed on is not sent again.
    if (this.#serverHandshake.era !== 'legacy' || this.#serverHandshake.hasExitedOn(ownInitialize)) return;
    this.#serverHandshake.expectAsAnswered(ownInitialize);
  }

  get state(): ServerState {
    return this.#upstream.state;
  }

  /** True when the server exited on its own, or could not be started, and is not up again. */
  get isFailing(): boolean {
    return this.#upstream.isFailing;
  }

  /** Whether the server cannot be called: it fails, or rejected `initialize`. */
  get isOut(): boolean {
    return this.isFailing || this.state === 'refused';
  }

  get stderrTail(): readonly string[] {
    return this.#upstream.stderrTail;
  }

  stats(): ServerStats {
    return { name: this.name, calls: this.#bridge.calls };
  }

  /** Makes `channel` the server's connection. Replies to calls of the channel before it are dropped. */
  connect(channel: Transport): void {
    // A bridge serves one connection at a time.
    this.#connections = this.#connections.then(() => this.#bridge.serveConnection(channel));
  }

  /** Sends the server a request of mcp-pipe's own (D27); starts a server that was stopped while idle. Never rejects. */
  async ask(
    method: string,
    params: Record<string, unknown> | undefined,
    options: AskOptions,
  ): Promise<AskOutcome> {
    const { settings, clock } = this.#options;
    this.restartIdle();
    await this.#upstream.soonReady(settings.holdTimeoutMs, clock, options.signal);
    return this.#bridge.ask(method, params, options);
  }

  /** Stops the process until the next message for it. `idleMs` is for the report. */
  stopIdle(idleMs: number): void {
    this.#bridge.detach('it was stopped because nobody had called it');
    this.#upstream.pause('idle-stopped');
    if (this.state === 'idle-stopped') this.#heard({ type: 'server-idle-stopped', idleMs });
  }

  restartIdle(): void {
    if (this.state === 'idle-stopped') this.#upstream.resume();
  }

  /** Call it when the server, which rejected mcp-pipe's `initialize`, has accepted the endpoint's, or needs none. */
  accepted(): void {
    this.#upstream.accepted();
  }

  retire(forceSignal: AbortSignal): void {
    // Rejects new requests, and those that wait for the server to start, without waiting for calls that run.
    void this.#bridge.drain(AbortSignal.abort());
    this.#upstream.retire(forceSignal);
  }

  stop(forceSignal: AbortSignal): Promise<void> {
    return this.#upstream.stop(forceSignal);
  }

  #heard(event: StatusEvent): void {
    // The client of this server is the router; the link reports when the endpoint has initialised.
    if (event.type === 'client-initialized') return;
    this.owner?.memberStatus(this, event);
  }
}

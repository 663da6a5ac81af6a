import type { Frame } from '../../protocol/frame.js';
import type { ServerStats } from '../../protocol/stats.js';
import type { StatusEvent } from '../../protocol/status.js';
import type { Bridge } from '../../session/bridge.js';
import type { Handshake } from '../../session/handshake.js';
import type { AskOptions, AskOutcome } from '../../session/own-request.js';
import type { Upstream } from '../../session/upstream.js';
import type { Transport } from '../../transports/transport.js';
import { type ServerRuntime, type ServerSource, SupervisedServer } from '../supervised-server.js';
import type { ToolFilter } from './budgets.js';
import type { Item, ListKind } from './items.js';

export interface MuxServerOptions extends ServerSource, ServerRuntime {
  /** Its place among the servers of its token. */
  order: number;
  tools: ToolFilter;
}

/** Whom a member belongs to: one link now, perhaps another one later. */
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
  state: 'starting' | 'up' | 'refusing' | 'down' | 'idle-stopped' = 'starting';
  /** What it listed last. */
  readonly listed = new Map<ListKind, readonly Item[]>();
  /** Under which names its tools and prompts are shown, where endpoints would not take their own. */
  readonly renamed = new Map<string, string>();
  /** Lists that it could not give, and what is wrong in those that it gave, as it was said. */
  readonly failing = new Map<ListKind, string>();
  readonly faults = new Map<ListKind, string>();
  /** Whether it speaks MCP 2026-07-28, once it was asked. */
  era: 'unknown' | 'legacy' | 'modern' = 'unknown';
  readonly #options: MuxServerOptions;
  readonly #bridge: Bridge;
  readonly #upstream: Upstream;
  readonly #greetings: Handshake;
  #carried: Promise<unknown> = Promise.resolve();

  constructor(options: MuxServerOptions) {
    this.name = options.name;
    this.order = options.order;
    this.tools = options.tools;
    this.handshake = options.handshake;
    this.#options = options;
    const server = new SupervisedServer(options, options, (event) => this.#heard(event));
    const { bridge, upstream } = server;
    this.#greetings = server.handshake;
    this.#bridge = bridge;
    this.#upstream = upstream;
  }

  start(): void {
    this.#upstream.start();
  }

  /** The endpoint initialises so: the next process is greeted with it, the one that runs hears it from the router. */
  expect(greeting: Frame): void {
    // What has ended a server is not said to it again.
    if (this.#greetings.era !== 'legacy' || this.#greetings.hasEndedOn(greeting)) return;
    this.#greetings.expectAsAnswered(greeting);
  }

  get stderrTail(): readonly string[] {
    return this.#upstream.stderrTail;
  }

  stats(): ServerStats {
    return { name: this.name, calls: this.#bridge.calls };
  }

  /** The channel takes the place of the one before it, whose calls go on for nobody. */
  connect(channel: Transport): void {
    // One after another: a bridge has one connection.
    this.#carried = this.#carried.then(() => this.#bridge.carry(channel));
  }

  /** Asks the server beside everybody else. Never rejects. */
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

  /** Stops the process until somebody calls. */
  stopIdle(idleMs: number): void {
    this.#bridge.release('it was stopped because nobody had called it');
    this.#upstream.pause();
    this.#heard({ type: 'server-idle-stopped', idleMs });
  }

  restartIdle(): void {
    if (this.state !== 'idle-stopped') return;
    this.state = 'starting';
    this.#upstream.resume();
  }

  /** It has answered the endpoint's `initialize`, or says that it needs none, though it refused ours. */
  accepted(): void {
    if (this.state !== 'refusing') return;
    this.state = 'up';
    this.#upstream.accepted();
  }

  retire(forceSignal: AbortSignal): void {
    // What waits for a server that is not there hears at once that none will come.
    void this.#bridge.drain(AbortSignal.abort());
    this.#upstream.retire(forceSignal);
  }

  stop(forceSignal: AbortSignal): Promise<void> {
    return this.#upstream.stop(forceSignal);
  }

  #heard(event: StatusEvent): void {
    if (event.type === 'server-ready') this.state = 'up';
    else if (event.type === 'server-refused') this.state = 'refusing';
    else if (event.type === 'server-down') this.state = 'down';
    else if (event.type === 'server-replaced') this.state = 'starting';
    else if (event.type === 'server-idle-stopped') this.state = 'idle-stopped';
    // To this server the router is the endpoint; what the real one does is the link's to tell.
    if (event.type === 'client-initialized') return;
    this.owner?.memberStatus(this, event);
  }
}

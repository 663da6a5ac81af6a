import type { Frame } from '../../protocol/frame.js';
import type { ServerStats } from '../../protocol/stats.js';
import type { ServerState, StatusEvent, WhyStopped } from '../../protocol/status.js';
import type {
  ServerUse,
  SupervisedServer,
  SupervisedServerOptions,
  SupervisedServerSettings,
} from '../../servers/supervised-server.js';
import type { Clock } from '../../time/clock.js';
import type { Transport } from '../../transports/transport.js';
import type { Item, ListKind } from './items.js';
import type { ToolFilter } from './tool-filter.js';

/** A server of a mux, and what the plan says of it. */
export interface MuxServerPlan {
  server: SupervisedServer;
  /** Position of the server among the servers of its token. */
  order: number;
  options: SupervisedServerOptions & { tools: ToolFilter };
}

/** What its link gives it. */
interface OfLink {
  clock: Clock;
  settings: SupervisedServerSettings;
}

/** The link that a member belongs to; another link may take the member over later. */
export interface MuxServerOwner {
  memberStatus: (member: MuxServer, event: StatusEvent) => void;
}

/** One of the servers behind a multiplexer, with what the multiplexer has learned of it. */
export class MuxServer {
  readonly name: string;
  readonly handshake: 'speculative' | 'passthrough';
  readonly server: SupervisedServer;
  order: number;
  tools: ToolFilter;
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
  readonly #ofLink: OfLink;
  #connections: Promise<unknown> = Promise.resolve();

  constructor({ server, order, options }: MuxServerPlan, ofLink: OfLink) {
    this.name = server.name;
    this.server = server;
    this.order = order;
    this.tools = options.tools;
    this.handshake = options.handshake;
    this.#ofLink = ofLink;
  }

  /** Its link uses the server from now on. */
  use(): void {
    const { settings } = this.#ofLink;
    // Its frames are those of the link, which the router has changed.
    const ofLink: ServerUse = { settings, isMember: true, onStatus: (event) => this.#heard(event) };
    this.server.use(ofLink);
  }

  start(): void {
    this.server.start();
  }

  /** Notes the endpoint's `initialize` for the next process. The running process is sent it by the router. */
  expect(ownInitialize: Frame): void {
    // D20: an `initialize` that the server crashed on is not sent again.
    if (this.server.handshake.era !== 'legacy' || this.server.handshake.hasExitedOn(ownInitialize)) return;
    this.server.handshake.expectAsAnswered(ownInitialize);
  }

  get state(): ServerState {
    return this.server.upstream.state;
  }

  /** True when the server exited on its own, or could not be started, and is not up again. */
  get isFailing(): boolean {
    return this.server.upstream.isFailing;
  }

  /** Whether the server cannot be called: it fails, or rejected `initialize`. */
  get isOut(): boolean {
    return this.isFailing || this.state === 'refused';
  }

  get stderrTail(): readonly string[] {
    return this.server.upstream.stderrTail;
  }

  stats(): ServerStats {
    return { name: this.name, calls: this.server.bridge.calls };
  }

  /** Makes `channel` the server's connection. Replies to calls of the channel before it are dropped. */
  connect(channel: Transport): void {
    // A bridge serves one connection at a time.
    this.#connections = this.#connections.then(() => this.server.bridge.serveConnection(channel));
  }

  /** Stops the process until the next message for it. `idleMs` is for the report. */
  stopIdle(idleMs: number): void {
    this.server.bridge.detach('it was stopped because nobody had called it');
    this.server.upstream.pause('idle-stopped');
    if (this.state === 'idle-stopped') this.#heard({ type: 'server-idle-stopped', idleMs });
  }

  restartIdle(): void {
    if (this.state === 'idle-stopped') this.server.upstream.resume();
  }

  /** Call it when the server, which rejected mcp-pipe's `initialize`, has accepted the endpoint's, or needs none. */
  accepted(): void {
    this.server.upstream.accepted();
  }

  retire(forceSignal: AbortSignal, why: WhyStopped): void {
    // Rejects new requests, and those that wait for the server to start, without waiting for calls that run.
    if (!this.server.isPlanned) void this.server.bridge.drain(AbortSignal.abort(), why);
    this.server.retire(forceSignal);
  }

  stop(forceSignal: AbortSignal): Promise<void> {
    return this.server.stop(forceSignal);
  }

  /** Resolves when the bridge of the server has no connection any more: its channel is closed. */
  async disconnected(): Promise<void> {
    await this.#connections;
  }

  #heard(event: StatusEvent): void {
    // The client of this server is the router; the link reports when the endpoint has initialised.
    if (event.type === 'client-initialized') return;
    this.owner?.memberStatus(this, event);
  }
}

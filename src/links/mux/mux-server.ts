import { type CallLimits, isCall, timeoutOf } from '../../protocol/call-limits.js';
import type { RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { ServerStats } from '../../protocol/stats.js';
import type { ServerState, StatusEvent, WhyStopped } from '../../protocol/status.js';
import type { ToolFilter } from '../../protocol/tool-filter.js';
import type { ServerUse, SupervisedServerSettings } from '../../servers/server-use.js';
import type { SupervisedServer, SupervisedServerOptions } from '../../servers/supervised-server.js';
import type { GuardFor } from '../../transports/guard.js';
import type { Transport } from '../../transports/transport.js';
import type { Item, ListKind } from './items.js';

/** A server of a mux, and what the plan says of it. */
export interface MuxServerPlan {
  server: SupervisedServer;
  /** Position of the server among the servers of its token. */
  order: number;
  options: SupervisedServerOptions & {
    tools: ToolFilter;
    rename?: Readonly<Record<string, string>>;
    calls?: CallLimits | undefined;
  };
}

/** The filter that the router applies: of tools with other names, the guard of the server does it, by their own names. */
export function filterOf({ tools, rename = {} }: MuxServerPlan['options']): ToolFilter {
  return Object.keys(rename).length === 0 ? tools : {};
}

/** The link that a member belongs to; another link may take the member over later. */
export interface MuxServerOwner {
  readonly name: string;
  readonly settings: SupervisedServerSettings;
  readonly guardFor?: GuardFor | undefined;
  /** The agent that the link belongs to. */
  readonly agent?: string | undefined;
  /** Reports an event of the server, for `alsoLinks` too. */
  report(member: MuxServer, event: StatusEvent, alsoLinks: readonly string[]): void;
  /** A request with this id, which was held until the server could take it, is sent to it. Undefined: this is not noted. */
  readonly released?: ((id: RawId) => void) | undefined;
  /** Something has happened to the server. */
  memberChanged(member: MuxServer, event: StatusEvent): void;
  /** Whether stopping the server now would lose something. */
  isBusy?(member: MuxServer): boolean;
}

/** One of the servers behind a multiplexer, with what the multiplexer has learned of it. */
export class MuxServer {
  readonly name: string;
  readonly handshake: 'speculative' | 'passthrough';
  readonly server: SupervisedServer;
  order: number;
  tools: ToolFilter;
  /** Limits of its calls, as this link has them. */
  #calls: CallLimits | undefined;
  /** Its own names of tools that clients know by others, by those. */
  #ownNames: ReadonlyMap<string, string> = new Map();
  /** The last list of each kind that the server gave. */
  readonly listed = new Map<ListKind, readonly Item[]>();
  /** The exposed names of tools and prompts whose own names endpoints would reject, by their own names. */
  readonly renamed = new Map<string, string>();
  /** Lists that the server could not give, or that have faults, with the text of the last report. */
  readonly failing = new Map<ListKind, string>();
  readonly faults = new Map<ListKind, string>();
  /** Whether the server speaks MCP 2026-07-28; `unknown` before it was asked. */
  era: 'unknown' | 'legacy' | 'modern' = 'unknown';
  #use: ServerUse;
  #connections: Promise<unknown> = Promise.resolve();

  constructor({ server, order, options }: MuxServerPlan, owner: MuxServerOwner) {
    this.name = server.name;
    this.server = server;
    this.order = order;
    this.tools = filterOf(options);
    this.plan(options);
    this.handshake = options.handshake;
    this.#use = this.#useFor(owner);
  }

  /** Whether the server's own limits end this call in time (`calls.timeout`), whose progress they see. `shown`: the tool as clients call it. */
  limitsTime(method: string, shown: string | undefined): boolean {
    if (!this.#calls || !isCall(method)) return false;
    const tool =
      method !== 'tools/call' || shown === undefined ? undefined : (this.#ownNames.get(shown) ?? shown);
    return timeoutOf(this.#calls, tool) !== undefined;
  }

  /** Its calls are limited, and its tools named, so from now on. */
  plan({ calls, rename = {} }: Pick<MuxServerPlan['options'], 'calls' | 'rename'>): void {
    this.#calls = calls;
    this.#ownNames = new Map(Object.entries(rename).map(([name, to]) => [to, name]));
  }

  /** Its link uses the server from now on. */
  use(): void {
    this.#use.begin();
  }

  /** Another link uses the server instead, which goes on running. */
  moveTo(owner: MuxServerOwner): void {
    const before = this.#use;
    this.#use = this.#useFor(owner);
    this.#use.begin();
    if (before.isWanting) this.#use.start();
    // The link before has closed its connection to the server, or is about to.
    this.#connections = this.#connections.then(() => before.stop(new AbortController().signal));
  }

  start(): void {
    this.#use.start();
  }

  /** Notes the endpoint's `initialize` for the next process. The running process is sent it by the router. */
  expect(ownInitialize: Frame): void {
    this.#use.client.expectInitialize(ownInitialize);
  }

  /** Whether other links use the server as well. */
  get isShared(): boolean {
    return this.server.hub.isShared;
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
    // One that is started on demand is tried again by the next call.
    return (this.isFailing && !this.server.parking.isServing) || this.state === 'refused';
  }

  get stderrTail(): readonly string[] {
    return this.server.upstream.stderrTail;
  }

  stats(): ServerStats {
    const { calls: ofLink, held } = this.#use.client;
    const { calls, copyFacts: copies } = this.server.hub;
    return { name: this.name, calls, ofLink, held, copies };
  }

  /** Makes `channel` the server's connection. Replies to calls of the channel before it are dropped. */
  connect(channel: Transport): void {
    const { client } = this.#use;
    // A client serves one connection at a time.
    this.#connections = this.#connections.then(() => client.serveConnection(channel));
  }

  /** Call it when the server, which rejected mcp-pipe's `initialize`, has accepted the endpoint's, or needs none. */
  accepted(): void {
    this.server.upstream.accepted();
  }

  retire(forceSignal: AbortSignal, why: WhyStopped): void {
    // Rejects new requests, and those that wait for the server to start, without waiting for calls that run.
    if (!this.server.isPlanned) void this.#use.client.drain(AbortSignal.abort(), why);
    this.#use.retire(forceSignal);
  }

  /** See `ServerUse.stop`. */
  async stop(forceSignal: AbortSignal): Promise<void> {
    await this.#use.stop(forceSignal);
  }

  /** Resolves when the server has no connection of this link any more: its channel is closed. */
  async disconnected(): Promise<void> {
    await this.#connections;
  }

  /** See `Downstream.ask`. */
  get asked(): ServerUse {
    return this.#use;
  }

  #useFor(owner: MuxServerOwner): ServerUse {
    return this.server.use({
      by: owner.name,
      settings: owner.settings,
      // Its frames are those of the link, which the router has changed.
      isMember: true,
      onReleased: owner.released,
      guard: owner.guardFor?.(this.name),
      agent: owner.agent,
      // The client of this server is the router; the link reports when the endpoint has initialised.
      onClientStatus: (event) => event.type !== 'client-initialized' && owner.report(this, event, []),
      onStatus: (event, alsoLinks) => owner.report(this, event, alsoLinks),
      onServerEvent: (event) => owner.memberChanged(this, event),
      isBusy: () => owner.isBusy?.(this) ?? false,
    });
  }
}

import type { AfterConnection } from '../../connections/after-connection.js';
import { Downstream } from '../../connections/downstream.js';
import type { AskOptions, AskOutcome, AskParams } from '../../protocol/ask.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import type { Reconnected, WhyRenewed } from '../../protocol/renewal.js';
import type { LinkStats } from '../../protocol/stats.js';
import type { LinkState, StatusEvent, WhyStopped } from '../../protocol/status.js';
import { notOnLink } from '../../servers/own-request.js';
import type { RotatingServerPlan } from './rotating-server.js';
import { type RotateOptions, Turns } from './turns.js';

/** A link whose servers take turns on its one connection: each switch is a new connection. */
export class Rotate {
  readonly name: string;
  readonly servers: readonly string[];
  readonly #downstream: Downstream;
  readonly #turns: Turns;

  constructor(options: RotateOptions) {
    const { name, servers, onStatus } = options;
    this.name = name;
    this.servers = servers.map(({ server }) => server.name);
    const turns = new Turns(options);
    const ofLink = (event: StatusEvent) => {
      onStatus(event);
      if (event.type === 'open') turns.opened();
    };
    const afterConnection: AfterConnection = (end) => turns.afterConnection(end);
    this.#downstream = new Downstream({ ...options, onStatus: ofLink, afterConnection }, turns);
    this.#turns = turns;
  }

  get state(): LinkState {
    return this.#downstream.state;
  }

  start(): void {
    this.#turns.use();
    this.#downstream.start();
  }

  stats(): LinkStats {
    return { connection: this.#downstream.client.connectionStats, servers: this.#turns.stats() };
  }

  /**
   * Sends a running server a request of mcp-pipe's own. A server between turns is not started: the outcome is -31012 (D73).
   */
  async ask(server: string, method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    const member = this.#turns.member(server);
    if (!member) return notOnLink(server);
    const hasTurn = member === this.#turns.on;
    if (!hasTurn && !member.upstream.ready)
      return member.use.known(method, params) ?? this.#notItsTurn(server);
    return this.#downstream.ask(member.use, method, params, options);
  }

  /** Applies the new plan of the servers' turns. */
  update(servers: readonly RotatingServerPlan[]): void {
    this.#turns.update(servers);
  }

  /** See `Downstream.reconnect`. */
  reconnect(why: WhyRenewed): Reconnected {
    return this.#downstream.reconnect(why);
  }

  /** See `Downstream.stop`. */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    return this.#downstream.stop(forceSignal, why);
  }

  #notItsTurn(server: string): AskOutcome {
    const { on } = this.#turns;
    const ms = this.#turns.waitMs(server);
    const wait = ms < 120_000 ? `${Math.ceil(ms / 1_000)} s` : `${Math.ceil(ms / 60_000)} min`;
    const when = this.#turns.hasBegun
      ? `in about ${wait}; it is the turn of "${on.name}" now.`
      : `about ${wait} after the endpoint is connected, which it is not now; mcp-pipe health says why.`;
    const message = `The MCP server "${server}" waits for its turn, ${when}`;
    return {
      error: {
        code: ErrorCode.notItsTurn,
        message,
        ...(this.#turns.hasBegun ? { data: { waitMs: ms } } : {}),
      },
    };
  }
}

import type { LinkStats } from '../protocol/stats.js';
import type { LinkState } from '../protocol/status.js';
import type { AskOptions, AskOutcome } from '../session/own-request.js';
import type { Upstream } from '../session/upstream.js';
import { Downstream, type DownstreamOptions, type DownstreamSettings } from './downstream.js';
import {
  type ConfiguredServer,
  type ServerRuntime,
  SupervisedServer,
  type SupervisedServerSettings,
} from './supervised-server.js';

export interface PipeOptions extends DownstreamOptions, ConfiguredServer, ServerRuntime {
  settings: DownstreamSettings & SupervisedServerSettings;
}

/** A link with one server on one endpoint. */
export class Pipe {
  readonly name: string;
  readonly #options: PipeOptions;
  readonly #upstream: Upstream;
  readonly #downstream: Downstream;

  constructor(options: PipeOptions) {
    this.name = options.name;
    this.#options = options;
    this.#upstream = new SupervisedServer(options, options, options.onStatus).upstream;
    this.#downstream = new Downstream(options, this.#upstream);
  }

  get state(): LinkState {
    return this.#downstream.state;
  }

  get servers(): readonly string[] {
    return [this.name];
  }

  start(): void {
    this.#downstream.start();
  }

  stats(): LinkStats {
    const { calls, connectionStats: connection } = this.#downstream.bridge;
    return { connection, servers: [{ name: this.name, calls }] };
  }

  /**
   * Sends the server a request of mcp-pipe's own (D27). Waits for a server that is being started for up to
   * `holdTimeoutMs`.
   */
  async ask(
    _server: string,
    method: string,
    params: Record<string, unknown> | undefined,
    options: AskOptions,
  ): Promise<AskOutcome> {
    const { clock, settings } = this.#options;
    if (!this.#downstream.isStopping)
      await this.#upstream.soonReady(settings.holdTimeoutMs, clock, options.signal);
    return this.#downstream.bridge.ask(method, params, options);
  }

  /** See `Downstream.stop`. */
  stop(forceSignal: AbortSignal): Promise<void> {
    return this.#downstream.stop(forceSignal);
  }
}

import { Downstream, type DownstreamOptions, type DownstreamSettings } from '../connections/downstream.js';
import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { LinkStats } from '../protocol/stats.js';
import type { LinkState, WhyStopped } from '../protocol/status.js';
import type { ServerUse, SupervisedServer, SupervisedServerSettings } from '../servers/supervised-server.js';

export interface PipeOptions extends DownstreamOptions, Pick<ServerUse, 'onFrame'> {
  server: SupervisedServer;
  settings: DownstreamSettings & SupervisedServerSettings;
}

/** A link with one server on one endpoint. */
export class Pipe {
  readonly name: string;
  readonly #options: PipeOptions;
  readonly #downstream: Downstream;

  constructor(options: PipeOptions) {
    this.name = options.name;
    this.#options = options;
    this.#downstream = new Downstream(options, options.server);
  }

  get state(): LinkState {
    return this.#downstream.state;
  }

  get servers(): readonly string[] {
    return [this.#options.server.name];
  }

  start(): void {
    const { server, settings, onStatus, onFrame } = this.#options;
    server.use({ settings, onStatus, onFrame });
    this.#downstream.start();
  }

  stats(): LinkStats {
    const { name, bridge } = this.#options.server;
    const { calls, connectionStats: connection } = bridge;
    return { connection, servers: [{ name, calls }] };
  }

  /** See `Downstream.ask`. */
  ask(_server: string, method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    return this.#downstream.ask(this.#options.server, method, params, options);
  }

  /** A pipe has no options that can change while it runs. */
  update(): void {}

  /** See `Downstream.stop`. */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    return this.#downstream.stop(forceSignal, why);
  }
}

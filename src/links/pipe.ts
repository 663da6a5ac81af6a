import {
  Downstream,
  type DownstreamOptions,
  type DownstreamSettings,
  type OnLinkStatus,
} from '../connections/downstream.js';
import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { Reconnected, WhyRenewed } from '../protocol/renewal.js';
import type { LinkStats } from '../protocol/stats.js';
import type { LinkState, WhyStopped } from '../protocol/status.js';
import type { ServerUse, ServerUseOptions, SupervisedServerSettings } from '../servers/server-use.js';
import type { SupervisedServer } from '../servers/supervised-server.js';

export interface PipeOptions
  extends Omit<DownstreamOptions, 'onStatus'>,
    Pick<ServerUseOptions, 'onFrame' | 'traffic'> {
  server: SupervisedServer;
  settings: DownstreamSettings & SupervisedServerSettings;
  onStatus: OnLinkStatus;
}

/** A link with one server on one endpoint. */
export class Pipe {
  readonly name: string;
  readonly #options: PipeOptions;
  readonly #use: ServerUse;
  readonly #downstream: Downstream;

  constructor(options: PipeOptions) {
    this.name = options.name;
    this.#options = options;
    const { name: by, server, settings, onStatus, onFrame, traffic } = options;
    this.#use = server.use({
      ...{ by, settings, onFrame, traffic },
      onClientStatus: (event) => onStatus(event),
      // A server that has the link's name needs no other one, unless the event is for further links.
      onStatus: (event, also) =>
        onStatus(event, also.length > 0 || server.name !== by ? server.name : undefined, also),
    });
    this.#downstream = new Downstream({ ...options, onStatus: (event) => onStatus(event) }, this.#use);
  }

  get state(): LinkState {
    return this.#downstream.state;
  }

  get servers(): readonly string[] {
    return [this.#options.server.name];
  }

  start(): void {
    this.#use.begin();
    this.#downstream.start();
  }

  stats(): LinkStats {
    const { name, hub } = this.#options.server;
    const { calls } = hub;
    const { connectionStats: connection, calls: ofLink } = this.#use.client;
    return { connection, servers: [{ name, calls, ofLink }] };
  }

  /** See `Downstream.ask`. */
  ask(_server: string, method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    return this.#downstream.ask(this.#use, method, params, options);
  }

  /** See `Downstream.reconnect`. */
  reconnect(why: WhyRenewed): Reconnected {
    return this.#downstream.reconnect(why);
  }

  /** A pipe has no options that can change while it runs. */
  update(): void {}

  /** See `Downstream.stop`. */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    return this.#downstream.stop(forceSignal, why);
  }
}

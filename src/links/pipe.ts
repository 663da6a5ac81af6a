import type { AcceptedOptions } from '../connections/accepted-client.js';
import type { DownstreamOptions, OnLinkStatus } from '../connections/downstream.js';
import { isAccepted, type Side, sideOf } from '../connections/side.js';
import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { Reconnected, WhyRenewed } from '../protocol/renewal.js';
import type { LinkStats } from '../protocol/stats.js';
import type { LinkState, WhyStopped } from '../protocol/status.js';
import type { ServerUse, ServerUseOptions, SupervisedServerSettings } from '../servers/server-use.js';
import type { SupervisedServer } from '../servers/supervised-server.js';
import type { GuardFor } from '../transports/guard.js';

export type PipeOptions = (Omit<DownstreamOptions, 'onStatus'> | Omit<AcceptedOptions, 'onStatus'>) &
  Pick<ServerUseOptions, 'onFrame' | 'traffic'> & {
    server: SupervisedServer;
    guardFor?: GuardFor | undefined;
    /** The agent that the link belongs to. */
    agent?: string | undefined;
    settings: SupervisedServerSettings;
    onStatus: OnLinkStatus;
  };

/** A link with one server on one endpoint, or for one client that has connected. */
export class Pipe {
  readonly name: string;
  readonly #options: PipeOptions;
  readonly #use: ServerUse;
  readonly #side: Side;

  constructor(options: PipeOptions) {
    this.name = options.name;
    this.#options = options;
    const { name: by, server, settings, onStatus, onFrame, traffic, guardFor, agent } = options;
    this.#use = server.use({
      ...{
        by,
        settings,
        onFrame,
        traffic,
        isAccepted: isAccepted(options),
        guard: guardFor?.(server.name),
        agent,
      },
      onClientStatus: (event) => onStatus(event),
      // A server that has the link's name needs no other one, unless the event is for further links.
      onStatus: (event, also) =>
        onStatus(event, also.length > 0 || server.name !== by ? server.name : undefined, also),
    });
    this.#side = sideOf({ ...options, onStatus: (event) => onStatus(event) }, this.#use);
  }

  get state(): LinkState {
    return this.#side.state;
  }

  get servers(): readonly string[] {
    return [this.#options.server.name];
  }

  get server(): SupervisedServer {
    return this.#options.server;
  }

  start(): void {
    this.#use.begin();
    this.#side.start();
  }

  stats(): LinkStats {
    const { name, hub } = this.#options.server;
    const { calls, copyFacts: copies } = hub;
    const { connectionStats: connection, calls: ofLink, held } = this.#use.client;
    return { connection, servers: [{ name, calls, ofLink, held, copies }] };
  }

  /** See `Downstream.ask`. */
  ask(_server: string, method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    return this.#side.ask(this.#use, method, params, options);
  }

  /** See `Downstream.reconnect`. */
  reconnect(why: WhyRenewed): Reconnected {
    return this.#side.reconnect(why);
  }

  /** A pipe has no options that can change while it runs. */
  update(): void {}

  /** See `Downstream.stop`. */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    return this.#side.stop(forceSignal, why);
  }
}

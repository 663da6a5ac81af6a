import type { OnLinkStatus } from '../../connections/downstream.js';
import type { Handshake } from '../../servers/handshake.js';
import type { HubClient } from '../../servers/hub-client.js';
import type { ServerUse, ServerUseOptions, SupervisedServerSettings } from '../../servers/server-use.js';
import type { SupervisedServer } from '../../servers/supervised-server.js';
import type { Upstream } from '../../servers/upstream.js';
import type { GuardFor } from '../../transports/guard.js';

/** One of the servers that take turns, and the plan of its turn. */
export interface RotatingServerPlan {
  server: SupervisedServer;
  options: {
    /**
     * How long a turn of this server lasts, in milliseconds from the first connection of the turn on (D71); undefined:
     * `rotateEveryMs`.
     */
    rotate: { dwellMs?: number | undefined };
  };
}

interface RotatingServerOptions extends Pick<ServerUseOptions, 'onFrame' | 'traffic'> {
  guardFor?: GuardFor | undefined;
  /** The agent that the link belongs to. */
  agent?: string | undefined;
  /** Name of the link. */
  name: string;
  onStatus: OnLinkStatus;
  settings: SupervisedServerSettings & { rotateEveryMs: number };
}

/** The turn of a server that was ready in it ends after this many failures in a row (D74). */
const FAILED_AFTER = 3;

/** One server of a rotation, with a client of its own (D69). It has the link's connection during its turn. */
export class RotatingServer {
  readonly name: string;
  readonly server: SupervisedServer;
  /** The link's use of the server. */
  readonly use: ServerUse;
  /** The server was ready since `run` was last called. */
  wasReady = false;
  /** The server has answered the endpoint's `initialize`. */
  isProven = false;
  /** Called when a start has failed, or the process has exited. */
  onFailed: () => void = () => {};
  /**
   * True while this server is being started for the next turn. If that start fails, the turn is skipped and no next
   * start time is reported.
   */
  isCandidate = false;
  readonly #options: RotatingServerOptions;
  #dwellMs: number | undefined;

  constructor(plan: RotatingServerPlan, options: RotatingServerOptions) {
    this.server = plan.server;
    this.name = plan.server.name;
    this.#options = options;
    this.#dwellMs = plan.options.rotate.dwellMs;
    this.use = this.#useFor(options);
  }

  get client(): HubClient {
    return this.use.client;
  }

  get handshake(): Handshake {
    return this.server.handshake;
  }

  get upstream(): Upstream {
    return this.server.upstream;
  }

  /** How long its turn lasts, in milliseconds; see `RotatingServerPlan`. */
  get dwellMs(): number {
    return this.#dwellMs ?? this.#options.settings.rotateEveryMs;
  }

  /** Applies the new plan of its turn; a turn that has begun keeps its length. */
  update({ options }: RotatingServerPlan): void {
    this.#dwellMs = options.rotate.dwellMs;
  }

  /** Call it when the link starts to use the server. */
  begin(): void {
    this.use.begin();
  }

  /** True when the server answered `initialize` with an error. */
  get isRefused(): boolean {
    return this.upstream.state === 'refused';
  }

  get isReady(): boolean {
    return this.server.parking.isServing;
  }

  /** The server is down, and its turn is to end. */
  get hasFailed(): boolean {
    const { state, isFailing, failures } = this.upstream;
    return isFailing && state === 'waiting' && (!this.wasReady || failures >= FAILED_AFTER);
  }

  /** Keeps the server running until `rest`. It is sent the `initialize` that the endpoint last sent to `before`. */
  run(before?: RotatingServer): void {
    this.wasReady = this.isReady;
    if (before) this.client.expectInitializeOf(before.handshake);
    this.use.start();
  }

  /** Ends the process at once, and starts no other until `run`; a process that other links use goes on. */
  rest(): void {
    const why = 'its turn was over, and it was stopped';
    this.use.rest({ as: 'between-turns', why, immediately: true });
  }

  #useFor({
    name: by,
    settings,
    onFrame,
    traffic,
    onStatus,
    guardFor,
    agent,
  }: RotatingServerOptions): ServerUse {
    return this.server.use({
      ...{ by, settings, onFrame, traffic, guard: guardFor?.(this.name), agent },
      onClientStatus: (event) => {
        if (event.type === 'client-initialized') this.isProven = true;
        onStatus(event, this.name);
      },
      onStatus: (event, alsoLinks) => {
        const isSkipped = this.isCandidate && event.type === 'server-down';
        const shown = isSkipped ? { ...event, nextStartMs: Number.POSITIVE_INFINITY } : event;
        onStatus(shown, this.name, alsoLinks);
      },
      onServerEvent: ({ type }) => {
        if (type === 'server-state') this.wasReady ||= this.isReady;
        if (type === 'server-down') this.onFailed();
      },
    });
  }
}

import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { OnStatus, ServerState, StatusEvent } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import type { ClientOptions } from './client-state.js';
import type { HubClient } from './hub-client.js';
import type { RestingState } from './server-state.js';
import type { UpstreamSettings } from './upstream-options.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface SupervisedServerSettings extends UpstreamSettings {
  holdTimeoutMs: number;
  maxQueuedBytes: number;
  maxFrameBytes: number;
  idleParkMs?: number | undefined;
}

/** The link that uses a server, and how it hears of it. */
export interface ServerUseOptions
  extends Pick<
    ClientOptions,
    'onFrame' | 'onReleased' | 'traffic' | 'isMember' | 'isAccepted' | 'guard' | 'agent'
  > {
  /** Name of the link. */
  by: string;
  /** It is no client: it keeps the server running, for clients that come and go; the process is told that this is its client. */
  keepsFor?: { name: string; version: string };
  settings: SupervisedServerSettings;
  /** Receives what happens to this link's client of the server. */
  onClientStatus: OnStatus;
  /** Reports what happens to the server: of several links, the first one does, and `alsoLinks` names the others. */
  onStatus: (event: StatusEvent, alsoLinks: readonly string[]) => void;
  /** Called with every event of the server, whichever link reports it. */
  onServerEvent?: (event: StatusEvent) => void;
  /** Whether parking the server now would lose something that only the link knows of. */
  isBusy?: () => boolean;
}

/** Why a server need not run for a link. */
export interface Rest {
  as: RestingState;
  /** For callers whose calls are pending. */
  why: string;
  /** No process is started before the link wants the server again, even if none runs now. */
  immediately: boolean;
  /** How long the link has sent nothing, in milliseconds; for the report. */
  idleMs?: number;
}

/** What a use needs of its server. */
export interface UsedServer {
  readonly name: string;
  readonly state: ServerState;
  readonly stderrTail: readonly string[];
  begun(use: ServerUse): void;
  /** Tells this use in which state the server is, if it runs. */
  tellState(use: ServerUse): void;
  /** See `ServerUse.known`. */
  known(method: string, params: AskParams): AskOutcome | undefined;
  wanted(): void;
  rested(use: ServerUse, rest: Rest): void;
  /** Whether another link wants the server to run. */
  isWantedBesides(use: ServerUse): boolean;
  retired(forceSignal: AbortSignal): void;
  ended(use: ServerUse, forceSignal: AbortSignal): Promise<void>;
  whenReady(signal: AbortSignal): Promise<void>;
  soonReady(timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<void>;
}

/**
 * One link's use of a server. The server runs while any use wants it, and while the plan has it:
 *
 *     begin -- start ------ rest ------ start ------ stop
 *              it runs      unless another use wants it
 */
// D132
export class ServerUse {
  readonly options: ServerUseOptions;
  readonly client: HubClient;
  /** The server has to run for this link. */
  isWanting = false;
  /** Why it need not, since `rest`. */
  resting: Rest | undefined;
  /** The link is about to stop. */
  isEnding = false;
  readonly #server: UsedServer;

  constructor(
    server: UsedServer,
    newClient: (options: ClientOptions) => HubClient,
    options: ServerUseOptions,
  ) {
    const {
      settings,
      onFrame,
      onReleased,
      traffic,
      isMember = false,
      isAccepted = false,
      guard,
      agent,
    } = options;
    const { onClientStatus: onStatus } = options;
    const { holdTimeoutMs, maxQueuedBytes: maxHeldBytes, maxFrameBytes } = settings;
    this.options = options;
    this.#server = server;
    this.client = newClient({
      ...{
        onFrame,
        onReleased,
        traffic,
        isMember,
        isAccepted,
        guard,
        agent,
        holdTimeoutMs,
        maxHeldBytes,
        maxFrameBytes,
        onStatus,
      },
    });
  }

  get name(): string {
    return this.#server.name;
  }

  /** The link is a client of the server from now on. */
  begin(): void {
    const { keepsFor } = this.options;
    if (keepsFor) this.client.keep(keepsFor);
    else this.client.join();
    this.#server.begun(this);
  }

  /** What was said of the server was said of other links, which are gone: it is said once more, of this one. */
  tellState(): void {
    this.#server.tellState(this);
  }

  /** Starts the server, unless it runs. */
  start(): void {
    this.isWanting = true;
    this.resting = undefined;
    this.#server.wanted();
  }

  /** The server need not run for this link until `start`; it ends when no other link wants it. */
  rest(rest: Rest): void {
    this.isWanting = false;
    this.resting = rest;
    this.#server.rested(this, rest);
  }

  /** Whether the server goes on running when this link needs it no more. */
  get isWantedElsewhere(): boolean {
    return this.#server.isWantedBesides(this);
  }

  get stderrTail(): readonly string[] {
    return this.#server.stderrTail;
  }

  whenReady(signal: AbortSignal): Promise<void> {
    return this.#server.whenReady(signal);
  }

  /** As `whenReady`, for at most `timeoutMs`. */
  soonReady(timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
    return this.#server.soonReady(timeoutMs, clock, signal);
  }

  /** Whether anything of this link would be lost with the process. */
  get isBusy(): boolean {
    const { client, options } = this;
    return client.pending > 0 || client.isAsking || client.isReadPaused || (options.isBusy?.() ?? false);
  }

  /** The answer to a request that needs no process, because the server is parked; undefined: use `ask`. */
  known(method: string, params: AskParams): AskOutcome | undefined {
    return this.#server.known(method, params);
  }

  /** See `HubClient.ask`. */
  ask(method: string, params: AskParams, options: AskOptions): Promise<AskOutcome> {
    return this.client.ask(method, params, options);
  }

  /** Call it when the link begins to stop: a server that ends with it is not started any more. See `Upstream.retire`. */
  retire(forceSignal: AbortSignal): void {
    this.isEnding = true;
    this.#server.retired(forceSignal);
  }

  /** Call it when the link has closed its connection. The server ends unless another link, or the plan, has it. */
  async stop(forceSignal: AbortSignal): Promise<void> {
    this.isEnding = true;
    this.isWanting = false;
    if (this.options.keepsFor) this.client.keep(undefined);
    this.client.leave();
    await this.#server.ended(this, forceSignal);
  }
}

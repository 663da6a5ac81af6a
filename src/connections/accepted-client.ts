import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { Reconnected } from '../protocol/renewal.js';
import type { LinkState, OnStatus, WhyStopped } from '../protocol/status.js';
import type { HubClient } from '../servers/hub-client.js';
import { errorOutcome } from '../servers/own-request.js';
import { STOPPED } from '../servers/refusals.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import type { CloseReason, Transport } from '../transports/transport.js';
import { type AskedServer, CLOSE_REASONS, type Servers } from './downstream.js';
import { LinkStateMachine } from './link-state.js';

/** See `config/defaults.ts` for each one's meaning. */
export interface AcceptedSettings {
  holdTimeoutMs: number;
  drainTimeoutMs: number;
}

export interface AcceptedOptions {
  name: string;
  /** The channel to the client, which has connected to mcp-pipe. */
  accepted: Transport;
  clock: Clock;
  onStatus: OnStatus;
  settings: AcceptedSettings;
  /** Called once, when the client has gone: nothing comes from it any more, and its calls are answered or given up. */
  onGone: (closed: CloseReason | undefined) => void;
}

/**
 * The client's side of a link whose client has connected to mcp-pipe, instead of being dialled: there is no endpoint, no lease
 * and no second connection. The servers are started by the client's first message, so that their first process is sent the
 * client's own `initialize`. When the client goes, the link is to be stopped.
 */
export class AcceptedClient {
  readonly #options: AcceptedOptions;
  readonly #servers: Servers;
  readonly #state: LinkStateMachine;
  readonly #stopping = new AbortController();
  #served: Promise<void> | undefined;
  #isGone = false;
  #whyStopped: WhyStopped | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: AcceptedOptions, servers: Servers) {
    this.#options = options;
    this.#servers = servers;
    this.#state = new LinkStateMachine((from, to) => options.onStatus({ type: 'link-state', from, to }));
  }

  get client(): HubClient {
    return this.#servers.client;
  }

  get state(): LinkState {
    return this.#state.state;
  }

  get isStopping(): boolean {
    return this.#whyStopped !== undefined;
  }

  start(): void {
    if (this.#served || this.isStopping) return;
    this.#state.moveTo('open');
    this.#served = this.#serve();
  }

  /** See `Downstream.ask`. */
  async ask(
    server: AskedServer,
    method: string,
    params: AskParams,
    options: AskOptions,
  ): Promise<AskOutcome> {
    const { clock, settings } = this.#options;
    const known = server.known(method, params);
    if (known) return known;
    await withAnySignal([options.signal, this.#stopping.signal], (first) =>
      server.soonReady(settings.holdTimeoutMs, clock, first),
    );
    const refusal = this.#whyStopped && STOPPED[this.#whyStopped];
    return refusal ? errorOutcome(refusal.code, refusal.text) : server.ask(method, params, options);
  }

  /** Only the client can connect again. */
  reconnect(): Reconnected {
    return 'stopping';
  }

  /** As `Downstream.stop`; the calls of a client that has gone are not waited for. */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    this.#whyStopped ??= why;
    this.#stopped ??= this.#stop(forceSignal, why);
    return this.#stopped;
  }

  async #serve(): Promise<void> {
    const { accepted } = this.#options;
    let isStarted = false;
    const onHeard = () => {
      if (isStarted) return;
      isStarted = true;
      // After the first batch was handled: the servers' processes are sent the `initialize` in it.
      queueMicrotask(() => this.#servers.start());
    };
    const serving = this.client.serveConnection(accepted, onHeard);
    void accepted.inputEnded?.then(() => this.#inputEnded());
    const { closed } = await serving;
    this.#gone(closed);
  }

  /** The client sends no more, but reads: its pending calls may be answered, for `drainTimeoutMs`. */
  async #inputEnded(): Promise<void> {
    const { clock, settings } = this.#options;
    const enough = new AbortController();
    const cancelTimer = clock.after(settings.drainTimeoutMs, () => enough.abort());
    await withAnySignal([enough.signal, this.#stopping.signal], (first) => this.client.whenIdle(first));
    cancelTimer();
    this.#gone(undefined);
  }

  #gone(closed: CloseReason | undefined): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#options.onGone(closed);
  }

  async #stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    this.#state.moveTo('draining');
    if (!this.#served) return this.#state.moveTo('closed');
    this.#stopping.abort();
    this.#options.accepted.stopping?.();
    this.#servers.retire(forceSignal, why);
    if (!this.#isGone) await this.#drain(forceSignal, why);
    await this.client.closeConnection(1000, CLOSE_REASONS[why], forceSignal);
    await this.#options.accepted.close({ forceSignal });
    await this.#served;
    await this.#servers.stop(forceSignal);
    this.#state.moveTo('closed');
  }

  async #drain(forceSignal: AbortSignal, why: WhyStopped): Promise<void> {
    const { settings, onStatus, clock } = this.#options;
    const { drainTimeoutMs: timeoutMs } = settings;
    onStatus({ type: 'draining', pending: this.client.pending, timeoutMs, why });
    const enough = new AbortController();
    const cancelTimer = clock.after(timeoutMs, () => enough.abort());
    await withAnySignal([enough.signal, forceSignal], (first) =>
      this.client.drain(first, why, (pending) => onStatus({ type: 'drain-progress', pending })),
    );
    cancelTimer();
    onStatus({ type: 'drained', abandoned: this.client.pending });
  }
}

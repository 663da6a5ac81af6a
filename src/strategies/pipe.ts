import type { TokenTable } from '../leases/in-process.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Frame } from '../protocol/frame.js';
import type { LinkState, OnStatus } from '../protocol/status.js';
import type { AskOptions, AskOutcome } from '../session/ask.js';
import { Bridge } from '../session/bridge.js';
import { Handshake } from '../session/handshake.js';
import { LinkStateMachine } from '../session/link-state.js';
import { Silence } from '../session/silence.js';
import { supervise } from '../session/supervise.js';
import { type ServerTransport, Upstream } from '../session/upstream.js';
import type { Clock } from '../time/clock.js';
import type { Dial } from '../transports/transport.js';

export interface PipeOptions {
  name: string;
  /** What is started, for the log. */
  command: string;
  endpoint: Endpoint;
  dial: Dial;
  /** Starts one server process. Rejects with a LaunchError. */
  startServer: () => Promise<ServerTransport>;
  /** Resolves when one more server may start; the result lets the next one in. */
  mayStart: (signal: AbortSignal) => Promise<() => void>;
  handshake: 'speculative' | 'passthrough';
  tokens: TokenTable;
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  onStatus: OnStatus;
  onFrame?: (to: 'server' | 'endpoint', frame: Frame) => void;
  settings: PipeSettings;
}

/** See `config/defaults.ts` for each one's meaning. */
export interface PipeSettings {
  minDelayMs: number;
  maxDelayMs: number;
  stableAfterMs: number;
  initializeTimeoutMs: number;
  initializeWarnMs: number;
  holdTimeoutMs: number;
  maxQueuedBytes: number;
  maxFrameBytes: number;
  deafAfterMs: number;
  deafFactor: number;
  drainTimeoutMs: number;
}

/** A link of the plainest kind: one server on one endpoint. */
export class Pipe {
  readonly name: string;
  readonly #options: PipeOptions;
  readonly #state: LinkStateMachine;
  readonly #bridge: Bridge;
  readonly #upstream: Upstream;
  readonly #silence: Silence;
  readonly #dialling = new AbortController();
  #supervised: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: PipeOptions) {
    const { name, settings, clock, random, onStatus } = options;
    this.name = name;
    this.#options = options;
    this.#state = new LinkStateMachine((from, to) => onStatus({ type: 'link-state', from, to }));
    this.#silence = new Silence(settings);
    const handshake = new Handshake(options.handshake);
    this.#bridge = new Bridge({
      name,
      handshake,
      clock,
      holdTimeoutMs: settings.holdTimeoutMs,
      maxHeldBytes: settings.maxQueuedBytes,
      maxFrameBytes: settings.maxFrameBytes,
      onStatus,
      onHeard: () => this.#silence.heard(clock.now()),
      replaceServer: (why) => this.#upstream.replace(why),
      onFrame: options.onFrame,
    });
    this.#upstream = new Upstream({
      ...settings,
      command: options.command,
      start: options.startServer,
      mayStart: options.mayStart,
      bridge: this.#bridge,
      handshake,
      clock,
      random,
      onStatus,
    });
  }

  get state(): LinkState {
    return this.#state.state;
  }

  get servers(): readonly string[] {
    return [this.name];
  }

  start(): void {
    const { name, tokens, endpoint, settings, dial, clock, random, onStatus } = this.#options;
    const { fingerprint } = endpoint;
    this.#upstream.start();
    this.#supervised ??= supervise(
      {
        ...settings,
        dial,
        endpoint: String(endpoint),
        state: this.#state,
        bridge: this.#bridge,
        upstream: this.#upstream,
        holdToken: () => tokens.hold(fingerprint, name),
        siblings: () => tokens.siblings(fingerprint, name),
        silence: this.#silence,
        clock,
        random,
        onStatus,
      },
      this.#dialling.signal,
    );
  }

  /** Asks the server beside the endpoint; a server that is being started is waited for as long as for a call. */
  async ask(
    _server: string,
    method: string,
    params: Record<string, unknown> | undefined,
    options: AskOptions,
  ): Promise<AskOutcome> {
    if (!this.#upstream.ready && !this.#stopped) {
      const enough = new AbortController();
      const cancelTimer = this.#options.clock.after(this.#options.settings.holdTimeoutMs, () =>
        enough.abort(),
      );
      await this.#upstream.whenReady(AbortSignal.any([enough.signal, options.signal]));
      cancelTimer();
    }
    return this.#bridge.ask(method, params, options);
  }

  /**
   * Stops dialling, lets calls in flight finish for up to `drainTimeoutMs`, closes the connection (1000), then ends
   * the server. `hurry` skips every wait. Idempotent.
   */
  stop(hurry: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stop(hurry);
    return this.#stopped;
  }

  async #stop(hurry: AbortSignal): Promise<void> {
    const { settings, onStatus, clock } = this.#options;
    this.#state.moveTo('draining');
    this.#dialling.abort();
    this.#upstream.retire(hurry);
    onStatus({ type: 'draining', pending: this.#bridge.pending, timeoutMs: settings.drainTimeoutMs });
    const enough = new AbortController();
    const cancelTimer = clock.after(settings.drainTimeoutMs, () => enough.abort());
    await this.#bridge.drain(AbortSignal.any([enough.signal, hurry]), (pending) =>
      onStatus({ type: 'drain-progress', pending }),
    );
    cancelTimer();
    onStatus({ type: 'drained', abandoned: this.#bridge.pending });
    await this.#bridge.closeConnection(1000, 'mcp-pipe is stopping', hurry);
    await this.#upstream.stop(hurry);
    await this.#supervised;
    this.#state.moveTo('closed');
  }
}

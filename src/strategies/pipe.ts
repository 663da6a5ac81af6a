import type { LinkState } from '../protocol/status.js';
import type { AskOptions, AskOutcome } from '../session/ask.js';
import { Handshake } from '../session/handshake.js';
import type { WhyReplaced } from '../session/joint.js';
import { type ServerTransport, Upstream } from '../session/upstream.js';
import { Downstream, type DownstreamOptions, type DownstreamSettings } from './downstream.js';

export interface PipeOptions extends DownstreamOptions {
  /** What is started, for the log. */
  command: string;
  /** Starts one server process. Rejects with a LaunchError. */
  startServer: () => Promise<ServerTransport>;
  /** Resolves when one more server may start; the result lets the next one in. */
  mayStart: (signal: AbortSignal) => Promise<() => void>;
  handshake: 'speculative' | 'passthrough';
  settings: PipeSettings;
}

/** See `config/defaults.ts` for each one's meaning. */
export interface PipeSettings extends DownstreamSettings {
  initializeTimeoutMs: number;
  initializeWarnMs: number;
}

/** A link of the plainest kind: one server on one endpoint. */
export class Pipe {
  readonly name: string;
  readonly #options: PipeOptions;
  readonly #upstream: Upstream;
  readonly #downstream: Downstream;

  constructor(options: PipeOptions) {
    const { name, settings, onStatus } = options;
    this.name = name;
    this.#options = options;
    const handshake = new Handshake(options.handshake);
    let upstream: Upstream | undefined;
    this.#downstream = new Downstream(options, (newBridge) => {
      const replaceServer = (why: WhyReplaced) => upstream?.replace(why);
      const bridge = newBridge({ name, handshake, onStatus, replaceServer });
      upstream = new Upstream({ ...options, ...settings, start: options.startServer, bridge, handshake });
      return upstream;
    });
    this.#upstream = upstream!;
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

  /** Asks the server beside the endpoint; a server that is being started is waited for as long as for a call. */
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
  stop(hurry: AbortSignal): Promise<void> {
    return this.#downstream.stop(hurry);
  }
}

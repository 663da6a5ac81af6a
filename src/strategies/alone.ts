import { request } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { OnStatus, StatusEvent } from '../protocol/status.js';
import type { AskOptions, AskOutcome } from '../session/ask.js';
import { Bridge } from '../session/bridge.js';
import { Handshake } from '../session/handshake.js';
import { type ServerTransport, Upstream } from '../session/upstream.js';
import type { Clock } from '../time/clock.js';
import type { PipeSettings } from './pipe.js';

export interface AloneOptions {
  name: string;
  command: string;
  startServer: () => Promise<ServerTransport>;
  /** What we say about ourselves in `initialize`. */
  clientInfo: { name: string; version: string };
  protocolVersion: string;
  clock: Clock;
  onStatus: OnStatus;
  settings: PipeSettings;
}

type Failure = Extract<StatusEvent, { type: 'server-down' | 'server-refused' }>;

/** One server without an endpoint, for us to ask. It is started once: whoever waits for it hears why it failed. */
export class Alone {
  readonly #bridge: Bridge;
  readonly #upstream: Upstream;
  readonly #failed: Promise<Failure>;

  constructor(options: AloneOptions) {
    const { name, settings, clock, clientInfo, protocolVersion } = options;
    let failed: (why: Failure) => void = () => {};
    this.#failed = new Promise((resolve) => {
      failed = resolve;
    });
    const onStatus: OnStatus = (event) => {
      options.onStatus(event);
      if (event.type === 'server-down' || event.type === 'server-refused') failed(event);
    };
    const handshake = new Handshake('speculative');
    handshake.expect(request('0', Method.initialize, { protocolVersion, capabilities: {}, clientInfo }));
    this.#bridge = new Bridge({
      name,
      handshake,
      clock,
      holdTimeoutMs: settings.holdTimeoutMs,
      maxHeldBytes: settings.maxQueuedBytes,
      maxFrameBytes: settings.maxFrameBytes,
      onStatus,
      onHeard: () => {},
      replaceServer: () => {},
      onFrame: undefined,
    });
    this.#upstream = new Upstream({
      ...settings,
      command: options.command,
      start: options.startServer,
      mayStart: async () => () => {},
      bridge: this.#bridge,
      handshake,
      clock,
      random: () => 0,
      onStatus,
    });
  }

  /** Starts it; the result is why it cannot be asked, or undefined as soon as it can, or when `signal` aborts. */
  async start(signal: AbortSignal): Promise<Failure | undefined> {
    this.#upstream.start();
    return Promise.race([this.#failed, this.#upstream.whenReady(signal).then(() => undefined)]);
  }

  ask(method: string, params: Record<string, unknown> | undefined, options: AskOptions): Promise<AskOutcome> {
    return this.#bridge.ask(method, params, options);
  }

  /** Ends the server in good order; `hurry` skips the waits. */
  stop(hurry: AbortSignal): Promise<void> {
    return this.#upstream.stop(hurry);
  }
}

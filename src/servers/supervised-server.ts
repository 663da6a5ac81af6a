import type { OnStatus, StatusEvent } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { Bridge } from './bridge.js';
import { Handshake } from './handshake.js';
import type { HubUse } from './hub-state.js';
import { ServerStateMachine } from './server-state.js';
import type { ServerSource } from './server-transport.js';
import { type ServerRuntime, Upstream, type UpstreamSettings } from './upstream.js';

/** Options of the configuration that a server's life depends on. */
export interface SupervisedServerOptions {
  /**
   * `speculative`: mcp-pipe initialises each process before the endpoint does (D1); `passthrough`: only the endpoint does.
   */
  handshake: 'speculative' | 'passthrough';
}

/** How a server is reached, and its options. */
export interface ConfiguredServer extends ServerSource {
  options: SupervisedServerOptions;
}

/** See `config/defaults.ts` for each one's meaning. */
export interface SupervisedServerSettings extends UpstreamSettings {
  holdTimeoutMs: number;
  maxQueuedBytes: number;
  maxFrameBytes: number;
}

/** Options of the link that uses the server. */
export interface ServerUse extends Partial<Pick<HubUse, 'onFrame' | 'isMember'>> {
  settings: SupervisedServerSettings;
  onStatus: OnStatus;
}

/** Most events of a server that are kept until another link uses it; a server may write any number of lines. */
const MAX_UNHEARD = 1_000;

/**
 * A server that is kept running, and the bridge over which it is reached. One link uses it at a time: `use`, `start`, then
 * `retire` and `stop`.
 */
// D130
export class SupervisedServer {
  readonly name: string;
  readonly handshake: Handshake;
  readonly bridge: Bridge;
  readonly upstream: Upstream;
  /** True while the plan has the server: it goes on when a link stops using it, for another link. */
  isPlanned = false;
  readonly #clock: Clock;
  #use: ServerUse;
  /** Events since the last link stopped using the server. */
  #unheard: StatusEvent[] = [];
  /** When its state last changed, clock time in milliseconds. */
  #movedAt = 0;

  constructor(server: ConfiguredServer, runtime: ServerRuntime, use: ServerUse) {
    const { name, options, ...source } = server;
    const { clock } = runtime;
    const onStatus: OnStatus = (event) => this.#use.onStatus(event);
    const state = new ServerStateMachine((from, to) => {
      this.#movedAt = clock.now();
      onStatus({ type: 'server-state', from, to });
    });
    this.name = name;
    this.#clock = clock;
    this.#use = use;
    this.handshake = new Handshake(options.handshake);
    this.bridge = new Bridge({
      ...{ name, handshake: this.handshake, clock, onStatus, server: state },
      ...ofBridge(use),
    });
    this.upstream = new Upstream({
      ...{ ...runtime, ...use.settings, ...source },
      ...{ bridge: this.bridge, handshake: this.handshake, state, onStatus },
    });
  }

  /** Call it when another link starts to use the server. The link before has closed its connection. */
  use(use: ServerUse): void {
    const { upstream, bridge } = this;
    this.#use = use;
    bridge.use(ofBridge(use));
    upstream.use(use.settings);
    for (const event of this.#unheard.splice(0)) use.onStatus(event);
    const { state } = upstream;
    if (state === 'stopped') return;
    const sinceMs = Math.round(this.#clock.now() - this.#movedAt);
    use.onStatus({ type: 'server-kept', state, sinceMs, ...upstream.facts, isSilent: bridge.isSilent });
  }

  /** Starts the server, unless it runs. */
  start(): void {
    this.upstream.resume();
    this.upstream.start();
  }

  whenReady(signal: AbortSignal): Promise<void> {
    return this.upstream.whenReady(signal);
  }

  get stderrTail(): readonly string[] {
    return this.upstream.stderrTail;
  }

  /** Call it when its link begins to stop. See `Upstream.retire`; a planned server goes on. */
  retire(forceSignal: AbortSignal): void {
    if (!this.isPlanned) this.upstream.retire(forceSignal);
  }

  /** Call it when its link has closed the connection. See `Upstream.stop`; a planned server goes on. */
  async stop(forceSignal: AbortSignal): Promise<void> {
    if (!this.isPlanned) return this.upstream.stop(forceSignal);
    const onStatus: OnStatus = (event) => {
      if (this.#unheard.length < MAX_UNHEARD) this.#unheard.push(event);
    };
    this.#use = { ...this.#use, onStatus };
  }
}

function ofBridge({ settings, onFrame, isMember = false }: ServerUse): HubUse {
  const { holdTimeoutMs, maxQueuedBytes: maxHeldBytes, maxFrameBytes } = settings;
  return { onFrame, isMember, holdTimeoutMs, maxHeldBytes, maxFrameBytes };
}

import type { OnStatus } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { Bridge } from './bridge.js';
import { Handshake } from './handshake.js';
import type { OnFrame } from './hub-state.js';
import type { LivenessSettings } from './liveness.js';
import { ServerStateMachine } from './server-state.js';
import type { ServerTransport } from './server-transport.js';
import { Upstream } from './upstream.js';

/** How one server is reached: opens its lives (processes, for instance), one after another. */
export interface ServerSource {
  /** Name in the configuration; unique in a plan. */
  name: string;
  /** The kind of transport, by its name in `config/kinds` and in the words for people: `stdio`. */
  kind: string;
  /** What is started or reached, for people; may hold secrets: `npx -y x`. */
  shown: string;
  /** The program that may have to download the server before its first start, as `npx` does; undefined: none. */
  fetcher?: string | undefined;
  /**
   * Opens one life: starts a process, for instance.
   *
   * @returns the open channel to the server, to which nothing has been sent yet.
   * @throws ServerStartError when the server cannot be started or reached; its `end` says why.
   */
  open: (context: OpenContext) => Promise<ServerTransport>;
}

/** Options of the configuration that a server's life depends on. */
export interface SupervisedServerOptions {
  /**
   * `speculative`: mcp-pipe initialises each process before the endpoint does (D1); `passthrough`: only the endpoint
   * does.
   */
  handshake: 'speculative' | 'passthrough';
}

/** How a server is reached, and its options. */
export interface ConfiguredServer extends ServerSource {
  options: SupervisedServerOptions;
}

/** What `ServerSource.open` is called with. */
export interface OpenContext {
  /** Aborts when the server is no longer wanted; the caller closes a life that is opened all the same. */
  signal: AbortSignal;
  /**
   * Called with each line that the server writes to stderr (`server-stderr`), and with processes that it left behind
   * (`strays-ended`).
   */
  onStatus: OnStatus;
}

/** See `config/defaults.ts` for each one's meaning. */
export interface SupervisedServerSettings extends LivenessSettings {
  minDelayMs: number;
  maxDelayMs: number;
  stableAfterMs: number;
  holdTimeoutMs: number;
  maxQueuedBytes: number;
  maxFrameBytes: number;
  initializeTimeoutMs: number;
  initializeWarnMs: number;
}

export interface ServerRuntime {
  /** Resolves when one more server may start. The returned function lets the next server start. */
  mayStart: (signal: AbortSignal) => Promise<() => void>;
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  settings: SupervisedServerSettings;
  /** This and the next: see `HubOptions`. */
  onFrame?: OnFrame | undefined;
  isMember?: boolean;
}

/** A server process that is kept running, and the bridge over which it is reached. */
export class SupervisedServer {
  readonly name: string;
  readonly handshake: Handshake;
  readonly bridge: Bridge;
  readonly upstream: Upstream;

  constructor(server: ConfiguredServer, { settings, ...runtime }: ServerRuntime, onStatus: OnStatus) {
    const { name, kind, shown, fetcher, options, open } = server;
    const { holdTimeoutMs, maxQueuedBytes, maxFrameBytes } = settings;
    const { clock, onFrame, isMember = false } = runtime;
    const state = new ServerStateMachine((from, to) => onStatus({ type: 'server-state', from, to }));
    this.name = name;
    this.handshake = new Handshake(options.handshake);
    this.bridge = new Bridge({
      ...{ name, handshake: this.handshake, clock, onStatus, onFrame, isMember, server: state },
      ...{ holdTimeoutMs, maxHeldBytes: maxQueuedBytes, maxFrameBytes },
    });
    this.upstream = new Upstream({
      ...runtime,
      ...settings,
      ...{ kind, shown, fetcher },
      start: (signal) => open({ signal, onStatus }),
      bridge: this.bridge,
      handshake: this.handshake,
      state,
      onStatus,
    });
  }
}

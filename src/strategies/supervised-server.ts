import type { OnStatus } from '../protocol/status.js';
import { Bridge } from '../session/bridge.js';
import { Handshake } from '../session/handshake.js';
import type { LivenessSettings } from '../session/liveness.js';
import { type ServerTransport, Upstream } from '../session/upstream.js';
import type { Clock } from '../time/clock.js';
import type { DownstreamSettings, NewBridge } from './downstream.js';

/** How one server is reached: what its processes are started from, one life after another. */
export interface ServerSource {
  /** Name in the configuration; unique in a plan. */
  name: string;
  /** What is started, for the log. */
  command: string;
  /**
   * `speculative`: mcp-pipe initialises each process before the endpoint does (D1); `passthrough`: only the endpoint
   * does.
   */
  handshake: 'speculative' | 'passthrough';
  /**
   * Opens one life: starts a process, for instance.
   *
   * @returns the open channel to the server, to which nothing has been sent yet.
   * @throws LaunchError when it cannot be started; `reason` is the system's word, such as `ENOENT`.
   */
  open: (context: OpenContext) => Promise<ServerTransport>;
}

/** What the opening of a life is given. */
export interface OpenContext {
  /** Aborts when the server is not wanted any more; a life that is opened all the same is closed by the caller. */
  signal: AbortSignal;
  /** Hears what the server writes to stderr (`server-stderr`) and what it left behind (`strays-ended`). */
  onStatus: OnStatus;
}

/** See `config/defaults.ts` for each one's meaning. */
export interface SupervisedServerSettings extends DownstreamSettings, LivenessSettings {
  initializeTimeoutMs: number;
  initializeWarnMs: number;
}

export interface ServerRuntime {
  /** Resolves when one more server may start; the result lets the next one in. */
  mayStart: (signal: AbortSignal) => Promise<() => void>;
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  settings: SupervisedServerSettings;
}

/** A server process that is kept running, and the bridge over which it is reached. */
export class SupervisedServer {
  readonly handshake: Handshake;
  readonly bridge: Bridge;
  readonly upstream: Upstream;

  /** @param newBridge That of the link whose endpoint the bridge is joined to; none: of no endpoint. */
  constructor(
    { name, command, handshake, open }: ServerSource,
    { settings, ...surroundings }: ServerRuntime,
    onStatus: OnStatus,
    newBridge: NewBridge = ofNoEndpoint(surroundings.clock, settings),
  ) {
    this.handshake = new Handshake(handshake);
    this.bridge = newBridge({
      name,
      handshake: this.handshake,
      onStatus,
      replaceServer: (why) => this.upstream.replace(why),
    });
    this.upstream = new Upstream({
      ...surroundings,
      ...settings,
      command,
      start: (signal) => open({ signal, onStatus }),
      bridge: this.bridge,
      handshake: this.handshake,
      onStatus,
    });
  }
}

function ofNoEndpoint(
  clock: Clock,
  { holdTimeoutMs, maxQueuedBytes, maxFrameBytes }: SupervisedServerSettings,
): NewBridge {
  return (of) =>
    new Bridge({
      ...of,
      clock,
      holdTimeoutMs,
      maxHeldBytes: maxQueuedBytes,
      maxFrameBytes,
      // Whoever is connected to it is a router, if anybody.
      isMember: true,
      onHeard: () => {},
      onFrame: undefined,
    });
}

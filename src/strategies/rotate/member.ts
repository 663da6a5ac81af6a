import type { OnStatus, StatusEvent } from '../../protocol/status.js';
import type { Bridge } from '../../session/bridge.js';
import { Handshake } from '../../session/handshake.js';
import { type ServerTransport, Upstream } from '../../session/upstream.js';
import type { Clock } from '../../time/clock.js';
import type { NewBridge } from '../downstream.js';
import type { PipeSettings } from '../pipe.js';

/** One of the servers that take turns. */
export interface RotatingServer {
  name: string;
  /** What is started, for the log. */
  command: string;
  handshake: 'speculative' | 'passthrough';
  /** How long its turn lasts, in milliseconds from its first connection on. */
  dwellMs: number;
  /** Starts one server process; `onStatus` hears what it writes to stderr. Rejects with a LaunchError. */
  start: (onStatus: OnStatus) => Promise<ServerTransport>;
}

export interface RotatingMemberOptions {
  mayStart: (signal: AbortSignal) => Promise<() => void>;
  clock: Clock;
  random: () => number;
  settings: PipeSettings;
  onStatus: (event: StatusEvent, server: string) => void;
  newBridge: NewBridge;
}

/** A server that has the link's connection for a while, with all that a pipe has but the endpoint's side. */
export class RotatingMember {
  readonly name: string;
  readonly dwellMs: number;
  readonly bridge: Bridge;
  readonly handshake: Handshake;
  readonly upstream: Upstream;
  /** When it is started again; in the past while it runs. */
  nextStartAt = Number.NEGATIVE_INFINITY;
  /** It was ready since it was last told to run. */
  wasReady = false;
  /** It has answered `initialize` with an error. */
  isRefusing = false;
  /** Hears of each start or life that came to nothing, with how many did in a row. */
  onFailed: (failures: number) => void = () => {};
  /** It is no candidate any more when it fails: nobody knows when its next start is. */
  isCandidate = false;
  readonly #clock: Clock;

  constructor(server: RotatingServer, options: RotatingMemberOptions) {
    const { settings, clock, newBridge } = options;
    const { name } = server;
    this.name = name;
    this.dwellMs = server.dwellMs;
    this.handshake = new Handshake(server.handshake);
    this.#clock = clock;
    const onStatus: OnStatus = (event) => {
      const { isCandidate } = this;
      this.#heard(event);
      options.onStatus(
        isCandidate && event.type === 'server-down'
          ? { ...event, nextStartMs: Number.POSITIVE_INFINITY }
          : event,
        name,
      );
      if (event.type === 'server-down') this.onFailed(event.failures);
    };
    this.bridge = newBridge({
      name,
      handshake: this.handshake,
      onStatus,
      replaceServer: (why) => this.upstream.replace(why),
    });
    this.upstream = new Upstream({
      ...options,
      ...settings,
      command: server.command,
      start: () => server.start(onStatus),
      bridge: this.bridge,
      handshake: this.handshake,
      onStatus,
    });
  }

  get isReady(): boolean {
    return this.upstream.ready;
  }

  /** Runs from now on, until it is parked; greeted as the endpoint last greeted `before`. */
  run(before?: RotatingMember): void {
    this.wasReady = this.isReady;
    if (before && this.handshake.adopt(before.handshake) && this.isReady) {
      this.bridge.release('it was replaced by a fresh one');
      this.upstream.replace('handshake-differs');
    }
    this.upstream.wake();
    this.upstream.start();
  }

  /** Ends its process, whatever it is doing, until it is told to run. */
  park(): void {
    this.bridge.release('its turn was over, and it was stopped');
    this.upstream.park(true);
  }

  #heard(event: StatusEvent): void {
    if (event.type === 'server-ready' || event.type === 'server-refused') this.wasReady = true;
    if (event.type === 'server-refused') this.isRefusing = true;
    if (event.type === 'server-starting' || event.type === 'greeted') this.isRefusing = false;
    if (event.type === 'server-down') this.nextStartAt = this.#clock.now() + event.nextStartMs;
  }
}

import type { OnStatus, StatusEvent } from '../../protocol/status.js';
import type { Bridge } from '../../session/bridge.js';
import type { Handshake } from '../../session/handshake.js';
import type { Upstream } from '../../session/upstream.js';
import type { Clock } from '../../time/clock.js';
import type { NewBridge } from '../downstream.js';
import { type ServerRuntime, type ServerSource, SupervisedServer } from '../supervised-server.js';

/** One of the servers that take turns. */
export interface RotatingServer extends ServerSource {
  /** How long its turn lasts, in milliseconds from its first connection on. */
  dwellMs: number;
}

export interface RotatingMemberOptions extends ServerRuntime {
  onStatus: (event: StatusEvent, server: string) => void;
  newBridge: NewBridge;
}

/** So many failures in a row end the turn of a server that did run in it. */
const FAILED_AFTER = 3;

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
  /** Hears of each start or life that came to nothing. */
  onFailed: () => void = () => {};
  /** How many of them in a row; 0 from the next start on. */
  #failures = 0;
  /** It is no candidate any more when it fails: nobody knows when its next start is. */
  isCandidate = false;
  readonly #clock: Clock;

  constructor(server: RotatingServer, options: RotatingMemberOptions) {
    const { name } = server;
    this.name = name;
    this.dwellMs = server.dwellMs;
    this.#clock = options.clock;
    const onStatus: OnStatus = (event) => {
      const { isCandidate } = this;
      this.#heard(event);
      options.onStatus(
        isCandidate && event.type === 'server-down'
          ? { ...event, nextStartMs: Number.POSITIVE_INFINITY }
          : event,
        name,
      );
      if (event.type === 'server-down') this.onFailed();
    };
    const { handshake, bridge, upstream } = new SupervisedServer(
      server,
      options,
      onStatus,
      options.newBridge,
    );
    this.handshake = handshake;
    this.bridge = bridge;
    this.upstream = upstream;
  }

  get isReady(): boolean {
    return this.upstream.ready;
  }

  /** It is down, and the others need not wait for it any longer. */
  get hasFailed(): boolean {
    return this.#failures > 0 && (!this.wasReady || this.#failures >= FAILED_AFTER);
  }

  /** Runs from now on, until it is paused; greeted as the endpoint last greeted `before`. */
  run(before?: RotatingMember): void {
    this.wasReady = this.isReady;
    if (before) this.bridge.expectAs(before.handshake);
    this.upstream.resume();
    this.upstream.start();
  }

  /** Ends its process, whatever it is doing, until it is told to run. */
  pause(): void {
    this.bridge.release('its turn was over, and it was stopped');
    this.upstream.pause(true);
  }

  #heard(event: StatusEvent): void {
    if (event.type === 'server-ready' || event.type === 'server-refused') this.wasReady = true;
    if (event.type === 'server-refused') this.isRefusing = true;
    if (event.type === 'server-starting' || event.type === 'client-initialized') this.isRefusing = false;
    if (event.type === 'server-starting') this.#failures = 0;
    if (event.type !== 'server-down') return;
    this.#failures = event.failures;
    this.nextStartAt = this.#clock.now() + event.nextStartMs;
  }
}

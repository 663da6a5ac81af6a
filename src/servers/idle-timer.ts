import type { Clock } from '../time/clock.js';
import { LEAST_LOOK_MS, LOOKS, MOST_LOOK_MS } from './parking-defaults.js';

export interface TimedServer {
  /** A process takes requests. */
  readonly isUp: boolean;
  /** Nothing runs on it that would be lost. */
  readonly isIdle: boolean;
  /** When the last call came, clock time in milliseconds. */
  readonly calledAt: number;
  /** It has been idle for so many milliseconds. Returns false when it is to go on for now. */
  onIdle(idleMs: number): boolean;
}

/** Finds out when a server has had no call for long enough. */
// D336
export class IdleTimer {
  readonly #server: TimedServer;
  readonly #clock: Clock;
  /** How long without a call, in milliseconds; 0: never. */
  #idleMs = 0;
  /** The server was seen at work last, clock time in milliseconds. */
  #busyAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(server: TimedServer, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  /** It is told after so many milliseconds from now on; 0: never. */
  setTo(ms: number): void {
    if (ms === this.#idleMs) return;
    this.#idleMs = ms;
    this.#stop();
    if (this.#server.isUp) this.#look();
  }

  /** It may be ended now, if it has been idle for long enough. */
  look(): void {
    this.#stop();
    this.#look();
  }

  /** The server takes requests from now on, or does not any more. */
  moved(): void {
    if (!this.#server.isUp) return this.#stop();
    this.#busyAt = this.#clock.now();
    if (!this.#cancel) this.#look();
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    if (this.#idleMs === 0 || !this.#server.isUp) return;
    const now = this.#clock.now();
    const { isIdle, calledAt } = this.#server;
    if (!isIdle) this.#busyAt = now;
    const idleForMs = now - Math.max(this.#busyAt, calledAt);
    if (idleForMs >= this.#idleMs && this.#server.onIdle(Math.round(idleForMs))) return;
    const leftMs = Math.max(LEAST_LOOK_MS, this.#idleMs - idleForMs);
    // While a call runs, or what keeps it has not ended, that is looked for.
    const lookMs = Math.max(LEAST_LOOK_MS, Math.min(MOST_LOOK_MS, this.#idleMs / LOOKS));
    this.#cancel = this.#clock.after(isIdle && idleForMs < this.#idleMs ? leftMs : lookMs, () =>
      this.#look(),
    );
  }
}

import type { Clock } from '../time/clock.js';

/** What keepalive needs of a socket. */
export interface KeepaliveSocket {
  ping(): void;
  /** True while we ourselves are not reading: silence proves nothing then. */
  readonly isPaused: boolean;
  /**
   * What the system has not taken yet of the write under way, in bytes: while that changes, the ping stands in line behind
   * it, and its answer cannot be here.
   */
  readonly unsentBytes: number;
}

export interface KeepaliveOptions {
  /** From one ping to the next, in milliseconds. */
  keepaliveIntervalMs: number;
  /** How long after a ping something has to arrive, in milliseconds. */
  keepaliveTimeoutMs: number;
  clock: Clock;
  /** Nothing came in time. Called at most once. */
  onLost: () => void;
}

/**
 * Finds half-open sockets (RFC 6455 §5.5.2): sends a ping per interval and expects a sign of life after each one.
 * Any inbound byte is one: a pong may stand in line behind a large message.
 *
 *     --interval--> ping --timeout--> heard anything since? --yes--> rest of the interval --> ping ...
 *                                                          --no---> lost
 *
 * A timeout longer than the interval works as well: the next ping goes out as soon as the last one is settled.
 */
export class Keepalive {
  readonly #socket: KeepaliveSocket;
  readonly #options: KeepaliveOptions;
  #heardSincePing = false;
  #pausedSincePing = false;
  #unsentBytes = 0;
  #cancel: (() => void) | undefined;

  constructor(socket: KeepaliveSocket, options: KeepaliveOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  start(): void {
    this.#next(this.#options.keepaliveIntervalMs, () => this.#ping());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something arrived. */
  heard(): void {
    this.#heardSincePing = true;
  }

  /** We stopped reading for a while. */
  paused(): void {
    this.#pausedSincePing = true;
  }

  #next(ms: number, step: () => void): void {
    this.#cancel = this.#options.clock.after(ms, step);
  }

  #ping(): void {
    this.#heardSincePing = false;
    this.#pausedSincePing = this.#socket.isPaused;
    this.#unsentBytes = this.#socket.unsentBytes;
    // Sent while paused as well: writing is how a reset connection shows itself then.
    this.#socket.ping();
    const { keepaliveIntervalMs, keepaliveTimeoutMs } = this.#options;
    const rest = keepaliveTimeoutMs - keepaliveIntervalMs;
    if (rest <= 0) return this.#next(keepaliveTimeoutMs, () => this.#judgeSoon());
    this.#next(keepaliveIntervalMs, () => {
      if (this.#heardSincePing) this.#ping();
      else this.#next(rest, () => this.#judgeSoon());
    });
  }

  /**
   * After a stall (a suspended laptop, a blocked loop) timers run before what has long arrived is read: one more turn
   * of the event loop makes sure that it counts.
   */
  #judgeSoon(): void {
    this.#next(0, () => this.#judge());
  }

  #judge(): void {
    const { keepaliveIntervalMs, keepaliveTimeoutMs, onLost } = this.#options;
    const unsentBytes = this.#socket.unsentBytes;
    const isSending = unsentBytes !== this.#unsentBytes;
    if (this.#heardSincePing || this.#pausedSincePing || isSending) {
      this.#next(Math.max(0, keepaliveIntervalMs - keepaliveTimeoutMs), () => this.#ping());
      return;
    }
    this.stop();
    onLost();
  }
}

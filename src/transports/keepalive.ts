import type { Clock } from '../time/clock.js';

/** The members of a socket that keepalive uses. */
export interface KeepaliveSocket {
  ping(): void;
  /** True while mcp-pipe does not read the socket: silence proves nothing then. */
  isPaused(): boolean;
  /**
   * Bytes of the present write that the system has not taken yet. While the number changes, the ping is still queued behind
   * them, and cannot have been answered.
   */
  unsentBytes(): number;
}

export interface KeepaliveOptions {
  /** Time between two pings, in milliseconds. */
  keepaliveIntervalMs: number;
  /** How long after a ping any byte has to arrive, in milliseconds. */
  keepaliveTimeoutMs: number;
  clock: Clock;
  /** Called at most once, when no byte came in time. */
  onLost: () => void;
}

/**
 * Finds half-open sockets (RFC 6455 §5.5.2): sends a ping per interval, and expects a byte after each one. Any inbound byte
 * counts, because a pong may be queued behind a large message.
 *
 *     --interval--> ping --timeout--> heard anything since? --yes--> rest of the interval --> ping ...
 *                                                          --no---> lost
 *
 * With a timeout longer than the interval the next ping is sent as soon as the last one is settled.
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

  /** Bytes arrived. */
  heard(): void {
    this.#heardSincePing = true;
  }

  /** mcp-pipe has stopped reading the socket. */
  paused(): void {
    this.#pausedSincePing = true;
  }

  #next(ms: number, step: () => void): void {
    this.#cancel = this.#options.clock.after(ms, step);
  }

  #ping(): void {
    this.#heardSincePing = false;
    this.#pausedSincePing = this.#socket.isPaused();
    this.#unsentBytes = this.#socket.unsentBytes();
    // Also sent while paused: only writing shows that a connection was reset.
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
   * Judges after one more turn of the event loop. After a stall (a suspended laptop, a blocked loop) timers run before
   * bytes are read that arrived long ago.
   */
  #judgeSoon(): void {
    this.#next(0, () => this.#judge());
  }

  #judge(): void {
    const { keepaliveIntervalMs, keepaliveTimeoutMs, onLost } = this.#options;
    const unsentBytes = this.#socket.unsentBytes();
    const isSending = unsentBytes !== this.#unsentBytes;
    if (this.#heardSincePing || this.#pausedSincePing || isSending) {
      this.#next(Math.max(0, keepaliveIntervalMs - keepaliveTimeoutMs), () => this.#ping());
      return;
    }
    this.stop();
    onLost();
  }
}

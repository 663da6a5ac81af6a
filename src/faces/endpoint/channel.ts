import type { WebSocket } from 'ws';
import type { Frame } from '../../protocol/frame.js';
import type { Clock } from '../../time/clock.js';
import type { PausableSender } from '../http/pausable-sender.js';
import type { SharedBytes } from '../shared-bytes.js';

export interface ChannelOptions {
  clock: Clock;
  /** While more bytes than this wait here, their sources are not read. */
  maxQueuedBytes: number;
  /** Counts the bytes that wait for all peers together. */
  unread: SharedBytes;
  /** How long the peer may take to answer a close frame before the TCP connection is destroyed, in milliseconds. */
  closeTimeoutMs: number;
  /** How much later each frame is sent, in milliseconds; called for every frame. */
  delayMs: () => number;
  /** Counts frames that were handed to the socket. */
  onSent: () => void;
}

/** `readyState` of an open WebSocket. */
const OPEN = 1;

/**
 * One accepted WebSocket: sends text frames in order, at once or delayed. While the peer does not read fast enough, the
 * sources of its frames are not read. At most `maxQueuedBytes` wait, plus one read of a source (64 KiB).
 */
export class Channel implements PausableSender {
  readonly #socket: WebSocket;
  readonly #options: ChannelOptions;
  /** Frames that may not leave yet, because they are delayed or the channel is paused. */
  #queue: { frame: Frame; dueAt: number }[] = [];
  #queuedBytes = 0;
  #isPaused = false;
  #isClosing = false;
  /** Sources that are paused until this channel has room. */
  readonly #sources = new Set<PausableSender>();
  /** Objects that pause the reading of this channel; empty while it is read. */
  readonly #blockers = new Set<object>();
  #cancelFlush: (() => void) | undefined;

  constructor(socket: WebSocket, options: ChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.once('close', () => this.#forget());
  }

  get isOpen(): boolean {
    return !this.#isClosing && this.#socket.readyState === OPEN;
  }

  /** Whether the peer's frames, pongs included, are read at the moment. */
  get isReading(): boolean {
    return !this.#isPaused && this.#blockers.size === 0;
  }

  /** Sends a frame, or drops it when the channel is closing. `source` is not read while too many bytes wait here. */
  send(frame: Frame, source?: PausableSender): void {
    if (!this.isOpen) return;
    const delayMs = this.#options.delayMs();
    if (!this.#isPaused && delayMs === 0 && this.#queue.length === 0) this.#write(frame);
    else {
      this.#queue.push({ frame, dueAt: this.#options.clock.now() + delayMs });
      this.#queuedBytes += frame.length;
      if (this.#queue.length === 1) this.#flush();
    }
    this.#count();
    if (source && this.#backlogBytes > this.#options.maxQueuedBytes) {
      this.#sources.add(source);
      source.hold(this);
    }
  }

  hold(by: object): void {
    this.#blockers.add(by);
    this.#socket.pause();
  }

  release(by: object): void {
    this.#blockers.delete(by);
    if (this.isReading) this.#socket.resume();
  }

  /** Sends a WebSocket ping, unless the channel is paused. */
  ping(): void {
    if (this.isOpen && !this.#isPaused) this.#socket.ping();
  }

  /** Neither reads nor sends until `resume`. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#blockers.size === 0) this.#socket.resume();
    this.#flush();
  }

  /** Begins the closing handshake. Without an answer the TCP connection is destroyed after `closeTimeoutMs`. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#isPaused = false;
    this.#blockers.clear();
    this.#socket.resume();
    this.#socket.close(code, reason);
    const cancel = this.#options.clock.after(this.#options.closeTimeoutMs, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
  }

  /** Destroys the TCP connection; the peer sees 1006. */
  drop(): void {
    this.#isClosing = true;
    this.#socket.terminate();
  }

  get #backlogBytes(): number {
    return this.#queuedBytes + this.#socket.bufferedAmount;
  }

  #write(frame: Frame): void {
    this.#options.onSent();
    this.#socket.send(frame, { binary: false }, this.#written);
  }

  #count(): void {
    if (this.isOpen) this.#options.unread.set(this, this.#backlogBytes, () => this.drop());
  }

  readonly #written = (): void => {
    this.#count();
    if (this.#sources.size > 0 && this.#backlogBytes <= this.#options.maxQueuedBytes / 2) this.#freeSources();
  };

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const now = this.#options.clock.now();
    let head = this.#queue[0];
    // A timer may fire a fraction of a millisecond early.
    while (head && !this.#isPaused && this.isOpen && head.dueAt - now < 1) {
      this.#queue.shift();
      this.#queuedBytes -= head.frame.length;
      this.#write(head.frame);
      head = this.#queue[0];
    }
    if (head && !this.#isPaused)
      this.#cancelFlush = this.#options.clock.after(head.dueAt - now, () => this.#flush());
  }

  #freeSources(): void {
    for (const source of this.#sources) source.release(this);
    this.#sources.clear();
  }

  #forget(): void {
    this.#options.unread.delete(this);
    this.#isClosing = true;
    this.#cancelFlush?.();
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#freeSources();
  }
}

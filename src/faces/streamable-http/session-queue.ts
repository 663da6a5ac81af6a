import type { IdKey } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { SharedBytes } from '../shared-bytes.js';

/** A message that waits for a stream; `key` is the id, if it is a request of the server. */
export interface Waiting {
  frame: Frame;
  key: IdKey | undefined;
}

/** Most messages of one session: far more than come before a client opens its stream after `initialize`. */
const MAX_MESSAGES = 256;
const MAX_BYTES = 1024 * 1024;

/**
 * Messages of the server that wait until the client opens a stream. The queue is bounded: the oldest messages are
 * dropped first.
 */
export class SessionQueue {
  readonly #unread: SharedBytes;
  readonly #onCrowded: (dropped: Waiting[]) => void;
  #waiting: Waiting[] = [];
  #bytes = 0;

  /**
   * `unread` counts the bytes that wait for all clients. `onCrowded` is called with messages that were dropped to make room
   * for other clients' messages.
   */
  constructor(unread: SharedBytes, onCrowded: (dropped: Waiting[]) => void) {
    this.#unread = unread;
    this.#onCrowded = onCrowded;
  }

  /** Adds a message; returns the messages that were dropped to make room. */
  add(message: Waiting): Waiting[] {
    this.#waiting.push(message);
    this.#bytes += message.frame.length;
    const dropped: Waiting[] = [];
    while (this.#waiting.length > MAX_MESSAGES || this.#bytes > MAX_BYTES) {
      const oldest = this.#waiting.shift()!;
      this.#bytes -= oldest.frame.length;
      dropped.push(oldest);
    }
    this.#unread.set(this, this.#bytes, () => this.#onCrowded(this.drain()));
    return dropped;
  }

  drain(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#unread.delete(this);
    return waiting;
  }
}

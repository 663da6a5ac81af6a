import { type Envelope, type IdKey, idKey, type Message, rawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { Clock } from '../time/clock.js';

export interface HeldMessagesOptions {
  clock: Clock;
  /** How long a message may wait, in milliseconds. */
  holdTimeoutMs: number;
  /** Most bytes that may wait. */
  maxBytes: number;
  /** Called with a message that will not be sent: it waited too long, the queue was full, or the server stays down. */
  onRefused: (message: Message, why: 'too-long' | 'full' | 'server-down') => void;
}

/** Memory of a message beyond its bytes, so that a million small ones count as well. */
const MESSAGE_OVERHEAD_BYTES = 256;

const costOf = ({ length }: Frame) => length + MESSAGE_OVERHEAD_BYTES;

/** Messages for a server that is being started again, in order, bounded in time and size. */
export class HeldMessages {
  readonly #options: HeldMessagesOptions;
  /** `key` is that of a request's id. */
  #queue: (Message & { until: number; key: IdKey | undefined })[] = [];
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: HeldMessagesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#queue.length;
  }

  /** Number of held requests; those in batches are not counted. */
  get requests(): number {
    return this.#queue.filter(({ envelope }) => envelope.kind === 'request').length;
  }

  push(frame: Frame, envelope: Envelope): void {
    const { clock, holdTimeoutMs, maxBytes, onRefused } = this.#options;
    if (this.#bytes + costOf(frame) > maxBytes) return onRefused({ frame, envelope }, 'full');
    const key = envelope.kind === 'request' ? idKey(rawId(frame, envelope)) : undefined;
    this.#queue.push({ frame, envelope, until: clock.now() + holdTimeoutMs, key });
    this.#bytes += costOf(frame);
    this.#schedule();
  }

  /** Removes and returns every held message, in order. */
  take(): Message[] {
    const all = this.#queue;
    this.#queue = [];
    this.#bytes = 0;
    this.#schedule();
    return all;
  }

  /** Rejects every held message, because the server will not be back in time. */
  refuseAll(): void {
    for (const message of this.take()) this.#options.onRefused(message, 'server-down');
  }

  /**
   * Removes the request with this id (JSON text), which was cancelled before the server got it. Returns false if there
   * is none.
   */
  cancel(requestId: string): boolean {
    const key = idKey(requestId);
    const at = this.#queue.findIndex((held) => held.key === key);
    if (at < 0) return false;
    this.#bytes -= costOf(this.#queue.splice(at, 1)[0]!.frame);
    this.#schedule();
    return true;
  }

  #schedule(): void {
    this.#cancelTimer?.();
    const oldest = this.#queue[0];
    const { clock } = this.#options;
    this.#cancelTimer = oldest && clock.after(Math.max(0, oldest.until - clock.now()), () => this.#expire());
  }

  #expire(): void {
    const now = this.#options.clock.now();
    // Timers may fire a fraction early.
    while (this.#queue[0] && this.#queue[0].until <= now + 1) {
      const message = this.#queue.shift()!;
      this.#bytes -= costOf(message.frame);
      this.#options.onRefused(message, 'too-long');
    }
    this.#schedule();
  }
}

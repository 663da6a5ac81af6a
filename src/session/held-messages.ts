import { type Envelope, idKey, type Message, rawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { Clock } from '../time/clock.js';

export interface HeldMessagesOptions {
  clock: Clock;
  /** How long a message may wait, in milliseconds. */
  holdTimeoutMs: number;
  /** How many bytes may wait. */
  maxBytes: number;
  /** A message has waited too long, or found the queue full: it will not be delivered. */
  onRefused: (message: Message, why: 'too-long' | 'full' | 'server-down') => void;
}

/** What a message costs beyond its bytes, so that a million small ones are not free. */
const MESSAGE_OVERHEAD_BYTES = 256;

const costOf = ({ length }: Frame) => length + MESSAGE_OVERHEAD_BYTES;

/** Messages for a server that is being started again, in order, bounded in time and size. */
export class HeldMessages {
  readonly #options: HeldMessagesOptions;
  #queue: (Message & { until: number })[] = [];
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: HeldMessagesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#queue.length;
  }

  /** How many of them expect a reply. */
  get requests(): number {
    return this.#queue.filter(({ envelope }) => envelope.kind === 'request').length;
  }

  push(frame: Frame, envelope: Envelope): void {
    const { clock, holdTimeoutMs, maxBytes, onRefused } = this.#options;
    if (this.#bytes + costOf(frame) > maxBytes) return onRefused({ frame, envelope }, 'full');
    this.#queue.push({ frame, envelope, until: clock.now() + holdTimeoutMs });
    this.#bytes += costOf(frame);
    this.#schedule();
  }

  /** Everything that waits, in order; the queue is empty afterwards. */
  take(): Message[] {
    const all = this.#queue;
    this.#queue = [];
    this.#bytes = 0;
    this.#schedule();
    return all;
  }

  /** The server will not be back in time: nothing waits any longer. */
  refuseAll(): void {
    for (const message of this.take()) this.#options.onRefused(message, 'server-down');
  }

  /** Removes the request with that id (JSON text): it was cancelled before the server saw it. */
  cancel(requestId: string): boolean {
    const key = idKey(requestId);
    const at = this.#queue.findIndex(
      ({ frame, envelope }) => envelope.kind === 'request' && idKey(rawId(frame, envelope)) === key,
    );
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

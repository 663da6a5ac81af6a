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

/** A message that waits; `key` is that of a request's id. */
type Held = Message & { until: number; key: IdKey | undefined };

/** Messages for a server that is being started again, in order, bounded in time and size. */
export class HeldMessages {
  readonly #options: HeldMessagesOptions;
  /** In the order in which they came. */
  #queue = new Set<Held>();
  /** Requests by the keys of their ids, in order: an endpoint may use an id twice. */
  #byKey = new Map<IdKey, Held[]>();
  #requests = 0;
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: HeldMessagesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Number of held requests; those in batches are not counted. */
  get requests(): number {
    return this.#requests;
  }

  /** @param forMs How long it may wait, in milliseconds. Default: `holdTimeoutMs`. */
  push(frame: Frame, envelope: Envelope, forMs = this.#options.holdTimeoutMs): void {
    const { clock, maxBytes, onRefused } = this.#options;
    if (this.#bytes + costOf(frame) > maxBytes) return onRefused({ frame, envelope }, 'full');
    const key = envelope.kind === 'request' ? idKey(rawId(frame, envelope)) : undefined;
    const held: Held = { frame, envelope, until: clock.now() + forMs, key };
    this.#queue.add(held);
    this.#bytes += costOf(frame);
    if (key !== undefined) {
      this.#requests += 1;
      const others = this.#byKey.get(key);
      if (others) others.push(held);
      else this.#byKey.set(key, [held]);
    }
    this.#schedule();
  }

  /** Removes and returns every held message, in order. */
  take(): Message[] {
    const all = [...this.#queue];
    this.#queue.clear();
    this.#byKey.clear();
    this.#requests = 0;
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
    const held = this.#byKey.get(idKey(requestId))?.[0];
    if (!held) return false;
    this.#remove(held);
    this.#schedule();
    return true;
  }

  #remove(held: Held): void {
    const { key, frame } = held;
    this.#queue.delete(held);
    this.#bytes -= costOf(frame);
    if (key === undefined) return;
    this.#requests -= 1;
    const same = this.#byKey.get(key)!;
    // It is the first of them, whether it is cancelled or has waited too long.
    same.splice(same.indexOf(held), 1);
    if (same.length === 0) this.#byKey.delete(key);
  }

  get #oldest(): Held | undefined {
    return this.#queue.values().next().value;
  }

  #schedule(): void {
    this.#cancelTimer?.();
    const oldest = this.#oldest;
    const { clock } = this.#options;
    this.#cancelTimer = oldest && clock.after(Math.max(0, oldest.until - clock.now()), () => this.#expire());
  }

  #expire(): void {
    const now = this.#options.clock.now();
    // Timers may fire a fraction early.
    for (let held = this.#oldest; held && held.until <= now + 1; held = this.#oldest) {
      this.#remove(held);
      this.#options.onRefused(held, 'too-long');
    }
    this.#schedule();
  }
}

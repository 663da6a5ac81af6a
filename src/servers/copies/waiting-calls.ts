import { type IdKey, idKey, type RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { FRAME_OVERHEAD_BYTES } from '../../transports/batch-queue.js';

/** The longest that a call waits for a process that is being started, in milliseconds: most are there by then. */
const WAIT_MS = 5_000;
/** More than a burst of calls; beyond it, a call is sent to a process that is busy. */
const MOST_BYTES = 4 * 1024 * 1024;

interface WaitingCall {
  readonly frame: Frame;
  /** Clock time in milliseconds. */
  readonly until: number;
}

/** Calls that are sent to no process yet, because one that is being started is to have its share of them; in order. */
// D359
export class WaitingCalls {
  readonly #calls = new Map<IdKey, WaitingCall>();
  #bytes = 0;

  get size(): number {
    return this.#calls.size;
  }

  get isFull(): boolean {
    return this.#bytes > MOST_BYTES;
  }

  push(raw: RawId, frame: Frame, now: number): void {
    this.#calls.set(idKey(raw), { frame, until: now + WAIT_MS });
    this.#bytes += frame.length + FRAME_OVERHEAD_BYTES;
  }

  /** Removes a call; false when it does not wait. It was cancelled, or a process has it from now on. */
  remove(raw: RawId): boolean {
    const call = this.#calls.get(idKey(raw));
    if (!call) return false;
    this.#calls.delete(idKey(raw));
    this.#bytes -= call.frame.length + FRAME_OVERHEAD_BYTES;
    return true;
  }

  /** In the order in which they came; calls may be removed meanwhile. */
  [Symbol.iterator](): Iterator<WaitingCall> {
    return this.#calls.values();
  }

  clear(): void {
    this.#calls.clear();
    this.#bytes = 0;
  }

  /** When the first one has waited for long enough, clock time in milliseconds; undefined: none waits. */
  get until(): number | undefined {
    for (const { until } of this.#calls.values()) return until;
    return undefined;
  }
}

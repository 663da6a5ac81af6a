import type { OpenCall } from './guarded-call.js';
import { MAX_HELD, MAX_HELD_BYTES } from './policy-defaults.js';

/** Requests of a connection that a stage holds back; so many, of so many bytes. */
export class HeldCalls {
  /** With their lengths in bytes. */
  readonly #lengths = new Map<OpenCall, number>();
  #bytes = 0;

  get size(): number {
    return this.#lengths.size;
  }

  get all(): OpenCall[] {
    return [...this.#lengths.keys()];
  }

  /** Returns false when there is no room. */
  add(call: OpenCall, length: number): boolean {
    if (this.size >= MAX_HELD || this.#bytes + length > MAX_HELD_BYTES) return false;
    this.#lengths.set(call, length);
    this.#bytes += length;
    return true;
  }

  /** Returns whether it was held. */
  delete(call: OpenCall): boolean {
    this.#bytes -= this.#lengths.get(call) ?? 0;
    return this.#lengths.delete(call);
  }
}

import type { ServerResponse } from 'node:http';
import { idleClock } from '../../time/clock.js';

/** How long a client that reads nothing of an answer keeps its connection, in milliseconds; the time for the rest is added. */
const PATIENCE_MS = 30_000;
/** Slowest reading that is not cut off, in bytes for each millisecond: 64 kB/s. */
const LEAST_BYTES_PER_MS = 64;
/** How often answers that wait are looked at, in milliseconds. */
const SWEEP_MS = 5_000;

/** Answers that were given and are not read: a client that reads slowly, or not at all, does not keep its connection for good. */
export class UnreadResponses {
  readonly #until = new Map<ServerResponse, number>();
  #cancelSweep: (() => void) | undefined;

  /** To be called before the response is answered. */
  watch(response: ServerResponse): void {
    response.once('prefinish', () => {
      const { writableLength } = response;
      if (writableLength === 0 && (response.socket?.writableLength ?? 0) === 0) return;
      this.#until.set(response, idleClock.now() + PATIENCE_MS + writableLength / LEAST_BYTES_PER_MS);
      response.once('close', () => this.#until.delete(response));
      this.#cancelSweep ??= this.#sweepLater();
    });
  }

  close(): void {
    this.#cancelSweep?.();
  }

  #sweepLater(): () => void {
    return idleClock.after(SWEEP_MS, () => {
      const now = idleClock.now();
      for (const [response, until] of this.#until) {
        if (response.writableFinished) this.#until.delete(response);
        else if (until <= now) response.destroy();
      }
      this.#cancelSweep = this.#until.size > 0 ? this.#sweepLater() : undefined;
    });
  }
}

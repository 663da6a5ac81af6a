import type { Clock } from '../time/clock.js';

/** Waits until a server is ready. */
export class ReadyWaiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves when `isReady`, or when `signal` aborts. */
  async until(isReady: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isReady() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done);
          this.#waiting.delete(done);
          resolve();
        };
        this.#waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  /** As `until`, for at most `timeoutMs`. */
  async within(timeoutMs: number, clock: Clock, isReady: () => boolean, signal: AbortSignal): Promise<void> {
    if (isReady()) return;
    const enough = new AbortController();
    const cancelTimer = clock.after(timeoutMs, () => enough.abort());
    await this.until(isReady, AbortSignal.any([enough.signal, signal]));
    cancelTimer();
  }

  /** Call it when the server has become ready: every wait checks again. */
  look(): void {
    for (const resolve of [...this.#waiting]) resolve();
  }
}

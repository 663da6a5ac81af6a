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

  /** The server has become ready: every wait looks again. */
  look(): void {
    for (const resolve of [...this.#waiting]) resolve();
  }
}

import { type Clock, idleClock } from '../../time/clock.js';

/** At most four a second: more would only cost a person's battery. */
const EVERY_MS = 250;
/** Events come in bursts: a failure is an end, a state and a plan for the next try. */
const SETTLE_MS = 20;

/** Tells its listeners that something has changed, at most four times a second, the first time soon. */
export class Pulse {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #listeners = new Set<() => void>();
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'now' | 'after'> = idleClock) {
    this.#clock = clock;
  }

  /** Call it whenever something has changed; costs nothing while nobody listens. */
  readonly touch = (): void => {
    if (this.#cancel || this.#listeners.size === 0) return;
    const waitMs = Math.max(SETTLE_MS, this.#lastAt + EVERY_MS - this.#clock.now());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.#lastAt = this.#clock.now();
      for (const listener of [...this.#listeners]) listener();
    });
  };

  /** Returns a function that ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }
}

import type { Status } from '../../protocol/status.js';
import { type Clock, idleClock } from '../../time/clock.js';

/** At most four a second: more would only cost a person's battery. */
const EVERY_MS = 250;
/** Events come in bursts: a failure is an end, a state and a plan for the next try. */
const SETTLE_MS = 20;

/** The links that changes are about; undefined: anything may have changed. */
export type About = ReadonlySet<string> | undefined;

/** Tells its listeners that something has changed, at most four times a second, the first time soon. */
export class Pulse {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #listeners = new Set<(about: About) => void>();
  #about: Set<string> | undefined = new Set();
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'now' | 'after'> = idleClock) {
    this.#clock = clock;
  }

  /** Call it whenever something has changed; costs nothing while nobody listens. */
  readonly touch = (): void => {
    if (this.#listeners.size === 0) return;
    this.#about = undefined;
    this.#soon();
  };

  /** As `touch`, when an event says which links have changed. */
  readonly onStatus = ({ type, link, alsoLinks = [] }: Pick<Status, 'type' | 'link' | 'alsoLinks'>): void => {
    if (this.#listeners.size === 0) return;
    // Servers move to another link.
    if (type === 'regrouped') this.#about = undefined;
    this.#about?.add(link);
    for (const other of alsoLinks) this.#about?.add(other);
    this.#soon();
  };

  #soon(): void {
    if (this.#cancel) return;
    const waitMs = Math.max(SETTLE_MS, this.#lastAt + EVERY_MS - this.#clock.now());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.#lastAt = this.#clock.now();
      const about = this.#about;
      this.#about = new Set();
      for (const listener of [...this.#listeners]) listener(about);
    });
  }

  /** Returns a function that ends it. */
  listen(listener: (about: About) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
      this.#about = new Set();
    };
  }
}

import { untilFirst } from '../time/until-first.js';
import type { Joint } from './joint.js';

/** Waits until the calls of a connection are answered, and until its endpoint has read the answers. */
export class IdleWait {
  readonly #joint: Joint;
  readonly #onLook: () => void;
  readonly #looks = new Set<() => void>();

  /** @param onLook Called whenever something may have been answered while a wait lasts. */
  constructor(joint: Joint, onLook: () => void) {
    this.#joint = joint;
    this.#onLook = onLook;
  }

  /** Something may have been answered. */
  readonly #look = (): void => {
    this.#onLook();
    for (const look of this.#looks) look();
  };

  /** Resolves when `isTrue` returns true, or when `signal` aborts. */
  async until(isTrue: () => boolean, signal: AbortSignal): Promise<void> {
    let look = () => {};
    await new Promise<void>((resolve) => {
      look = () => {
        if (signal.aborted || isTrue()) resolve();
      };
      this.#looks.add(look);
      this.#joint.onFlushed = this.#look;
      signal.addEventListener('abort', look, { once: true });
      this.#look();
    });
    signal.removeEventListener('abort', look);
    this.#looks.delete(look);
    if (this.#looks.size === 0) this.#joint.onFlushed = undefined;
  }

  /** An answer is given when it has arrived; false when nothing was on its way, or `signal` has aborted. */
  async untilRead(signal: AbortSignal): Promise<boolean> {
    const read = signal.aborted ? undefined : this.#joint.connection?.transport.whenRead?.();
    if (!read) return false;
    this.#joint.options.onStatus({ type: 'sending' });
    await untilFirst(
      [signal],
      (first) =>
        new Promise<void>((resolve) => {
          first.addEventListener('abort', () => resolve(), { once: true });
          void read.then(resolve);
        }),
    );
    return !signal.aborted;
  }
}

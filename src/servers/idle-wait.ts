import { withAnySignal } from '../time/with-any-signal.js';
import type { ClientState } from './client-state.js';
import type { HubState } from './hub-state.js';

/** Waits until the calls of a connection are answered, and until its endpoint has read the answers. */
export class IdleWait {
  readonly #hub: HubState;
  readonly #client: ClientState;
  readonly #onLook: () => void;
  readonly #looks = new Set<() => void>();

  /** @param onLook Called, while a wait lasts, whenever a request may have been answered. */
  constructor(hub: HubState, client: ClientState, onLook: () => void) {
    this.#hub = hub;
    this.#client = client;
    this.#onLook = onLook;
  }

  /** Called when a request may have been answered. */
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
      this.#hub.looks.add(this.#look);
      signal.addEventListener('abort', look, { once: true });
      this.#look();
    });
    signal.removeEventListener('abort', look);
    this.#looks.delete(look);
    if (this.#looks.size === 0) this.#hub.looks.delete(this.#look);
  }

  /**
   * Waits until the endpoint has read what was sent (D32). Returns false when nothing was unread, or `signal` has
   * aborted.
   */
  async untilRead(signal: AbortSignal): Promise<boolean> {
    const read = signal.aborted ? undefined : this.#client.connection?.transport.whenRead?.();
    if (!read) return false;
    this.#client.options.onStatus({ type: 'sending' });
    await withAnySignal(
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

import { withAnySignal } from '../time/with-any-signal.js';
import type { ClientState } from './client-state.js';
import type { HubState } from './hub-state.js';

/** An endpoint that does not answer pings is waited for no longer: several times what a slow mobile network takes. */
const MAX_TRIP_MS = 2_000;

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
    await either(read, signal);
    return !signal.aborted;
  }

  /**
   * Waits until everything has been handled that the endpoint had sent when it answered a ping, for at most `MAX_TRIP_MS`.
   * Returns false when it cannot be asked, or `signal` has aborted.
   */
  async untilHeard(signal: AbortSignal): Promise<boolean> {
    const heard = signal.aborted ? undefined : this.#client.connection?.transport.roundTrip?.();
    if (!heard) return false;
    const enough = new AbortController();
    const cancelTimer = this.#hub.options.clock.after(MAX_TRIP_MS, () => enough.abort());
    await withAnySignal([signal, enough.signal], (first) => either(heard, first));
    cancelTimer();
    // Frames that came with the pong are handled first.
    await new Promise((resolve) => setImmediate(resolve));
    return !signal.aborted;
  }
}

/** Resolves when `first` has resolved, or `signal` has aborted. */
async function either(first: Promise<void>, signal: AbortSignal): Promise<void> {
  await withAnySignal(
    [signal],
    (aborted) =>
      new Promise<void>((resolve) => {
        if (aborted.aborted) resolve();
        aborted.addEventListener('abort', () => resolve(), { once: true });
        void first.then(resolve);
      }),
  );
}

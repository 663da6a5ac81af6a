import { type Caller, callerKey, renew } from '../../accept.js';
import type { ClientInbox, HttpBackend, HttpClient } from '../backend.js';
import type { SessionlessOptions } from './options.js';
import { SessionlessClient } from './sessionless-client.js';

export interface SessionlessClientsOptions extends Omit<SessionlessOptions, 'caller' | 'mayCarry'> {
  /** See `SessionlessOptions`: what a caller may have decides whether there is a mux. */
  mayCarry: (caller: Caller) => boolean;
}

/** The sessionless clients of one address, one for each caller: nothing of one reaches another. */
export class SessionlessClients implements HttpBackend {
  readonly #options: SessionlessClientsOptions;
  readonly #clients = new Map<string, { client: SessionlessClient; caller: Caller }>();

  constructor(options: SessionlessClientsOptions) {
    this.#options = options;
  }

  /** Whether any of them uses the servers. */
  get isOpen(): boolean {
    return this.#clients.size > 0;
  }

  join(client: HttpClient): ClientInbox {
    const { caller } = client;
    const key = callerKey(caller);
    const known = this.#clients.get(key);
    if (known) {
      renew(known.caller, caller);
      return known.client.join(client);
    }
    const made: SessionlessClient = new SessionlessClient({
      ...this.#options,
      caller,
      mayCarry: () => this.#options.mayCarry(caller),
      onIdle: () => {
        if (this.#clients.get(key)?.client === made) this.#clients.delete(key);
        this.#options.onIdle?.();
      },
    });
    this.#clients.set(key, { client: made, caller });
    return made.join(client);
  }

  close(reason: string): void {
    for (const { client } of [...this.#clients.values()]) client.close(reason);
  }
}

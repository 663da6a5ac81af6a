import { callerKey } from '../../accept.js';
import type { ClientInbox, HttpBackend, HttpClient } from '../backend.js';
import type { SessionlessOptions } from './options.js';
import { SessionlessClient } from './sessionless-client.js';

/** The sessionless clients of one address, one for each caller: nothing of one reaches another. */
export class SessionlessClients implements HttpBackend {
  readonly #options: Omit<SessionlessOptions, 'caller'>;
  readonly #clients = new Map<string, SessionlessClient>();

  constructor(options: Omit<SessionlessOptions, 'caller'>) {
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
    if (known) return known.join(client);
    const made: SessionlessClient = new SessionlessClient({
      ...this.#options,
      caller,
      onIdle: () => {
        if (this.#clients.get(key) === made) this.#clients.delete(key);
        this.#options.onIdle?.();
      },
    });
    this.#clients.set(key, made);
    return made.join(client);
  }

  close(reason: string): void {
    for (const client of [...this.#clients.values()]) client.close(reason);
  }
}

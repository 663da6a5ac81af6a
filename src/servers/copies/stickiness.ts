import type { ClientState, Connection } from '../client-state.js';
import { OwnRequest } from '../own-request.js';
import type { Copy } from './copy.js';

/** Which process the calls of an agent, or of a client, stay with, for as long as that process takes calls. */
export class Stickiness {
  /** Undefined: none stays. */
  by: 'agent' | 'session' | undefined;
  readonly #ofClients = new WeakMap<ClientState, Copy>();
  readonly #ofAgents = new Map<string, Copy>();

  constructor(by: 'agent' | 'session' | undefined) {
    this.by = by;
  }

  /** The process that the calls of the client stay with; it may have ended. Undefined: none yet. */
  of(client: ClientState): Copy | undefined {
    if (this.by === undefined) return undefined;
    const { agent } = client.options;
    return this.by === 'agent' && agent !== undefined
      ? this.#ofAgents.get(agent)
      : this.#ofClients.get(client);
  }

  /** The calls of the client stay with this process from now on. */
  stay(client: ClientState, copy: Copy): void {
    const before = this.of(client);
    if (before === copy) return;
    if (before) before.sticking -= 1;
    copy.sticking += 1;
    const { agent } = client.options;
    if (this.by === 'agent' && agent !== undefined) this.#ofAgents.set(agent, copy);
    else this.#ofClients.set(client, copy);
  }
}

/** The client that a request is of; undefined: of none. */
export function clientOf(asker: unknown): ClientState | undefined {
  if (asker instanceof OwnRequest) return asker.client;
  return typeof asker === 'object' && asker !== null && 'transport' in asker
    ? (asker as Connection).client
    : undefined;
}

import type { ClientState, Connection } from '../client-state.js';
import { OwnRequest } from '../own-request.js';
import type { Copy } from './copy.js';
import { leastBusy } from './least-busy.js';

/** Which process the calls of an agent, or of a client, stay with, for as long as that process takes calls. */
export class Stickiness {
  /** Undefined: none stays. */
  by: 'agent' | 'session' | undefined;
  readonly #ofClients = new WeakMap<ClientState, Copy>();
  readonly #ofAgents = new Map<string, Copy>();

  constructor(by: 'agent' | 'session' | undefined) {
    this.by = by;
  }

  /** The process of the asker's calls, chosen now if it has none; undefined when it is no client. */
  choose(asker: unknown, copies: () => Iterable<Copy>): Copy | undefined {
    const client = clientOf(asker);
    if (!client) return undefined;
    const before = this.#get(client);
    if (before?.isUp) return before;
    if (before) before.sticking -= 1;
    const copy = leastBusy(copies(), 'stick');
    if (!copy) return undefined;
    copy.sticking += 1;
    const { agent } = client.options;
    if (this.by === 'agent' && agent !== undefined) this.#ofAgents.set(agent, copy);
    else this.#ofClients.set(client, copy);
    return copy;
  }

  /** The process that the calls of the connection stay with. */
  of({ client }: Connection): Copy | undefined {
    return this.by && this.#get(client);
  }

  #get(client: ClientState): Copy | undefined {
    const { agent } = client.options;
    return this.by === 'agent' && agent !== undefined
      ? this.#ofAgents.get(agent)
      : this.#ofClients.get(client);
  }
}

function clientOf(asker: unknown): ClientState | undefined {
  if (asker instanceof OwnRequest) return asker.client;
  return typeof asker === 'object' && asker !== null && 'transport' in asker
    ? (asker as Connection).client
    : undefined;
}

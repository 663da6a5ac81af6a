import {
  type ClientPlan,
  clientPlan,
  type NotPlanned,
  type WantedServers,
} from '../../config/client-plan.js';
import { defaults } from '../../config/defaults.js';
import type { Plan } from '../../config/plan.js';
import type { AcceptClient, Caller } from '../../faces/accept.js';
import { messagesFor } from '../../messages/index.js';
import type { Grant } from '../../protocol/grant.js';
import type { WhyStopped } from '../../protocol/status.js';
import type { AcceptedLink } from '../clients.js';
import type { Daemon } from '../daemon.js';
import { Admissions } from './admissions.js';
import type { Whose } from './routes.js';

export type AcceptingDaemon = Pick<Daemon, 'accept'>;

interface Client {
  caller: Caller;
  link: AcceptedLink;
  forced: AbortController;
}

/** How many clients there may be. */
interface ClientLimit {
  most: number;
  mostOfKey: number;
  makeRoom: (isOf?: (caller: Caller) => boolean) => boolean;
}

/** The clients of a gateway: the daemon makes a link for each. */
export class GatewayClients {
  readonly #daemon: AcceptingDaemon;
  readonly #clients = new Set<Client>();
  readonly #admissions = new Admissions();
  /** Of each key that has any. */
  readonly #ofKey = new Map<string, number>();
  /** Clients of all addresses together, and those of one key; `makeRoom` ends one such that is idle, if there is one. */
  limit: ClientLimit = { most: 0, mostOfKey: 0, makeRoom: () => false };

  constructor(daemon: AcceptingDaemon) {
    this.#daemon = daemon;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Takes clients of an address. */
  at(whose: Whose): AcceptClient {
    return ({ transport, kind, caller, hasSession, idleMs, onRefused }) => {
      const why = this.#whyFull(caller);
      if (why !== undefined) {
        onRefused?.(why);
        return false;
      }
      const of = { caller, hasSession, ...(idleMs ? { idleMs } : {}) };
      const accept = this.#daemon.accept(kind, (plan) => planned(plan, whose, caller.grant), of);
      const link = typeof accept === 'function' ? accept(transport) : accept;
      if (link && 'most' in link) onRefused?.(messagesFor('en').clients.noRoom(link));
      if (!link || 'most' in link) return false;
      const client = { caller, link, forced: new AbortController() };
      this.#clients.add(client);
      this.#counts(caller, 1);
      // Nothing can be sent to a client that has left.
      void link.gone.then(() => client.forced.abort()).then(() => this.#end(client, 'unserved'));
      const isOver =
        caller.key === undefined
          ? undefined
          : this.#admissions.add({ caller, end: () => void this.#end(client, 'unserved') });
      void transport.closed.then(() => {
        this.#clients.delete(client);
        this.#counts(caller, -1);
        isOver?.();
      });
      return true;
    };
  }

  /** Why there is no room for a client of this caller, for the client; a key makes room among its own clients. */
  #whyFull({ key }: Caller): string | undefined {
    const { most, mostOfKey, makeRoom } = this.limit;
    const words = messagesFor('en').clients;
    const isFull = key !== undefined && (this.#ofKey.get(key) ?? 0) >= mostOfKey;
    if (isFull && !makeRoom((one) => one.key === key)) return words.tooManyOfKey({ most: mostOfKey });
    return this.#clients.size < most || makeRoom() ? undefined : words.tooManyOfGateway({ most });
  }

  #counts({ key }: Caller, by: number): void {
    if (key === undefined) return;
    const count = (this.#ofKey.get(key) ?? 0) + by;
    if (count > 0) this.#ofKey.set(key, count);
    else this.#ofKey.delete(key);
  }

  /** Ends the clients whose key is no longer good; `isForced`: without waiting for their calls. Returns how many. */
  endWhere(isOver: (caller: Caller) => boolean, isForced = false): number {
    const over = [...this.#clients].filter(({ caller }) => isOver(caller));
    for (const client of over) {
      if (isForced) client.forced.abort();
      void this.#end(client, 'unserved');
    }
    return over.length;
  }

  /** Looks no more at how long clients may stay. */
  close(): void {
    this.#admissions.close();
  }

  #end({ link, forced }: Client, why: WhyStopped): Promise<void> {
    return link.stop(forced.signal, why);
  }
}

/** The plan that runs now; undefined when none does. */
export function runningPlan(daemon: AcceptingDaemon): Plan | undefined {
  let running: Plan | undefined;
  daemon.accept('http', (plan) => {
    running = plan;
    return undefined;
  });
  return running;
}

/** The names that an address could have; undefined when it has something to give. */
export function notFound(plan: Plan, whose: Whose, grant?: Grant): NotPlanned | undefined {
  const found = clientPlan(plan, wantedAt(whose, grant));
  return 'unknown' in found ? found : undefined;
}

/** The longest message of a client of the address, in bytes, where it is no body of a request. */
export function maxFrameBytesAt(plan: Plan, whose: Whose, grant?: Grant): number {
  const found = clientPlan(plan, wantedAt(whose, grant));
  return 'unknown' in found ? defaults.maxFrameBytes : found.settings.maxFrameBytes;
}

/** Whether a mux is between clients of the address and its servers: there are several, or one with a filter. */
export function isMux(plan: Plan, whose: Whose, grant?: Grant): boolean {
  const found = clientPlan(plan, wantedAt(whose, grant));
  return 'kind' in found && found.kind === 'mux';
}

/** The names of the servers that have an address of their own, as far as a caller may know. */
export function namesOf(plan: Plan, grant?: Grant): readonly string[] {
  return notFound(plan, { server: '' }, grant)?.known ?? [];
}

function planned(plan: Plan, whose: Whose, grant: Grant | undefined): ClientPlan | undefined {
  const found = clientPlan(plan, wantedAt(whose, grant));
  return 'unknown' in found ? undefined : found;
}

function wantedAt(whose: Whose, grant: Grant | undefined): WantedServers {
  // Names of tools at the address of a single server are those that the server gives.
  if ('server' in whose) return { servers: [whose.server], prefix: 'never', grant };
  return 'agent' in whose ? { agent: whose.agent, grant } : { grant };
}

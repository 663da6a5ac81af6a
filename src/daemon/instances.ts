import { type PlanDiff, settingsOfServers } from '../config/diff-plan.js';
import type { Plan, ServerPlan } from '../config/plan.js';
import type { Status } from '../protocol/status.js';
import type { SupervisedServer } from '../servers/supervised-server.js';
import { systemClock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import { factsOf, type ServerFacts } from './checks.js';
import {
  type InstanceClient,
  type InstanceIdentity,
  instanceOf,
  planOfInstance,
} from './instance-identity.js';
import { type LinkOptions, type MayStart, type PlannedServer, serverOf } from './links.js';
import { runsOn } from './running-links.js';
import { settingsOfAll } from './start-limits.js';

/** A client cannot be served: each process that it would need another one for has clients. */
export interface NoRoom {
  /** The server whose processes have reached the bound; undefined when those of all servers have. */
  fullOf: string | undefined;
  /** The bound. */
  most: number;
}

/** A client that has instances. */
export interface HoldingClient extends InstanceClient {
  name: string;
  /** Makes room of what it has, because it has been idle for long. */
  end: () => void;
}

/** A process of a server for some of its clients, as `mcp-pipe status --json` shows it. */
export interface InstanceFacts extends ServerFacts {
  /** Name of the server in the configuration. */
  server: string;
  pid: number | undefined;
  /** Names of its clients. */
  clients: readonly string[];
}

export interface InstancesOptions extends LinkOptions {
  /** Receives what happens to an instance without clients. */
  onClientStatus?: (status: Status) => void;
  mayStart: MayStart;
  /** Skips the waits of processes that end once it aborts. */
  forceSignal: AbortSignal;
}

interface Instance extends InstanceIdentity {
  of: string;
  /** Of the plan that it was made for: other ones need another instance. */
  sharedAs: string;
  server: SupervisedServer;
  /** By name. */
  clients: Map<string, HoldingClient>;
  /** Ends it when it has been without a client for long. */
  cancelEnd: () => void;
  /** Resolves when its process has ended for good. */
  over: Promise<void>;
  isOver: () => void;
}

/**
 * The processes that servers have for some of their clients only: of an API key, or of a session. Each is a server like any
 * other, made when the first client comes that it is for, and started by that client's first message.
 *
 *     take -- clients -- left -- instanceIdleMs -- ends     of a key
 *     take -- client --- ends with it                       of a session
 *
 * No two processes of one identity run at a time, and never more than `maxInstances`: a successor waits for the end of the
 * one whose place it takes.
 */
// D204, D206
export class Instances {
  readonly #options: InstancesOptions;
  /** Those that clients may get, by identity; those that have been without a client for longest come first. */
  readonly #live = new Map<string, Instance>();
  /** Those that nobody gets any more. */
  readonly #ending = new Set<Instance>();
  /** Of `#ending`, those whose place no successor waits for. */
  readonly #places = new Set<Instance>();
  /** What each client has. */
  readonly #had = new Map<string, Set<Instance>>();
  #plan: Plan = { servers: [], links: [], warnings: [], secrets: [] };

  constructor(options: InstancesOptions) {
    this.#options = options;
  }

  get list(): InstanceFacts[] {
    return [...this.#live.values()].map(({ name, of, server, clients }) => ({
      ...factsOf(server),
      ...{ name, server: of, pid: server.upstream.facts.pid, clients: [...clients.keys()] },
    }));
  }

  /** The server that the instance of this name is of; undefined when there is none. */
  serverOf(name: string): string | undefined {
    for (const one of this.#live.values()) if (one.name === name) return one.of;
    return undefined;
  }

  /** The servers of instances of this name, or of all. */
  servers(of?: string): SupervisedServer[] {
    const all = [...this.#live.values()];
    return all.filter((one) => of === undefined || one.of === of).map(({ server }) => server);
  }

  /** Another plan has been taken. Instances of servers and keys that do not go on are ended once their clients have let them go. */
  planned(plan: Plan, { servers }: PlanDiff): void {
    // Callers may be known in other ways than by keys of the plan.
    const [before, now] = [this.#plan, plan].map(({ gateway }) => gateway?.keys ?? {}) as [object, object];
    const isKeyGone = ({ key = '', by = 'keys' }: Instance) =>
      plan.gateway && (by === 'keys' || Object.hasOwn(before, key)) && key !== '' && !Object.hasOwn(now, key);
    this.#plan = plan;
    const goesOn = (of: string) => runsOn(servers.find(({ name }) => name === of));
    for (const instance of [...this.#live.values()]) {
      const { of } = instance;
      const now = plan.servers.find(({ name }) => name === of);
      if (!now || !goesOn(of) || sharedAs(now) !== instance.sharedAs || isKeyGone(instance))
        this.#retire(instance);
      else instance.server.parking.plan(now.options);
    }
  }

  /** Keys are no longer good: their processes end with their last client, and nobody else gets what was in them. */
  endKeys(keys: readonly string[]): void {
    for (const instance of [...this.#live.values()])
      if (instance.key !== undefined && keys.includes(instance.key)) this.#retire(instance);
  }

  /** Whether a client that has `server` of this name still has the right one. */
  isRight(server: SupervisedServer, name: string): boolean {
    const plan = this.#planOf(name);
    if (!plan) return true;
    const isOfOne = plan.options.share === 'key' || plan.options.share === 'session';
    return isOfOne ? [...this.#live.values()].some((one) => one.server === server) : server.name === name;
  }

  /**
   * The servers for a client: its instances in place of servers that have them. Call it again for another plan. Without room
   * for all of it, nothing is changed.
   */
  take(client: HoldingClient, planned: readonly PlannedServer[]): PlannedServer[] | NoRoom {
    const wanted = planned.map((one) => ({ one, ...this.#wanted(one.server.name, client) }));
    const known = new Set(wanted.flatMap(({ identity }) => identity?.id ?? []));
    const fresh = wanted.flatMap(({ plan, identity }) =>
      plan && identity && !this.#live.has(identity.id) ? [{ plan, identity }] : [],
    );
    const room = this.#room(
      fresh.map(({ plan }) => plan.name),
      known,
    );
    if ('most' in room) return room;
    for (const instance of room.ends) {
      this.#retire(instance);
      for (const { end } of [...instance.clients.values()]) end();
    }
    for (const { plan, identity } of fresh) this.#live.set(identity.id, this.#make(plan, identity));
    return wanted.map(({ one, identity }) => {
      const instance = identity && this.#live.get(identity.id);
      if (!instance) return one;
      const { name } = client;
      this.#had.set(name, (this.#had.get(name) ?? new Set()).add(instance));
      instance.clients.set(name, client);
      instance.cancelEnd();
      return { ...one, server: instance.server };
    });
  }

  /** The client has let go of every instance but these. */
  keeps(name: string, servers: readonly SupervisedServer[]): void {
    for (const instance of this.#had.get(name) ?? [])
      if (!servers.includes(instance.server)) this.#leave(name, instance);
  }

  /** Whether `take` would find room for a client of these servers. */
  roomFor(client: InstanceClient, planned: readonly string[]): NoRoom | undefined {
    const wanted = planned.map((name) => this.#wanted(name, client));
    const fresh = wanted.filter(({ identity }) => identity && !this.#live.has(identity.id));
    const room = this.#room(
      fresh.map(({ plan }) => plan!.name),
      new Set(wanted.flatMap(({ identity }) => identity?.id ?? [])),
    );
    return 'most' in room ? room : undefined;
  }

  /** The client is about to leave: what only it has is not started any more. */
  leaving(name: string): void {
    for (const instance of this.#had.get(name) ?? []) if (instance.isPersonal) this.#retire(instance);
  }

  /** The client uses its instances no longer. */
  left(name: string): void {
    this.keeps(name, []);
    this.#had.delete(name);
  }

  /** mcp-pipe stops: nothing is started any more. */
  retire(): void {
    for (const instance of [...this.#live.values()]) this.#retire(instance);
  }

  /** Resolves when every process that is ending has ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#ending].map(({ over }) => over));
  }

  #planOf(name: string): ServerPlan | undefined {
    return this.#plan.servers.find((server) => server.name === name);
  }

  #wanted(name: string, client: InstanceClient) {
    const plan = this.#planOf(name);
    const identity = plan && instanceOf(plan, client);
    // A client may have a server of that name as well.
    while (identity && this.#planOf(identity.name)) identity.name += '*';
    return { plan, identity };
  }

  /** Which instances end so that there is room for one more of each of these servers. */
  #room(of: readonly string[], keep: ReadonlySet<string>): NoRoom | { ends: ReadonlySet<Instance> } {
    const ends = new Set<Instance>();
    if (of.length === 0) return { ends };
    const { maxInstances, maxInstancesOfServer, instanceIdleMs } = settingsOfAll(this.#plan);
    const live = [...this.#live.values()];
    const unused = live.filter(({ id, clients }) => clients.size === 0 && !keep.has(id));
    const idle = live
      .filter(({ id, clients }) => clients.size > 0 && !keep.has(id))
      .map((one) => ({
        one,
        ms: Math.min(...[...one.clients.values()].map(({ idleMs }) => idleMs?.() ?? 0)),
      }))
      .filter(({ ms }) => ms > 0 && ms >= instanceIdleMs)
      .sort((a, b) => b.ms - a.ms);
    const free = [...unused, ...idle.map(({ one }) => one)];
    for (const name of of) {
      const present = live.filter((one) => one.of === name && !ends.has(one)).length;
      if (present < maxInstancesOfServer) continue;
      const oldest = free.find((one) => one.of === name && !ends.has(one));
      if (!oldest) return { fullOf: name, most: maxInstancesOfServer };
      ends.add(oldest);
    }
    while (live.length - ends.size + of.length > maxInstances) {
      const oldest = free.find((one) => !ends.has(one));
      if (!oldest) return { fullOf: undefined, most: maxInstances };
      ends.add(oldest);
    }
    return { ends };
  }

  #make(plan: ServerPlan, identity: InstanceIdentity): Instance {
    const { mayStart, onSecrets } = this.#options;
    const living = [...this.#live.values()].flatMap(({ given }) => [...given.values()]);
    // All that are in use: however many callers come, those of the configuration are not forgotten for theirs.
    if (identity.given.size > 0) onSecrets?.([...this.#plan.secrets, ...living, ...identity.given.values()]);
    const before = this.#placeFor(plan.name, identity);
    let hasWaited = before === undefined;
    let isOver = () => {};
    const over = new Promise<void>((resolve) => {
      isOver = resolve;
    });
    const inTurn: MayStart = async (signal, where) => {
      if (!hasWaited && before) await until(before, signal);
      hasWaited = true;
      return mayStart(signal, where);
    };
    const settings = settingsOfServers(this.#plan).get(plan.name) ?? settingsOfAll(this.#plan);
    const own = planOfInstance(plan, identity);
    const server = serverOf(own, settings, inTurn, this.#options, plan.name);
    server.isPlanned = true;
    const rest = { of: plan.name, sharedAs: sharedAs(plan), clients: new Map<string, HoldingClient>() };
    return { ...identity, ...rest, server, cancelEnd: () => {}, over, isOver };
  }

  /** What the process of a new instance has to wait for: the end of its predecessor, or of another whose place it takes. */
  #placeFor(of: string, { id }: InstanceIdentity): Promise<void> | undefined {
    const { maxInstances, maxInstancesOfServer } = settingsOfAll(this.#plan);
    const predecessor = [...this.#ending].find((one) => one.id === id);
    const places = [...this.#places];
    const ofServer = places.filter((one) => one.of === of);
    const isFullOf = this.servers(of).length + ofServer.length >= maxInstancesOfServer;
    const isFull = this.#live.size + places.length >= maxInstances;
    const [first] = isFullOf ? ofServer : isFull ? places : [];
    const place = predecessor && this.#places.has(predecessor) ? predecessor : first;
    if (place) this.#places.delete(place);
    const waited = [...new Set([predecessor, place])].flatMap((one) => (one ? [one.over] : []));
    return waited.length === 0 ? undefined : Promise.all(waited).then(() => {});
  }

  #leave(name: string, instance: Instance): void {
    this.#had.get(name)?.delete(instance);
    instance.clients.delete(name);
    if (instance.clients.size > 0) return;
    if (this.#ending.has(instance)) this.#end(instance);
    else if (instance.isPersonal) this.#retire(instance);
    else this.#unused(instance);
  }

  #unused(instance: Instance): void {
    const { clock = systemClock, onClientStatus } = this.#options;
    const { id, name } = instance;
    this.#live.delete(id);
    this.#live.set(id, instance);
    const idleMs = settingsOfAll(this.#plan).instanceIdleMs;
    instance.cancelEnd = clock.after(idleMs, () => {
      onClientStatus?.({ at: Date.now(), link: name, type: 'server-idle-stopped', idleMs });
      this.#retire(instance);
    });
  }

  /** Nobody gets the instance any more; it ends when its clients have let it go. */
  #retire(instance: Instance): void {
    if (!this.#live.delete(instance.id)) return;
    instance.cancelEnd();
    instance.server.isPlanned = false;
    this.#ending.add(instance);
    this.#places.add(instance);
    if (instance.clients.size === 0) this.#end(instance);
  }

  #end(instance: Instance): void {
    const { forceSignal, onClientStatus } = this.#options;
    const { server, name } = instance;
    void server.unplan(forceSignal).then(() => {
      for (const event of server.unheard()) onClientStatus?.({ at: Date.now(), link: name, ...event });
      this.#ending.delete(instance);
      this.#places.delete(instance);
      instance.isOver();
    });
  }
}

/** What an instance was made for, beside what its server is started with. */
function sharedAs({ options: { share, callerEnv } }: ServerPlan): string {
  return JSON.stringify([share, callerEnv]);
}

function until(done: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = (first: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (first.aborted) resolve();
      first.addEventListener('abort', () => resolve(), { once: true });
      void done.then(resolve);
    });
  return withAnySignal([signal], aborted);
}

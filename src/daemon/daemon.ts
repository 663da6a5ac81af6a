import { setMaxListeners } from 'node:events';
import { diffPlan, type PlanDiff, settingsOfServers } from '../config/diff-plan.js';
import type { Plan } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import { HabitsInMemory, type ListHabits } from '../connections/list-habits.js';
import { TokenTable } from '../leases/in-process.js';
import type { Leases, Rank } from '../leases/lease.js';
import { LeaseQueue } from '../leases/queue.js';
import { Mux } from '../links/mux/mux.js';
import type { LinkStats, RunningCall } from '../protocol/stats.js';
import type { Status, WhyStopped } from '../protocol/status.js';
import type { SupervisedServer } from '../servers/supervised-server.js';
import { systemClock } from '../time/clock.js';
import type { ServerFacts } from './checks.js';
import { type Accept, type ClientOf, Clients, type ClientsOptions, type PlanForClient } from './clients.js';
import type { HeldOptions } from './held.js';
import { InTurn } from './in-turn.js';
import { type InstanceFacts, Instances, type NoRoom } from './instances.js';
import { type AskableServers, startedFor } from './kept-servers.js';
import { type Link, linkOf, type MayStart, type PlannedServer, type Shared, usedBy } from './links.js';
import { plannedServers } from './planned-servers.js';
import { Policy } from './policy.js';
import { restartServer } from './restart-server.js';
import {
  type Changes,
  continuingLinks,
  isOn,
  joinedBy,
  LEAVING,
  optionsOn,
  type RunningLink,
  regroup,
  runsOn,
  type WhyRemoved,
  withServersOf,
} from './running-links.js';
import { learningTurns, limitsOf, type StartLimits, startLimits } from './start-limits.js';

/** Options of a daemon: where its events go, and which resources it uses. */
export interface DaemonOptions extends ClientsOptions, HeldOptions {
  /** Decides which link may dial a token. Default: leases among the links of this daemon only. */
  leases?: Leases;
  /** What is known of endpoints from earlier runs, and learns more. Default: for this daemon only. */
  listHabits?: ListHabits;
  /** Called for each plan that `apply` changes to, before its first Status, with the names of its new links. Must not throw. */
  onPlan?: (plan: Plan, made: readonly string[]) => void;
}

const NOTHING: Plan = { servers: [], links: [], warnings: [], secrets: [] };

/**
 * Runs a plan: `start`, then `stop`; `apply` changes to another plan in between. `start` applies the plan to nothing.
 * The daemon makes servers and links; any number of links use a server. Events are reported through `onStatus`.
 */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #clients: Clients;
  readonly #instances: Instances;
  /** The rules between clients and servers, and the counts behind them. */
  readonly policy: Policy;
  readonly #shared: Shared;
  readonly #leases: Leases;
  #plan = NOTHING;
  #ranks: ReadonlyMap<string, Rank> = new Map();
  #starts: StartLimits;
  /** Servers of the present plan, by name. */
  #servers: ReadonlyMap<string, PlannedServer> = new Map();
  /** Links of the present plan, in its order. */
  #running: readonly RunningLink[] = [];
  /** Links of earlier plans that have not stopped yet. */
  readonly #ending = new Set<RunningLink>();
  /** Whether it is about to start, runs, or has been told to stop. */
  phase: 'starting' | 'running' | 'stopping' = 'starting';
  readonly #applying = new InTurn();
  readonly #force = new AbortController();
  /** See `KeptServers.whenReady`. */
  readonly whenReady = (signal: AbortSignal) => this.#clients.whenReady(signal);
  /** See `Instances.endKeys`. */
  readonly endKeys = (keys: readonly string[]) => this.#instances.endKeys(keys);
  readonly #mayStart: MayStart = (signal, where) => this.#starts[where].acquire(signal);

  constructor(plan: Plan, given: DaemonOptions) {
    const onStatus = (status: Status) => this.#clients.report(status);
    const serverOf = (name: string) => this.processes.find((server) => server.name === name);
    const announceTools = (server: string) => {
      for (const { hub } of this.#processesOf(server)) hub.announceTools();
    };
    this.policy = given.policy ?? new Policy({ ...given, announceTools, onStatus, serverOf });
    const options = { learning: learningTurns(given), ...given, policy: this.policy };
    const ofInstances = { mayStart: this.#mayStart, forceSignal: this.#force.signal };
    this.#instances = new Instances({ ...options, ...ofInstances });
    const optionsOf = (planFor: PlanForClient, server: string) => this.#optionsOf(planFor, server);
    this.#clients = new Clients({ ...options, optionsOf }, this.#instances);
    this.#options = { ...options, onStatus };
    this.#leases = options.leases ?? new LeaseQueue();
    this.#starts = startLimits(plan, options);
    this.#shared = {
      tokens: new TokenTable(),
      leases: this.#leases,
      listHabits: options.listHabits ?? new HabitsInMemory(),
      rankOf: (link) => this.#ranks.get(link) ?? LEAVING,
      optionsOn: (link, server) => optionsOn(link, server, this.#running, this.#servers),
      regroup: (mux, why) => regroup(mux, why, this.#running),
    };
    // Each link adds several listeners while it stops. Node's warning about more than ten is meant for leaks.
    setMaxListeners(0, this.#force.signal);
    this.#take(plan);
  }

  /** The links: fewer than planned once the endpoint has shown that it allows fewer connections. */
  get links(): readonly Link[] {
    return this.#running.filter(({ into }) => into === undefined).map(({ link }) => link);
  }

  /** What can ask servers: the links, what the gateway keeps running, and the links of clients that have connected to mcp-pipe. */
  get users(): readonly AskableServers[] {
    return [...this.links, ...this.#clients.askable];
  }

  /** The current numbers of a link; undefined when there is none of this name. */
  stats(link: string): LinkStats | undefined {
    // Asked for each of hundreds of links in turn: no list of all is made.
    return this.#running.find((one) => one.into === undefined && one.link.name === link)?.link.stats();
  }

  /** The calls that servers work on now, of each server the oldest first. */
  get calls(): RunningCall[] {
    const { clock = systemClock } = this.#options;
    return this.processes.flatMap((server) => server.running(clock.now()));
  }

  /** Starts every link and returns at once. */
  start(): void {
    if (this.phase !== 'starting') return;
    this.phase = 'running';
    this.#clients.update(this.#plan, (plan) => usedBy(plan, this.#servers), this.#force.signal);
    for (const link of this.links) link.start();
  }

  /**
   * Takes a client that connects to mcp-pipe, and gets the servers that `planFor` names of this plan and each later one. They
   * are started by its first message, unless they run. Returns what serves it; undefined when the daemon does not run, or has
   * nothing for it.
   *
   * @param kind for its name: `stdio`.
   * @param of whose it is: decides which process it has of a server with `share` `key` or `session`.
   */
  accept(kind: string, planFor: PlanForClient, of?: ClientOf): Accept | NoRoom | undefined {
    const client = { kind, planFor, ...(of ? { of } : {}) };
    const now = this.phase === 'running' ? planFor(this.#plan) : undefined;
    if (!now) return undefined;
    const accept: Accept = (transport) => {
      const plan = this.phase === 'running' ? planFor(this.#plan) : undefined;
      return plan && this.#clients.accept(transport, client, plan, usedBy(plan, this.#servers));
    };
    return this.#clients.roomFor(client, now) ?? accept;
  }

  /** These clients, by name. */
  get clients(): Clients['list'] {
    return this.#clients.list;
  }

  /** Processes of servers for some of these clients only. */
  get instances(): InstanceFacts[] {
    return this.#instances.list;
  }

  /** The servers that the plan's gateway keeps running, and those for all its clients that one of these has started. */
  get kept(): ServerFacts[] {
    return [...this.#clients.kept, ...(this.#plan.gateway ? startedFor(this.#servers.values()) : [])];
  }

  /**
   * Changes to another plan. Waits for an `apply` that is running.
   *
   * Servers with an equal plan keep their process, whatever happens to their links. Another server's process ends before its
   * next one starts, because no server runs twice. Equal links go on with their connections; `priority`, order, filters and
   * the servers of a mux change in place. Other links stop: their pending calls may finish. A new link starts when the
   * links before it have released its servers.
   *
   * @param whyRemoved why links stop that the plan has no more
   * @returns the differences, once every removed link has stopped and every new one has started.
   * @throws Error when the daemon has been stopped.
   */
  async apply(plan: Plan, whyRemoved: WhyRemoved = 'removed'): Promise<PlanDiff> {
    return this.#applying.run(() => this.#apply(plan, whyRemoved));
  }

  /**
   * Starts a new process of a server, and of each of its keys and sessions, when the running one has answered its calls or
   * after a few seconds; the connections of its links stay. Returns false when no process of it is wanted now.
   */
  async restart(name: string): Promise<boolean> {
    const settings = settingsOfServers(this.#plan).get(name);
    const planned = this.#servers.get(name)?.server;
    if (!planned || !settings) return false;
    const { clock = systemClock } = this.#options;
    const rest = { settings, clock, signal: this.#force.signal };
    const links = [...this.links, ...this.#clients.links];
    const did = await Promise.all(
      this.#processesOf(name).map((server) => restartServer({ server, links, ...rest })),
    );
    return did.some((one) => one);
  }

  #processesOf(name: string): SupervisedServer[] {
    const planned = this.#servers.get(name)?.server;
    return [...(planned ? [planned] : []), ...this.#instances.servers(name)];
  }

  /** The servers of the plan, and their processes for some clients only. */
  get processes(): SupervisedServer[] {
    return [...[...this.#servers.values()].map(({ server }) => server), ...this.#instances.servers()];
  }

  /** The machine has slept, or is in another network: remote servers that wait for their next try are tried at once. */
  wake(): void {
    for (const server of this.processes) server.upstream.wake('network');
  }

  /** Stops every link. Idempotent. Takes at most the drain time plus the time servers need to exit. */
  async stop(): Promise<void> {
    this.phase = 'stopping';
    this.policy.close();
    const servers = [...this.#servers.values()].map(({ server }) => server);
    for (const server of servers) server.isPlanned = false;
    this.#instances.retire();
    const running = this.#running.filter(({ into }) => into === undefined);
    const links = [...running, ...this.#ending].map((one) => this.#end(one, 'stopping'));
    await Promise.all([...links, this.#clients.stop(this.#force.signal)]);
    await this.#applying.idle();
    // The servers that no link uses any more.
    await Promise.all([
      this.#instances.ended(),
      ...servers.map((server) => server.unplan(this.#force.signal)),
    ]);
  }

  /** Ends the waits of a running `stop`. */
  force(): void {
    this.#force.abort();
  }

  async #apply(plan: Plan, whyRemoved: WhyRemoved): Promise<PlanDiff> {
    if (this.phase === 'stopping') throw new Error('the daemon has been stopped');
    const changes = this.#take(plan);
    this.#options.onPlan?.(
      plan,
      changes.fresh.map((one) => one.plan.name),
    );
    this.#leases.ranksChanged?.();
    if (this.phase === 'running') await this.#change(changes, whyRemoved);
    else this.#ending.clear();
    return changes.diff;
  }

  /** Makes the new servers and links; if that fails, nothing is changed. */
  #take(plan: Plan): Changes {
    const diff = diffPlan(this.#plan, plan);
    const goOn = continuingLinks(diff, this.#running, this.#plan, plan);
    const servers = plannedServers(plan, diff, this.#servers, this.#mayStart, this.#options);
    const known = new Map([...goOn].map((one) => [one.plan.name, one]));
    const running = plan.links.map((link): RunningLink => {
      const used = () => usedBy(link, servers);
      const made = () => ({ plan: link, link: linkOf(link, used(), this.#shared, this.#options) });
      return known.get(link.name) ?? made();
    });
    // Nothing fails from here on.
    const old = this.#running.filter((one) => !goOn.has(one) && one.into === undefined);
    for (const one of old) this.#ending.add(one);
    for (const [i, one] of running.entries()) one.plan = plan.links[i]!;
    for (const { server } of this.#servers.values()) server.isPlanned = false;
    for (const { server, options } of servers.values()) server.planned(options);
    if (limitsOf(plan) !== limitsOf(this.#plan)) this.#starts = startLimits(plan, this.#options);
    const gone = [...this.#servers.values()].flatMap(({ server }) => (server.isPlanned ? [] : [server]));
    this.#ranks = new Map(plan.links.map(({ name, priority = 0 }, order) => [name, { priority, order }]));
    this.#running = running;
    this.#servers = servers;
    this.#plan = plan;
    this.#instances.planned(plan, diff);
    this.policy.changed(plan);
    return { diff, fresh: running.filter((one) => !goOn.has(one)), old, gone };
  }

  async #change({ diff, fresh, old, gone }: Changes, whyRemoved: WhyRemoved): Promise<void> {
    const { signal } = this.#force;
    const goesOn = (name: string) => runsOn(diff.servers.find((server) => server.name === name));
    /** Settle when the links have released the server of that name, and when the link of that name has stopped. */
    const left = new Map<string, Promise<void>>();
    const closed = new Map<string, Promise<void>>();
    const uses = this.#running.flatMap(({ plan }) => plan.servers);
    const leaves = (server: string, end: Promise<void>) => {
      // Further links may join a server that goes on for several.
      const isShared = uses.filter((name) => name === server).length > 1;
      if (isShared && goesOn(server)) return;
      const before = left.get(server);
      left.set(server, before ? Promise.all([before, end]).then(() => {}) : end);
    };
    const replaced = new Set(diff.links.flatMap(({ change, was }) => (change === 'removed' ? [] : was)));
    for (const one of old) {
      const { name, servers } = one.link;
      const end = this.#end(one, replaced.has(name) ? 'replaced' : whyRemoved);
      closed.set(name, end);
      for (const server of servers) leaves(server, end);
    }
    const goOn = this.#running.filter((one) => !fresh.includes(one));
    for (const one of goOn) {
      if (one.into || !(one.link instanceof Mux)) continue;
      for (const server of one.link.used)
        if (!server.isPlanned || !isOn(one, server, this.#running))
          leaves(server.name, one.link.remove(server, signal));
    }
    for (const { server, end } of this.#clients.release(this.#plan, (one) => !one.isPlanned, signal))
      leaves(server, end);
    for (const server of gone) leaves(server.name, server.unplan(signal));
    const areFree = ({ plan }: RunningLink, servers: readonly string[] = plan.servers) =>
      Promise.all([closed.get(plan.name), ...servers.map((name) => left.get(name))]);
    // The daemon may have been stopped in the meantime.
    const ifStarted = (act: () => void) => () => (this.phase === 'running' ? act() : undefined);
    const all = Promise.all([...closed.values(), ...left.values()]);
    await Promise.all([
      all.then(
        ifStarted(() => this.#clients.update(this.#plan, (plan) => usedBy(plan, this.#servers), signal)),
      ),
      ...fresh.map((one) => areFree(one).then(ifStarted(() => one.link.start()))),
      ...goOn.map((one) =>
        areFree(one, joinedBy(one, this.#servers)).then(
          ifStarted(() => withServersOf(one).link.update(usedBy(one.plan, this.#servers))),
        ),
      ),
    ]);
    // Clients have processes of their own now.
    for (const { server, options } of this.#servers.values())
      if (options.share === 'key' || options.share === 'session') server.restUnused();
  }

  #optionsOf(planFor: PlanForClient, server: string): ServerOptions | undefined {
    const plan = planFor(this.#plan);
    return plan && usedBy(plan, this.#servers).find((one) => one.server.name === server)?.options;
  }

  #end(one: RunningLink, why: WhyStopped): Promise<void> {
    one.ended ??= one.link.stop(this.#force.signal, why).finally(() => this.#ending.delete(one));
    return one.ended;
  }
}

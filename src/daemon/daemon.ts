import { setMaxListeners } from 'node:events';
import { defaults } from '../config/defaults.js';
import { diffPlan, type PlanDiff } from '../config/diff-plan.js';
import type { LinkPlan, Plan } from '../config/plan.js';
import { TokenTable } from '../leases/in-process.js';
import type { Leases, Rank } from '../leases/lease.js';
import { LeaseQueue } from '../leases/queue.js';
import { Mux } from '../links/mux/mux.js';
import { StartLimit } from '../process/start-limit.js';
import type { LinkStats } from '../protocol/stats.js';
import type { WhyRegrouped } from '../protocol/status.js';
import { systemClock } from '../time/clock.js';
import { type Link, type LinkOptions, linkOf, type Shared } from './links.js';
import { continuingLinks, hasToWaitFor, type RunningLink } from './running-links.js';

/** Options of a daemon: where its events go, and which resources it uses. */
export interface DaemonOptions extends LinkOptions {
  /** Decides which link may dial a token. Default: leases among the links of this daemon only. */
  leases?: Leases;
  /** Called for each plan that `apply` changes to, before its first Status, with the names of its new links. */
  onPlan?: (plan: Plan, made: readonly string[]) => void;
}

/** Rank of a link of an earlier plan: it releases its lease after its last call, so no other link asks for it. */
const LEAVING: Rank = { priority: Number.MAX_SAFE_INTEGER, order: 0 };
const NOTHING: Plan = { servers: [], links: [], warnings: [], secrets: [] };

/**
 * Runs a plan: `start`, then `stop`; `apply` changes to another plan in between. `start` applies the plan to nothing.
 * Events are reported through `onStatus`.
 */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #shared: Omit<Shared, 'plan'>;
  readonly #leases: Leases;
  #plan = NOTHING;
  #ranks: ReadonlyMap<string, Rank> = new Map();
  #starts: StartLimit;
  /** Links of the present plan, in its order. */
  #running: readonly RunningLink[] = [];
  /** Links of earlier plans that have not stopped yet. */
  readonly #ending = new Set<RunningLink>();
  #phase: 'made' | 'started' | 'stopped' = 'made';
  readonly #force = new AbortController();

  constructor(plan: Plan, options: DaemonOptions) {
    this.#options = options;
    this.#leases = options.leases ?? new LeaseQueue();
    this.#starts = startLimit(plan, options);
    this.#shared = {
      tokens: new TokenTable(),
      leases: this.#leases,
      mayStart: (signal) => this.#starts.acquire(signal),
      rankOf: (link) => this.#ranks.get(link) ?? LEAVING,
      regroup: (mux, why) => this.#regroup(mux, why),
    };
    // Each link adds several listeners while it stops. Node's warning about more than ten is meant for leaks.
    setMaxListeners(0, this.#force.signal);
    this.#take(plan);
  }

  /** The links: fewer than planned once the endpoint has shown that it allows fewer connections. */
  get links(): readonly Link[] {
    return this.#running.filter(({ into }) => into === undefined).map(({ link }) => link);
  }

  /** The current numbers of a link; undefined when the daemon has no link of this name. */
  stats(link: string): LinkStats | undefined {
    return this.links.find(({ name }) => name === link)?.stats();
  }

  /** Starts every link and returns at once. */
  start(): void {
    if (this.#phase === 'made') this.#phase = 'started';
    for (const link of this.links) link.start();
  }

  /**
   * Changes to another plan. Links that are equal in both go on with their servers and connections; `priority` and order
   * change in place. Other links stop: their pending calls may finish. New links start at once; but a link with the name or
   * a server of a stopping link waits for its end, because no server runs twice.
   *
   * @returns the differences, once every removed link has stopped and every new one has started.
   * @throws Error when the daemon has been stopped.
   */
  async apply(plan: Plan): Promise<PlanDiff> {
    if (this.#phase === 'stopped') throw new Error('the daemon has been stopped');
    const { diff, fresh, old } = this.#take(plan);
    this.#options.onPlan?.(
      plan,
      fresh.map((one) => one.plan.name),
    );
    this.#leases.ranksChanged?.();
    if (this.#phase === 'started') {
      const before = fresh.map((one) => [...this.#ending].filter((other) => hasToWaitFor(one, other)));
      const ended = old.map((one) => this.#end(one));
      await Promise.all([...ended, ...fresh.map((one, i) => this.#begin(one, before[i]!))]);
    } else for (const one of old) this.#ending.delete(one);
    return diff;
  }

  /** Stops every link. Idempotent. Takes at most the drain time plus the time servers need to exit. */
  async stop(): Promise<void> {
    this.#phase = 'stopped';
    const running = this.#running.filter(({ into }) => into === undefined);
    await Promise.all([...running, ...this.#ending].map((one) => this.#end(one)));
  }

  /** Ends the waits of a running `stop`. */
  force(): void {
    this.#force.abort();
  }

  /** Makes the new links; if that fails, nothing is changed. `old`: the links that have to stop. */
  #take(plan: Plan): { diff: PlanDiff; fresh: RunningLink[]; old: RunningLink[] } {
    const diff = diffPlan(this.#plan, plan);
    const goOn = continuingLinks(diff, this.#running);
    const kept = new Map([...goOn].map((one) => [one.plan.name, one]));
    const shared = { ...this.#shared, plan };
    const fresh: RunningLink[] = [];
    const running = plan.links.map((link): RunningLink => {
      const known = kept.get(link.name);
      if (known) return known;
      const made = { plan: link, link: linkOf(link, shared, this.#options) };
      fresh.push(made);
      return made;
    });
    const old = this.#running.filter((one) => !goOn.has(one) && one.into === undefined);
    for (const one of old) this.#ending.add(one);
    for (const [i, one] of running.entries()) one.plan = plan.links[i]!;
    if (limitsOf(plan) !== limitsOf(this.#plan)) this.#starts = startLimit(plan, this.#options);
    this.#ranks = new Map(plan.links.map(rankOf));
    this.#running = running;
    this.#plan = plan;
    return { diff, fresh, old };
  }

  async #begin(one: RunningLink, before: readonly RunningLink[]): Promise<void> {
    await Promise.all(before.map((other) => this.#end(other)));
    // Another plan or the end may have come in the meantime.
    if (one.ended === undefined && this.#phase === 'started') one.link.start();
  }

  #end(one: RunningLink): Promise<void> {
    one.ended ??= one.link.stop(this.#force.signal).finally(() => this.#ending.delete(one));
    return one.ended;
  }

  #regroup(mux: Mux, why: WhyRegrouped): Mux | undefined {
    const from = this.#running.find(({ link }) => link === mux);
    if (!from) return undefined;
    const { identity } = from.plan.endpoint;
    const others = this.#running.flatMap((one) => {
      const { link, plan, into } = one;
      const isOther = link instanceof Mux && link !== mux && into === undefined && link.state !== 'idle';
      return isOther && plan.endpoint.identity === identity ? [{ one, link }] : [];
    });
    // An open link takes the servers over at once; without one, the first link does. A link that waits for a lease gains
    // nothing from a link that is not open.
    const open = others.find(({ link }) => link.state === 'open');
    const to = why === 'waiting-for-lease' ? open : (open ?? others[0]);
    if (!to) return undefined;
    from.into = to.one;
    return to.link;
  }
}

function rankOf({ name, priority = 0 }: LinkPlan, order: number): [string, Rank] {
  return [name, { priority, order }];
}

/** One limit for all links, because its settings apply to the whole configuration. */
function startLimit({ links }: Plan, { clock = systemClock }: DaemonOptions): StartLimit {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? defaults;
  return new StartLimit(maxParallelStarts, startSlotMs, clock);
}

/** The settings of a gate, as a text to compare. */
function limitsOf({ links }: Plan): string {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? defaults;
  return `${maxParallelStarts} ${startSlotMs}`;
}

import { setMaxListeners } from 'node:events';
import { defaults } from '../config/defaults.js';
import { diffPlan, type PlanDiff } from '../config/diff-plan.js';
import type { LinkPlan, Plan } from '../config/plan.js';
import { TokenTable } from '../leases/in-process.js';
import type { Leases, Rank } from '../leases/lease.js';
import { LeaseQueue } from '../leases/queue.js';
import { Mux } from '../links/mux/mux.js';
import { StartGate } from '../process/start-gate.js';
import type { LinkStats } from '../protocol/stats.js';
import type { WhyRegrouped } from '../protocol/status.js';
import { systemClock } from '../time/clock.js';
import { type Link, type LinkOptions, linkOf, type Shared } from './links.js';
import { hasToWaitFor, linksThatGoOn, type RunningLink } from './running-links.js';

/** Options of a daemon: where its Status goes, and what it takes from its surroundings. */
export interface DaemonOptions extends LinkOptions {
  /** Decides which link may dial a token. Default: leases among the links of this daemon only. */
  leases?: Leases;
  /** Hears of each plan that `apply` changes to, before any Status of it, and which of its links were made for it. Must not throw. */
  onPlan?: (plan: Plan, made: readonly string[]) => void;
}

/** Of a link of an earlier plan: it gives its lease back as soon as its calls are answered, so no other one asks it to. */
const LEAVING: Rank = { priority: Number.MAX_SAFE_INTEGER, order: 0 };
const NOTHING: Plan = { servers: [], links: [], warnings: [], secrets: [] };

/**
 * Runs a plan: `start`, then `stop`; `apply` changes to another plan meanwhile. To start is to apply a plan to nothing.
 * Events are reported through `onStatus`.
 */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #shared: Omit<Shared, 'plan'>;
  readonly #leases: Leases;
  #plan = NOTHING;
  #ranks: ReadonlyMap<string, Rank> = new Map();
  #starts: StartGate;
  /** Links of the present plan, in its order. */
  #running: readonly RunningLink[] = [];
  /** Links of earlier plans that have not stopped yet. */
  readonly #ending = new Set<RunningLink>();
  #phase: 'made' | 'started' | 'stopped' = 'made';
  readonly #force = new AbortController();

  constructor(plan: Plan, options: DaemonOptions) {
    this.#options = options;
    this.#leases = options.leases ?? new LeaseQueue();
    this.#starts = startGate(plan, options);
    this.#shared = {
      tokens: new TokenTable(),
      leases: this.#leases,
      mayStart: (signal) => this.#starts.enter(signal),
      rankOf: (link) => this.#ranks.get(link) ?? LEAVING,
      regroup: (mux, why) => this.#regroup(mux, why),
    };
    // Each link adds several listeners while it stops. Node's warning about more than ten is meant for leaks.
    setMaxListeners(0, this.#force.signal);
    this.#take(plan);
  }

  /** The links. Fewer than planned once the endpoint has shown that it allows fewer connections. */
  get links(): readonly Link[] {
    return this.#running.filter(({ into }) => into === undefined).map(({ link }) => link);
  }

  /** The current numbers of a link; undefined when the daemon has no link of this name any more. */
  stats(link: string): LinkStats | undefined {
    return this.links.find(({ name }) => name === link)?.stats();
  }

  /** Starts every link and returns at once. */
  start(): void {
    if (this.#phase === 'made') this.#phase = 'started';
    for (const link of this.links) link.start();
  }

  /**
   * Runs another plan from now on. Links that are the same in both go on untouched, with their servers and their
   * connections; `priority` and order change in place. Links that are not in the next plan, or are others there, stop: their
   * pending calls may finish. New links start at once, but one with the name or a server of a link that stops waits for its
   * end, because no server runs twice.
   *
   * @returns what was different, when every link that had to stop has stopped and every new one has started.
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

  /** Stops every link; idempotent. Takes at most the drain time plus the time that servers need to exit. */
  async stop(): Promise<void> {
    this.#phase = 'stopped';
    const running = this.#running.filter(({ into }) => into === undefined);
    await Promise.all([...running, ...this.#ending].map((one) => this.#end(one)));
  }

  /** Ends the waits of a running `stop`. */
  force(): void {
    this.#force.abort();
  }

  /** Makes the links that are new; when that fails, nothing is changed. The result has those that have to stop. */
  #take(plan: Plan): { diff: PlanDiff; fresh: RunningLink[]; old: RunningLink[] } {
    const diff = diffPlan(this.#plan, plan);
    const goOn = linksThatGoOn(diff, this.#running);
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
    if (limitsOf(plan) !== limitsOf(this.#plan)) this.#starts = startGate(plan, this.#options);
    this.#ranks = new Map(plan.links.map(rankOf));
    this.#running = running;
    this.#plan = plan;
    return { diff, fresh, old };
  }

  async #begin(one: RunningLink, before: readonly RunningLink[]): Promise<void> {
    await Promise.all(before.map((other) => this.#end(other)));
    // The next plan may have come meanwhile, or the end.
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
    // An open link takes the servers over without delay; else the first one does. A link that waits for a lease gains
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

/** One gate for all links: their settings are those of the configuration. */
function startGate({ links }: Plan, { clock = systemClock }: DaemonOptions): StartGate {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? defaults;
  return new StartGate(maxParallelStarts, startSlotMs, clock);
}

/** What a gate is made of, to be compared. */
function limitsOf({ links }: Plan): string {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? defaults;
  return `${maxParallelStarts} ${startSlotMs}`;
}

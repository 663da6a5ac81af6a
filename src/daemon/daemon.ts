import { setMaxListeners } from 'node:events';
import { defaults } from '../config/defaults.js';
import type { Plan } from '../config/plan.js';
import { TokenTable } from '../leases/in-process.js';
import type { Leases } from '../leases/lease.js';
import { LeaseQueue } from '../leases/queue.js';
import { StartGate } from '../process/start-gate.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { LinkStats } from '../protocol/stats.js';
import type { WhyRegrouped } from '../protocol/status.js';
import { Mux } from '../strategies/mux/mux.js';
import { systemClock } from '../time/clock.js';
import { type Link, type LinkOptions, linkOf, type Shared } from './links.js';

/** Options of a daemon: where its Status goes, and what it takes from its surroundings. */
export interface DaemonOptions extends LinkOptions {
  /** Decides which link may dial a token. Default: leases among the links of this daemon only. */
  leases?: Leases;
}

/** Runs the links of a plan: `start`, then `stop`. Events are reported through `onStatus`. */
export class Daemon {
  #links: readonly Link[];
  /** Mux links whose servers may move to another link, by the identity of their endpoint. */
  readonly #groups = new Map<string, Set<Mux>>();
  readonly #force = new AbortController();

  constructor(plan: Plan, options: DaemonOptions) {
    const shared: Shared = {
      tokens: new TokenTable(),
      leases: options.leases ?? new LeaseQueue(),
      plan,
      starts: startGate(plan, options),
      order: 0,
      regroup: (mux, endpoint, why) => this.#regroup(mux, endpoint, why),
    };
    // Each link adds several listeners while it stops. Node's warning about more than ten is meant for leaks.
    setMaxListeners(0, this.#force.signal);
    this.#links = plan.links.map((link) => linkOf(link, shared, options));
    for (const [i, link] of this.#links.entries()) {
      const { endpoint } = plan.links[i]!;
      if (!(link instanceof Mux)) continue;
      const group = this.#groups.get(endpoint.identity) ?? new Set();
      this.#groups.set(endpoint.identity, group.add(link));
    }
  }

  /** The links. Fewer than planned once the endpoint has shown that it allows fewer connections. */
  get links(): readonly Link[] {
    return this.#links;
  }

  /** The current numbers of a link; undefined when the daemon has no link of this name any more. */
  stats(link: string): LinkStats | undefined {
    return this.links.find(({ name }) => name === link)?.stats();
  }

  /** Starts every link and returns at once. */
  start(): void {
    for (const link of this.links) link.start();
  }

  /** Stops every link; idempotent. Takes at most the drain time plus the time that servers need to exit. */
  async stop(): Promise<void> {
    await Promise.all(this.links.map((link) => link.stop(this.#force.signal)));
  }

  #regroup(mux: Mux, endpoint: Endpoint, why: WhyRegrouped): Mux | undefined {
    const group = this.#groups.get(endpoint.identity);
    const others = [...(group ?? [])].filter((other) => other !== mux);
    // An open link takes the servers over without delay; else the first one does. A link that waits for a lease gains
    // nothing from a link that is not open.
    const open = others.find(({ state }) => state === 'open');
    const into = why === 'waiting-for-lease' ? open : (open ?? others[0]);
    if (!into) return undefined;
    group?.delete(mux);
    this.#links = this.#links.filter((link) => link !== mux);
    return into;
  }

  /** Ends the waits of a running `stop`. */
  force(): void {
    this.#force.abort();
  }
}

/** One gate for all links: their settings are those of the configuration. */
function startGate({ links }: Plan, { clock = systemClock }: DaemonOptions): StartGate {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? defaults;
  return new StartGate(maxParallelStarts, startSlotMs, clock);
}

import { setMaxListeners } from 'node:events';
import { seeded } from '../../src/daemon/chaos/fault-plan.js';
import type { Claim, Lease } from '../../src/leases/lease.js';
import type { LeaseStore } from '../../src/leases/lease-store.js';
import { LeaseQueue } from '../../src/leases/queue.js';
import { TimedSlots } from '../../src/leases/timed-slots.js';
import { LeaseModel } from './lease-model.js';

const TTL_MS = 45_000;
/** Time goes on in steps: what happens in one, happens at its end. */
const TICK_MS = 10;

export interface FleetOptions {
  machines: number;
  tokens: number;
  /** How often all machines together look for slots, at most. */
  looksPerSecond: number;
}

/** Many machines that all want the same tokens, on one clock, with queues of links and slots as they are in a process. */
export class LeaseFleet {
  at = 0;
  /** How many steps the store was asked for, by their name. */
  asked = { take: 0, renew: 0, release: 0, offers: 0 };
  readonly #model = new LeaseModel(TTL_MS, () => 2_000_000_000 + this.at);
  readonly #random = seeded(1);
  readonly #options: FleetOptions;
  readonly #due = new Map<number, (() => void)[]>();
  readonly #machines: FleetMachine[] = [];
  /** How long tokens had no owner, in ms; since when they have none. */
  readonly without: number[] = [];
  readonly #free = new Map<string, number>();

  constructor(options: FleetOptions) {
    this.#options = options;
    for (const { key } of this.claims()) this.#free.set(key, 0);
  }

  claims(): Claim[] {
    return Array.from({ length: this.#options.tokens }, (_, i) => ({
      ...{ kind: 'token', key: `${i}`, label: `${i}`, slots: 1 },
    }));
  }

  start(many: number): void {
    for (let i = 0; i < many; i++) {
      const machine: FleetMachine = { isDead: false, held: new Map(), stop: new AbortController() };
      setMaxListeners(0, machine.stop.signal);
      this.#machines.push(machine);
      this.after(2_000 * this.#random(), () => this.#run(machine, this.#machines.length + i));
    }
  }

  /** How many tokens each machine that lives has. */
  held(): number[] {
    return this.#machines.filter(({ isDead }) => !isDead).map(({ held }) => held.size);
  }

  /** SIGKILL of the machine that has the most. Returns how many tokens that were. */
  killOne(): number {
    const [most] = this.#machines.filter(({ isDead }) => !isDead).sort((a, b) => b.held.size - a.held.size);
    most!.isDead = true;
    for (const key of most!.held.keys()) this.#free.set(key, this.at);
    return most!.held.size;
  }

  /** SIGTERM of the first machine, and a new one in its place. */
  restartOne(): void {
    const one = this.#machines.shift()!;
    for (const [key, lease] of one.held) {
      this.#free.set(key, this.at);
      void lease.release();
    }
    one.stop.abort();
    this.after(1_000, () => {
      one.isDead = true;
    });
    this.start(1);
  }

  /** Redis is restarted without its data. */
  empty(): void {
    this.#model.empty();
  }

  after(ms: number, run: () => void): () => void {
    let isCancelled = false;
    const tick = Math.ceil((this.at + Math.max(1, ms)) / TICK_MS);
    const due = this.#due.get(tick) ?? [];
    due.push(() => !isCancelled && run());
    this.#due.set(tick, due);
    return () => {
      isCancelled = true;
    };
  }

  async pass(ms: number): Promise<void> {
    const end = this.at + ms;
    while (this.at < end) {
      this.at += TICK_MS;
      const tick = Math.round(this.at / TICK_MS);
      for (const run of this.#due.get(tick) ?? []) run();
      if (this.#due.delete(tick)) for (let i = 0; i < 12; i++) await null;
    }
  }

  #run(machine: FleetMachine, number: number): void {
    const shared = new TimedSlots({
      ...{ store: this.#store(machine), process: `p${number}-${this.at}`, machine: `m${number}`, pid: 1 },
      clock: {
        now: () => this.at,
        after: (ms, run) => this.after(ms, () => !machine.isDead && run()),
      },
      random: this.#random,
      looksPerSecond: this.#options.looksPerSecond,
      ttlMs: TTL_MS,
    });
    const leases = new LeaseQueue({ shared, now: () => this.at });
    for (const [order, claim] of this.claims().entries()) void this.#hold(machine, leases, claim, order);
  }

  async #hold(machine: FleetMachine, leases: LeaseQueue, claim: Claim, order: number): Promise<void> {
    const lease = await leases.acquire({
      ...{ link: claim.key, claims: [claim], priority: 0, order, signal: machine.stop.signal },
      ...{ onWaiting: () => {}, onWanted: () => {} },
    });
    if (!lease || machine.isDead) return;
    machine.held.set(claim.key, lease);
    const since = this.#free.get(claim.key);
    if (since !== undefined) this.without.push(this.at - since);
    this.#free.delete(claim.key);
    lease.lost.addEventListener('abort', () => {
      machine.held.delete(claim.key);
      this.#free.set(claim.key, this.at);
      void lease.release().then(() => this.#hold(machine, leases, claim, order));
    });
  }

  #store(machine: FleetMachine): LeaseStore {
    const call = <T>(what: keyof LeaseFleet['asked'], act: () => T): Promise<T> =>
      new Promise((resolve) => {
        this.asked[what] += 1;
        const answer = act();
        this.after(TICK_MS, () => !machine.isDead && resolve(answer));
      });
    return {
      shown: 'model',
      take: (claims, holder) => call('take', () => this.#model.take(claims, holder)),
      renew: (claims, holder, fences) => call('renew', () => this.#model.renew(claims, holder, fences)),
      release: (claims, holder, fences) => call('release', () => this.#model.release(claims, holder, fences)),
      offers: (one) => call('offers', () => this.#model.offers(one)),
    };
  }
}

interface FleetMachine {
  isDead: boolean;
  held: Map<string, Lease>;
  stop: AbortController;
}

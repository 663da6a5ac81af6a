import { seeded } from '../../src/daemon/chaos/fault-plan.js';
import type { Claim, Lease } from '../../src/leases/lease.js';
import type { LeaseStore } from '../../src/leases/lease-store.js';
import { STORE } from '../../src/leases/store-defaults.js';
import { TimedSlots } from '../../src/leases/timed-slots.js';
import type { LeaseLoss } from '../../src/protocol/lease-words.js';
import { LeaseModel } from './lease-model.js';

const TTL_MS = 45_000;
/** An answer that has not come by then is an error. */
const ANSWERED_WITHIN_MS = 4_500;
/** How long one schedule goes on. */
const LASTS_MS = 200_000;

/** The store restarts with data of one of these moments. */
const SNAPSHOTS = 8;
const SNAPSHOT_EVERY_MS = 5_000;

/** A test leaves a rule out, to show what it is good for. */
interface Rules {
  fencedAt?: number;
  knowsRun?: boolean;
  knowsJumps?: boolean;
}

interface Event {
  at: number;
  run: () => void;
  /** Of the machine's process: nothing happens there while it is stopped. */
  machine?: Machine | undefined;
}

/** Machines and one store on one clock. Every delay and failure is drawn from the seed. */
export class LeaseWorld {
  at = 0;
  readonly random: () => number;
  readonly model: LeaseModel;
  readonly fencedAt: number;
  readonly claims: readonly (readonly Claim[])[];
  readonly machines: Machine[];
  isStoreDown = false;
  /** How long the store needs at most. */
  slowMs = 20;
  opened = 0;
  lost = 0;
  /** In words, what must not be. */
  readonly overlaps: string[] = [];
  #events: Event[] = [];

  /** How far the clock of the store is off. */
  #storeOffMs = 2_000_000_000;
  readonly #restarts: (() => void)[] = [];
  /** How many kinds of failures there are. After the last three, nothing is given for a while: half the schedules are without. */
  readonly #kinds: number;

  constructor(seed: number, { fencedAt = STORE.fencedAt, ...rules }: Rules) {
    this.random = seeded(seed);
    this.#kinds = seed % 2 === 0 ? 7 : 10;
    this.fencedAt = fencedAt;
    this.model = new LeaseModel(TTL_MS, () => this.at + this.#storeOffMs, {
      knowsRun: true,
      knowsJumps: true,
      ...rules,
    });
    const slots = 1 + Math.floor(2 * this.random());
    this.claims = ['a', 'b'].map((key): Claim[] => [
      { kind: 'token', key, label: key, slots },
      ...(this.random() < 0.3 ? [{ kind: 'account' as const, key: 'z', label: 'z', slots: 2 }] : []),
    ]);
    this.machines = Array.from({ length: 3 }, (_, i) => new Machine(this, i));
  }

  after(ms: number, run: () => void, machine?: Machine): () => void {
    const event: Event = { at: this.at + ms, run, machine };
    this.#events.push(event);
    return () => {
      this.#events = this.#events.filter((other) => other !== event);
    };
  }

  async run(): Promise<void> {
    for (const machine of this.machines) this.after(5_000 * this.random(), () => machine.start());
    this.#failLater();
    this.#keepSnapshots();
    while (this.at < LASTS_MS && this.overlaps.length === 0) {
      let next: Event | undefined;
      for (const event of this.#events) if (!next || event.at < next.at) next = event;
      if (!next) return;
      this.#events.splice(this.#events.indexOf(next), 1);
      this.at = Math.max(this.at, next.at);
      if (next.machine) next.machine.happens(next.run);
      else next.run();
      // All that follows at once has followed.
      for (let i = 0; i < 12; i++) await null;
    }
  }

  /** A socket was opened, or a stopped process with a socket goes on. */
  look(): void {
    for (const claims of [...this.claims, ...this.claims.map((all) => all.slice(1))])
      for (const { key, slots } of claims) {
        const open = this.machines.filter(({ isStopped }) => !isStopped).flatMap((one) => one.openOn(key));
        if (open.length > slots)
          this.overlaps.push(`${this.at}: ${open.join(', ')} on ${key}, which allows ${slots}`);
      }
  }

  #failLater(): void {
    this.after(25_000 * this.random(), () => {
      this.#fail();
      this.#failLater();
    });
  }

  #keepSnapshots(): void {
    this.#restarts.unshift(this.model.snapshot());
    this.#restarts.splice(SNAPSHOTS);
    this.after(SNAPSHOT_EVERY_MS, () => this.#keepSnapshots());
  }

  #fail(): void {
    const one = this.machines[Math.floor(this.machines.length * this.random())]!;
    const forMs = 2 * TTL_MS * this.random();
    const what = Math.floor(this.#kinds * this.random());
    if (what === 0) one.stopFor(forMs);
    if (what === 1) one.kill(forMs / 4);
    if (what === 2) one.cutOffFor(forMs);
    if (what === 3 || what === 4) {
      this.isStoreDown = true;
      const isEmpty = what === 4;
      this.after(forMs / 2, () => {
        if (isEmpty) this.model.empty();
        this.isStoreDown = false;
      });
    }
    if (what === 5) this.slowMs = 8_000 * this.random();
    if (what === 6) this.slowMs = 20;
    if (what === 7) this.#restarts[Math.floor(this.#restarts.length * this.random())]!();
    // Up to three years.
    const jumpMs = 10 ** (3 + 8 * this.random());
    if (what === 8) this.#storeOffMs += jumpMs;
    if (what === 9) this.#storeOffMs -= jumpMs;
  }
}

/** One process with a link for each token. */
class Machine {
  isStopped = false;
  readonly #world: LeaseWorld;
  readonly #index: number;
  /** Its clock runs a little faster or slower. */
  readonly #pace: number;
  #life = 0;
  #isDead = true;
  #isCutOff = false;
  #deferred: (() => void)[] = [];
  /** Sockets, by the name of their link. */
  #open = new Map<string, { lease: Lease; claims: readonly Claim[] }>();

  constructor(world: LeaseWorld, index: number) {
    this.#world = world;
    this.#index = index;
    this.#pace = 0.95 + world.random() / 10;
  }

  start(): void {
    this.#isDead = false;
    const world = this.#world;
    const life = ++this.#life;
    const process = `machine-${this.#index}.${life}`;
    const after = (ms: number, run: () => void) =>
      world.after(ms / this.#pace, () => this.#life === life && run(), this);
    const clock = { now: () => world.at * this.#pace, after };
    const slots = new TimedSlots({
      ...{
        store: this.#store(life),
        process,
        machine: `${this.#index}`,
        pid: 1,
        clock,
        random: world.random,
      },
      ...{ ttlMs: TTL_MS, fencedAt: world.fencedAt },
    });
    for (const [i, claims] of world.claims.entries())
      void this.#link(`${process}/${i}`, claims, slots, after, life);
  }

  openOn(key: string): string[] {
    return [...this.#open].flatMap(([link, { claims }]) =>
      claims.some((one) => one.key === key) ? [link] : [],
    );
  }

  happens(run: () => void): void {
    if (this.isStopped) this.#deferred.push(run);
    else run();
  }

  /** SIGSTOP, then SIGCONT. */
  stopFor(ms: number): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.#world.after(ms, () => {
      this.isStopped = false;
      // Of one that was being closed the endpoint has had the close frame before the process was stopped.
      for (const [link, { lease }] of this.#open) if (lease.lost.aborted) this.#open.delete(link);
      // The first that happens is a message that has come meanwhile.
      for (const { lease } of this.#open.values()) lease.isHeld();
      this.#world.look();
      const deferred = this.#deferred.sort(() => this.#world.random() - 0.5);
      this.#deferred = [];
      for (const run of deferred) run();
    });
  }

  /** SIGKILL; it is started again after `ms`. */
  kill(ms: number): void {
    if (this.isStopped || this.#isDead) return;
    this.#isDead = true;
    this.#life += 1;
    this.#open.clear();
    this.#world.after(ms, () => this.start());
  }

  cutOffFor(ms: number): void {
    this.#isCutOff = true;
    this.#world.after(ms, () => {
      this.#isCutOff = false;
    });
  }

  async #link(
    link: string,
    claims: readonly Claim[],
    slots: TimedSlots,
    after: (ms: number, run: () => void) => unknown,
    life: number,
  ): Promise<void> {
    const world = this.#world;
    const pause = (ms: number) => new Promise<void>((resolve) => void after(ms, resolve));
    for (;;) {
      const lease = await slots.takeAll(claims, link);
      if (this.#life !== life) return;
      if ('refused' in lease || !lease.isHeld()) {
        await pause(3_000 + 3_000 * world.random());
        continue;
      }
      this.#open.set(link, { lease, claims });
      world.opened += 1;
      world.look();
      const closed = new Promise<void>((resolve) => {
        // Now and then another link of the process gets it.
        if (world.random() < 0.3) after(200_000 * world.random(), resolve);
        lease.lost.addEventListener('abort', () => {
          const loss = lease.lost.reason as LeaseLoss;
          world.lost += 1;
          const graceMs = loss.why === 'not-renewed' ? Math.min(1_000, loss.spareMs / 2) : 0;
          if (graceMs > 0) after(graceMs * world.random(), resolve);
          else {
            this.#open.delete(link);
            resolve();
          }
        });
      });
      await closed;
      if (this.#life !== life) return;
      this.#open.delete(link);
      await lease.release();
      await pause(100);
    }
  }

  /** Requests and answers take their time, and may be lost on the way. */
  #store(life: number): LeaseStore {
    const world = this.#world;
    const call = <T>(act: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        let isDone = false;
        const settle = (done: () => void) => {
          if (isDone || this.#life !== life) return;
          isDone = true;
          done();
        };
        world.after(ANSWERED_WITHIN_MS, () => settle(() => reject(new Error('late'))), this);
        // What was sent before the cut arrives all the same.
        if (this.#isCutOff) return;
        world.after(world.slowMs * world.random(), () => {
          if (world.isStoreDown) return;
          const answer = act();
          if (this.#isCutOff) return;
          world.after(world.slowMs * world.random(), () => settle(() => resolve(answer)), this);
        });
      });
    return {
      shown: 'model',
      take: (claims, holder) => call(() => world.model.take(claims, holder)),
      renew: (claims, holder, fences) => call(() => world.model.renew(claims, holder, fences)),
      release: (claims, holder, fences) => call(() => world.model.release(claims, holder, fences)),
      offers: (machine) => call(() => world.model.offers(machine)),
    };
  }
}

/** What came out of schedules 1 to `many`: of which seed there were overlaps, and how many leases were given and lost. */
export async function foundIn(
  many: number,
  rules: Rules = {},
): Promise<{ overlaps: string[]; opened: number; lost: number }> {
  const found = { overlaps: [] as string[], opened: 0, lost: 0 };
  for (let seed = 1; seed <= many; seed++) {
    const world = new LeaseWorld(seed, rules);
    await world.run();
    found.overlaps.push(...world.overlaps.map((text) => `seed ${seed}, ${text}`));
    found.opened += world.opened;
    found.lost += world.lost;
  }
  return found;
}

import type { LeaseHolder, LeaseWaiting } from '../protocol/lease-words.js';
import { nameOf } from './claims.js';
import type { Claim, Lease, LeaseRequest, Leases, Rank, SharedSlots } from './lease.js';
import { WaitingLinks } from './waiting-links.js';

interface Waiter {
  request: LeaseRequest;
  /** Keys of its claims. */
  names: readonly string[];
  grant: (lease: Lease | undefined) => void;
  /** The last argument of `onWaiting`, so that it is not called twice with the same. */
  lastReported: LeaseWaiting | undefined;
  /** The shared slots are being asked for it. */
  isAsking: boolean;
  /** True when the link has its lease, or waits no more. */
  isDone: boolean;
}

interface Holder {
  request: LeaseRequest;
  since: number;
  isWanted: boolean;
}

/** Findings of one pass over the waiting links, by the key of a claim. */
interface QueuePass {
  /**
   * Claims with all slots held by links of this process, none of which can be asked to leave. Holds for links that
   * need only this claim.
   */
  inside: Map<string, LeaseWaiting>;
  /** Number of links of higher rank that have asked a holder to leave. */
  asked: Map<string, number>;
}

/**
 * Leases of one process: links wait in the order of their rank, and a holder of lower rank is asked to release its lease.
 * With `shared`, slots are shared with other processes, too.
 */
// D75, D77, D82, D295
export class LeaseQueue implements Leases {
  readonly #shared: SharedSlots | undefined;
  readonly #now: () => number;
  /** Holders by the key of each claim. */
  readonly #holders = new Map<string, Set<Holder>>();
  /** Claims whose slots are being asked for, or given back: meanwhile nothing else is asked about them. By key. */
  readonly #busy = new Map<string, { isStale: boolean }>();
  /** Claims with all slots held by other processes, as was answered last. By key. */
  readonly #refused = new Map<string, LeaseWaiting>();
  readonly #waiters = new WaitingLinks<Waiter>();
  /** Those that wait for another process. */
  readonly #outside = new Set<Waiter>();
  #stopWatching: (() => void) | undefined;
  #isServing = false;
  /** True when a lease was released during `#serve`. */
  #isChanged = false;

  /** @param now Milliseconds since 1970. */
  constructor({ shared, now = Date.now }: { shared?: SharedSlots; now?: () => number } = {}) {
    this.#shared = shared;
    this.#now = now;
  }

  acquire(request: LeaseRequest): Promise<Lease | undefined> {
    const { signal } = request;
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        ...{
          request,
          names: request.claims.map(nameOf),
          lastReported: undefined,
          isAsking: false,
          isDone: false,
        },
        grant: () => {},
      };
      const leave = () => {
        waiter.isDone = true;
        this.#waiters.delete(waiter);
        this.#outside.delete(waiter);
        resolve(undefined);
        this.#watch();
      };
      waiter.grant = (lease) => {
        signal.removeEventListener('abort', leave);
        resolve(lease);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.add(waiter);
      this.#serve(new Set(waiter.names));
    });
  }

  ranksChanged(): void {
    this.#serve();
  }

  /** Whether a link of this process has a lease now. */
  get isHolding(): boolean {
    return this.#holders.size > 0;
  }

  heldElsewhere(claim: Claim): readonly LeaseHolder[] {
    return this.#shared?.heldElsewhere(claim) ?? [];
  }

  get asksFirst(): boolean {
    return this.#shared?.asksFirst === true;
  }

  /** Gives free leases to the waiting links of the highest rank; with `names` only to links that want one of these claims. */
  #serve(names?: ReadonlySet<string>): void {
    for (const name of names ?? this.#refused.keys()) this.#refused.delete(name);
    // The answer that is on its way may be older than what has changed.
    for (const name of names ?? this.#busy.keys()) {
      const ask = this.#busy.get(name);
      if (ask) ask.isStale = true;
    }
    this.#serveAgain(names);
  }

  /** As `#serve`, without asking again for what was refused. */
  #serveAgain(names?: ReadonlySet<string>): void {
    this.#isChanged = true;
    if (this.#isServing) return;
    this.#isServing = true;
    // A holder that was asked to leave may have released its lease at once; then the pass starts again with the highest
    // rank.
    try {
      for (let wanted = names; this.#isChanged; wanted = undefined) {
        this.#isChanged = false;
        this.#servePass(wanted);
      }
    } finally {
      this.#isServing = false;
    }
    this.#watch();
  }

  #servePass(names: ReadonlySet<string> | undefined): void {
    const pass: QueuePass = { inside: new Map(), asked: new Map() };
    const concerned = this.#waiters.of(names).sort((a, b) => compare(a.request, b.request));
    for (const waiter of concerned) {
      if (waiter.isDone || waiter.isAsking) continue;
      const inside = this.#blockedBy(waiter, pass);
      if (this.#isChanged) return;
      if (inside) {
        this.#outside.delete(waiter);
        reportWaiting(waiter, inside);
        continue;
      }
      if (!this.#shared) {
        this.#grant(waiter, undefined);
        continue;
      }
      if (waiter.names.some((name) => this.#busy.has(name))) continue;
      const refused = waiter.names.map((name) => this.#refused.get(name)).find((waiting) => waiting);
      if (!refused) {
        void this.#ask(waiter, this.#shared);
        continue;
      }
      this.#outside.add(waiter);
      reportWaiting(waiter, refused);
    }
  }

  /**
   * The links of this process that hold the slots. Holders of the lowest rank are asked to leave, if that is enough
   * for the waiter.
   */
  #blockedBy({ request, names }: Waiter, { inside, asked }: QueuePass): LeaseWaiting | undefined {
    const known = names.length === 1 ? inside.get(names[0]!) : undefined;
    if (known) return known;
    const full = request.claims.flatMap((claim) => {
      const holders = [...(this.#holders.get(nameOf(claim)) ?? [])];
      const needed = holders.length - claim.slots + 1;
      if (needed < 1) return [];
      holders.sort((a, b) => compare(b.request, a.request));
      const below = holders.filter((holder) => compare(request, holder.request) < 0);
      return [{ claim, needed, below, lowest: holders[0]! }];
    });
    const [first] = full;
    if (!first) return undefined;
    if (full.every(({ needed, below }) => below.length >= needed)) {
      for (const { claim, needed, below } of full) {
        // Each link that waits before this one needs a slot as well.
        const ahead = asked.get(nameOf(claim)) ?? 0;
        asked.set(nameOf(claim), ahead + 1);
        for (const victim of below.slice(0, ahead + needed)) {
          if (victim.isWanted) continue;
          victim.isWanted = true;
          victim.request.onWanted();
        }
      }
    }
    const { claim, lowest, below } = first;
    const holder = { pid: process.pid, link: lowest.request.link, since: lowest.since };
    const waiting = { ...formatClaim(claim), holder, isOwn: true };
    if (below.every(({ isWanted }) => isWanted)) inside.set(nameOf(claim), waiting);
    return waiting;
  }

  /** Asks the shared slots for one link. Other links go on meanwhile, but for those that want one of its claims. */
  async #ask(waiter: Waiter, shared: SharedSlots): Promise<void> {
    const { names, request } = waiter;
    waiter.isAsking = true;
    await this.#whileBusy(names, async (ask) => {
      const answer = await shared.takeAll(request.claims, request.link);
      waiter.isAsking = false;
      if (!('refused' in answer)) {
        // The link has left meanwhile.
        if (waiter.isDone) await answer.release();
        else this.#grant(waiter, answer);
        return;
      }
      const { refused, ...why } = answer;
      const waiting = { ...formatClaim(refused), ...why, isOwn: false };
      if (!ask.isStale) this.#refused.set(nameOf(refused), waiting);
      if (waiter.isDone) return;
      this.#outside.add(waiter);
      reportWaiting(waiter, waiting);
    });
    this.#serveAgain(new Set(names));
  }

  async #whileBusy(
    names: readonly string[],
    act: (ask: { isStale: boolean }) => Promise<void>,
  ): Promise<void> {
    const ask = { isStale: false };
    for (const name of names) this.#busy.set(name, ask);
    await act(ask);
    for (const name of names) if (this.#busy.get(name) === ask) this.#busy.delete(name);
  }

  #grant(waiter: Waiter, held: Lease | undefined): void {
    waiter.isDone = true;
    this.#waiters.delete(waiter);
    this.#outside.delete(waiter);
    waiter.grant(this.#leaseOf(waiter.request, held));
  }

  #leaseOf(request: LeaseRequest, held: Lease | undefined): Lease {
    const holder: Holder = { request, since: this.#now(), isWanted: false };
    const names = request.claims.map(nameOf);
    for (const name of names) this.#holders.set(name, (this.#holders.get(name) ?? new Set()).add(holder));
    const lost = held?.lost ?? new AbortController().signal;
    // It is not asked to leave as well.
    lost.addEventListener('abort', () => (holder.isWanted = true), { once: true });
    let released: Promise<void> | undefined;
    return {
      lost,
      isHeld: () => !released && (held?.isHeld() ?? true),
      release: () => {
        if (released) return released;
        for (const name of names) {
          const holders = this.#holders.get(name);
          holders?.delete(holder);
          if (holders?.size === 0) this.#holders.delete(name);
        }
        released = held ? this.#whileBusy(names, () => held.release()) : Promise.resolve();
        if (held) released = released.then(() => this.#serve(new Set(names)));
        else this.#serve(new Set(names));
        return released;
      },
    };
  }

  /** Watches other processes only while a link waits for them. */
  #watch(): void {
    if (this.#outside.size > 0) this.#stopWatching ??= this.#shared?.watch((names) => this.#serve(names));
    else {
      this.#stopWatching?.();
      this.#stopWatching = undefined;
    }
  }
}

function compare(a: Rank, b: Rank): number {
  return b.priority - a.priority || a.order - b.order;
}

function formatClaim({ kind, label, slots }: Claim): Pick<LeaseWaiting, 'of' | 'label' | 'slots'> {
  return { of: kind, label, slots };
}

function reportWaiting(waiter: Waiter, waiting: LeaseWaiting): void {
  if (isSame(waiter.lastReported, waiting)) return;
  waiter.lastReported = waiting;
  waiter.request.onWaiting(waiting);
}

function isSame(a: LeaseWaiting | undefined, b: LeaseWaiting): boolean {
  if (a?.of !== b.of || a.label !== b.label || a.slots !== b.slots || a.isOwn !== b.isOwn) return false;
  if (a.obstacle?.why !== b.obstacle?.why || a.store !== b.store) return false;
  const [one, other] = [a.holder, b.holder];
  return (
    one?.pid === other?.pid &&
    one?.link === other?.link &&
    one?.since === other?.since &&
    one?.machine === other?.machine
  );
}

import type { LeaseHolder, LeaseWaiting } from '../protocol/status.js';
import type { Claim, Lease, LeaseRequest, Leases, Rank, SharedSlots } from './lease.js';

interface Waiter {
  request: LeaseRequest;
  grant: (lease: Lease | undefined) => void;
  /** What it was last told, so that it hears it once. */
  told: string | undefined;
  /** Waits for another process. */
  isOutside: boolean;
}

interface Holder {
  request: LeaseRequest;
  since: number;
  isWanted: boolean;
}

/**
 * Leases of one process: links wait in the order of their rank, and one that ranks below them is asked to make room.
 * With `shared`, each slot is one among those of several processes, too.
 */
export class LeaseQueue implements Leases {
  readonly #shared: SharedSlots | undefined;
  readonly #now: () => number;
  readonly #holders = new Set<Holder>();
  #waiters: Waiter[] = [];
  #stopWatching: (() => void) | undefined;

  /** @param now Milliseconds since 1970. */
  constructor({ shared, now = Date.now }: { shared?: SharedSlots; now?: () => number } = {}) {
    this.#shared = shared;
    this.#now = now;
  }

  acquire(request: LeaseRequest): Promise<Lease | undefined> {
    const { signal } = request;
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiter: Waiter = { request, told: undefined, isOutside: false, grant: () => {} };
      const leave = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(undefined);
        this.#watch();
      };
      waiter.grant = (lease) => {
        signal.removeEventListener('abort', leave);
        resolve(lease);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
      this.#waiters.sort((a, b) => compare(a.request, b.request));
      this.#serve();
    });
  }

  strangers(claim: Claim): readonly LeaseHolder[] {
    return this.#shared?.strangers(claim) ?? [];
  }

  /** Gives out what can be given out, to those who rank highest. */
  #serve(): void {
    for (const waiter of [...this.#waiters]) {
      // Whoever was asked to leave may have done so at once, and others were served meanwhile.
      if (!this.#waiters.includes(waiter)) continue;
      const { request } = waiter;
      const waiting = this.#obstacle(request);
      waiter.isOutside = false;
      if (waiting) {
        tell(waiter, waiting);
        continue;
      }
      const taken = this.#take(request);
      if ('waiting' in taken) {
        waiter.isOutside = true;
        tell(waiter, taken.waiting);
        continue;
      }
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      waiter.grant(this.#leaseOf(request, taken.giveBack));
    }
    this.#watch();
  }

  /** What links of this process stand in the way; the lowest ones below it are asked to leave. */
  #obstacle(request: LeaseRequest): LeaseWaiting | undefined {
    let waiting: LeaseWaiting | undefined;
    for (const claim of request.claims) {
      const holders = [...this.#holders].filter((holder) => holds(holder.request, claim));
      const free = claim.slots - holders.length;
      if (free > 0) continue;
      holders.sort((a, b) => compare(b.request, a.request));
      const lowest = holders[0];
      if (!lowest) continue;
      waiting ??= {
        ...sayClaim(claim),
        holder: { pid: process.pid, link: lowest.request.link, since: lowest.since },
        isOwn: true,
      };
      // Each of those who wait before this one needs somebody's place as well.
      const ahead = this.#waiters.filter(
        (other) => holds(other.request, claim) && compare(other.request, request) < 0,
      ).length;
      for (const victim of holders.slice(0, ahead + 1 - free)) {
        if (victim.isWanted || compare(request, victim.request) >= 0) continue;
        victim.isWanted = true;
        victim.request.onWanted();
      }
    }
    return waiting;
  }

  #take(request: LeaseRequest): { giveBack: () => void } | { waiting: LeaseWaiting } {
    const taken: (() => void)[] = [];
    for (const claim of this.#shared ? request.claims : []) {
      const slot = this.#shared!.take(claim, request.link);
      if ('taken' in slot) {
        taken.push(slot.taken);
        continue;
      }
      for (const giveBack of taken) giveBack();
      return { waiting: { ...sayClaim(claim), holder: slot.holder, isOwn: false } };
    }
    return {
      giveBack: () => {
        for (const giveBack of taken) giveBack();
      },
    };
  }

  #leaseOf(request: LeaseRequest, giveBack: () => void): Lease {
    const holder: Holder = { request, since: this.#now(), isWanted: false };
    this.#holders.add(holder);
    return {
      release: () => {
        if (!this.#holders.delete(holder)) return;
        giveBack();
        this.#serve();
      },
    };
  }

  /** Looks at other processes only while somebody waits for them. */
  #watch(): void {
    const isNeeded = this.#waiters.some(({ isOutside }) => isOutside);
    if (isNeeded) this.#stopWatching ??= this.#shared?.watch(() => this.#serve());
    else {
      this.#stopWatching?.();
      this.#stopWatching = undefined;
    }
  }
}

function compare(a: Rank, b: Rank): number {
  return b.priority - a.priority || a.order - b.order;
}

function holds({ claims }: LeaseRequest, { kind, key }: Claim): boolean {
  return claims.some((claim) => claim.kind === kind && claim.key === key);
}

function sayClaim({ kind, label, slots }: Claim): Pick<LeaseWaiting, 'of' | 'label' | 'slots'> {
  return { of: kind, label, slots };
}

function tell(waiter: Waiter, waiting: LeaseWaiting): void {
  const said = JSON.stringify([waiting.of, waiting.label, waiting.holder, waiting.isOwn]);
  if (said === waiter.told) return;
  waiter.told = said;
  waiter.request.onWaiting(waiting);
}

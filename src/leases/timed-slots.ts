import type { LeaseHolder, LeaseLoss, LeaseObstacle } from '../protocol/lease-words.js';
import type { Clock } from '../time/clock.js';
import { nameOf } from './claims.js';
import type { Claim, Lease, RefusedSlots, SharedSlots } from './lease.js';
import type { LeaseStore, StoredHolder } from './lease-store.js';
import { LookPace } from './look-pace.js';
import { STORE } from './store-defaults.js';

export interface TimedSlotsOptions {
  store: LeaseStore;
  /** Unique among all processes of all machines. */
  process: string;
  machine: string;
  pid: number;
  /** `now` has to be a clock that never jumps. */
  clock: Pick<Clock, 'now' | 'after'>;
  /** A number in [0, 1). */
  random: () => number;
  ttlMs?: number;
  /** See `STORE`. Only a test has another: one that shows what it is good for. */
  fencedAt?: number;
  /** See `LookPaceOptions`. */
  looksPerSecond?: number;
  /** Called when the store does not answer any more, with the reason, and with undefined when it answers again. */
  onStore?: (failure: string | undefined) => void;
}

/** A lease that is renewed until it is released or lost. */
interface Renewed {
  lost: AbortController;
  /** When its time to live began, by the own clock: before it was asked for. */
  since: number;
  stop: () => void;
}

/**
 * Slots that several machines share by way of a store, which gives them for a time. A holder ends by itself before that time
 * is over: it counts from before it asked, by its own clock, and to a part of the time only. So it needs to know neither the
 * store's clock nor how long the answer was on its way.
 */
// D296
export class TimedSlots implements SharedSlots {
  readonly asksFirst = true;
  readonly #options: Required<Omit<TimedSlotsOptions, 'onStore'>>;
  readonly #onStore: (failure: string | undefined) => void;
  /** The holder that was named last, by the claim's key. */
  readonly #known = new Map<string, LeaseHolder>();
  readonly #pace: LookPace;
  /** Whether the last look had no answer. */
  #hadFailed = false;
  /** Why the store does not answer. */
  #failure: string | undefined;

  constructor({
    onStore = () => {},
    ttlMs = STORE.ttlMs,
    fencedAt = STORE.fencedAt,
    looksPerSecond = STORE.looksPerSecond,
    ...rest
  }: TimedSlotsOptions) {
    this.#options = { ...rest, ttlMs, fencedAt, looksPerSecond };
    this.#onStore = onStore;
    this.#pace = new LookPace(this.#options);
  }

  async takeAll(claims: readonly Claim[], link: string): Promise<Lease | RefusedSlots> {
    if (claims.length === 0) return always();
    const { store, clock, process, machine, pid, ttlMs, fencedAt } = this.#options;
    const names = claims.map(nameOf);
    const waitMs = this.#pace.waitMs(names);
    if (waitMs > ttlMs / STORE.looks) return this.#unasked(claims);
    if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
    this.#pace.asks(names);
    const holder: StoredHolder = { id: `${process} ${link}`, process, machine, pid, link, since: Date.now() };
    const since = clock.now();
    try {
      const taking = await store.take(claims, holder);
      this.#answered(undefined);
      if (taking.is === 'later') this.#pace.later(names, taking.forMs);
      if (taking.is !== 'taken') return this.#refusal(claims, taking);
      for (const { key } of claims) this.#known.delete(key);
      this.#pace.ends(names);
      // The answer took longer than the lease is good for.
      if (clock.now() >= since + fencedAt * ttlMs) {
        await this.#release(claims, holder, taking.fences);
        return this.#withoutStore(claims, TOO_SLOW);
      }
      return this.#leaseOf(claims, holder, taking.fences, since);
    } catch (error) {
      this.#answered(reasonOf(error));
      return this.#withoutStore(claims, reasonOf(error));
    }
  }

  heldElsewhere({ key }: Claim): readonly LeaseHolder[] {
    const holder = this.#known.get(key);
    return holder ? [holder] : [];
  }

  watch(wake: (names?: ReadonlySet<string>) => void): () => void {
    const { clock, ttlMs, random } = this.#options;
    let cancel = () => {};
    let isStopped = false;
    const later = () => {
      // Machines that have begun to wait at the same moment do not all ask at the same moments.
      cancel = clock.after((ttlMs / STORE.looks) * (0.75 + random() / 2), () => void look());
    };
    const look = async () => {
      const hasFailed = await this.#look();
      if (isStopped) return;
      later();
      // All links are to say that there is no store, and that there is one again.
      if (hasFailed !== this.#hadFailed) wake();
      else wake(this.#pace.due(ttlMs / STORE.looks));
      this.#hadFailed = hasFailed;
    };
    later();
    return () => {
      isStopped = true;
      cancel();
    };
  }

  /** Learns what is free and how many machines there are. Returns whether the store has not answered. */
  async #look(): Promise<boolean> {
    const { store, process } = this.#options;
    try {
      const { machines, claims } = await store.offers({ process });
      this.#answered(undefined);
      this.#pace.machines = machines;
      this.#pace.hurry(new Set(claims));
      return false;
    } catch (error) {
      this.#answered(reasonOf(error));
      return true;
    }
  }

  /** It is not this link's turn to ask. */
  #unasked(claims: readonly Claim[]): RefusedSlots {
    if (this.#failure !== undefined) return this.#withoutStore(claims, this.#failure);
    const refused = claims.find(({ key }) => this.#known.has(key)) ?? claims[0]!;
    return this.#taken(refused, this.#known.get(refused.key));
  }

  #refusal(claims: readonly Claim[], taking: Refused): RefusedSlots {
    const refused = claims[taking.claim]!;
    if (taking.is === 'full') {
      if (taking.holder) this.#known.set(refused.key, taking.holder);
      return this.#taken(refused, taking.holder);
    }
    this.#known.delete(refused.key);
    if (!taking.isEmpty) return this.#taken(refused, undefined);
    const until = Date.now() + taking.forMs;
    return {
      refused,
      holder: undefined,
      obstacle: { why: 'store-empty', store: this.#options.store.shown, until },
    };
  }

  /** Another machine has it, or comes first: which one is not known yet, without a holder. */
  #taken(refused: Claim, holder: LeaseHolder | undefined): RefusedSlots {
    return { refused, holder, ...(holder ? {} : { store: this.#options.store.shown }) };
  }

  #withoutStore(claims: readonly Claim[], reason: string): RefusedSlots {
    const obstacle: LeaseObstacle = { why: 'store-down', store: this.#options.store.shown, reason };
    return { refused: claims[0]!, holder: undefined, obstacle };
  }

  #answered(failure: string | undefined): void {
    const isNews = (this.#failure === undefined) !== (failure === undefined);
    this.#failure = failure;
    if (isNews) this.#onStore(failure);
  }

  #leaseOf(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[], since: number): Lease {
    const held: Renewed = { lost: new AbortController(), since, stop: () => {} };
    this.#renewLater(held, () => this.#options.store.renew(claims, holder, fences));
    let released: Promise<void> | undefined;
    return {
      lost: held.lost.signal,
      isHeld: () => !released && this.#isHeld(held),
      release: () => {
        held.stop();
        // Another link of this process may be waiting.
        this.#pace.hurry(new Set(claims.map(nameOf)));
        released ??= this.#release(claims, holder, fences);
        return released;
      },
    };
  }

  async #release(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): Promise<void> {
    // Without an answer, the slots are free when their time is over.
    await this.#options.store.release(claims, holder, fences).catch(() => {});
  }

  /** Loses the lease when its time is over. */
  #isHeld(held: Renewed): boolean {
    if (held.lost.signal.aborted) return false;
    const { clock, ttlMs, fencedAt } = this.#options;
    const forMs = clock.now() - held.since;
    if (forMs < fencedAt * ttlMs) return true;
    // Not to the end: a clock that is slow by a twentieth would be too late.
    const spareMs = Math.max(0, Math.round(STORE.goneAt * ttlMs - forMs));
    lose(held, { why: 'not-renewed', forMs: Math.round(forMs), spareMs });
    return false;
  }

  #renewLater(held: Renewed, renew: () => Promise<boolean>): void {
    const { clock, ttlMs, fencedAt, random } = this.#options;
    let isStopped = false;
    let cancelRenewal = () => {};
    let cancelEnd = () => {};
    const endLater = () => {
      cancelEnd();
      if (Number.isFinite(fencedAt))
        cancelEnd = clock.after(
          Math.max(1, held.since + fencedAt * ttlMs - clock.now()),
          () => this.#isHeld(held) && endLater(),
        );
    };
    const next = (afterMs: number) => {
      cancelRenewal = clock.after(afterMs * (0.9 + random() / 10), () => void again());
    };
    const again = async () => {
      if (isStopped || !this.#isHeld(held)) return;
      const startedAt = clock.now();
      let isRenewed: boolean | undefined;
      try {
        isRenewed = await renew();
        this.#answered(undefined);
      } catch (error) {
        this.#answered(reasonOf(error));
      }
      if (isStopped || !this.#isHeld(held)) return;
      if (isRenewed === false) return lose(held, { why: 'taken', newHolder: undefined });
      if (isRenewed) {
        held.since = startedAt;
        endLater();
      }
      next(ttlMs / (isRenewed ? STORE.renewals : STORE.retries));
    };
    held.stop = () => {
      isStopped = true;
      cancelRenewal();
      cancelEnd();
    };
    endLater();
    next(ttlMs / STORE.renewals);
  }
}

type Refused = Exclude<Awaited<ReturnType<LeaseStore['take']>>, { is: 'taken' }>;

const TOO_SLOW = 'it answers too late';

/** A lease of nothing. Its signal is its own: who holds it listens for as long as the signal lives. */
const always = (): Lease => ({
  lost: new AbortController().signal,
  isHeld: () => true,
  release: async () => {},
});

function lose(held: Renewed, loss: LeaseLoss): void {
  held.stop();
  held.lost.abort(loss);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

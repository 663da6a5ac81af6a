import type { LeaseHolder } from '../protocol/lease-words.js';
import { nameOf } from './claims.js';
import type { Claim, Lease, RefusedSlots, SharedSlots } from './lease.js';

/**
 * A slot of a store between machines, and with it one of this machine: a copy here that knows no store has lock files alone.
 * The store is asked only where this machine has a free slot, and so are its own copies told sooner than the store could.
 */
// D323
export class LocalFirstSlots implements SharedSlots {
  readonly asksFirst = true;
  readonly #here: SharedSlots;
  readonly #store: SharedSlots;
  /** What the store has answered since it was to be asked last: this machine's slots change more often. By claim. */
  readonly #refused = new Map<string, RefusedSlots>();

  constructor({ here, store }: { here: SharedSlots; store: SharedSlots }) {
    this.#here = here;
    this.#store = store;
  }

  async takeAll(claims: readonly Claim[], link: string): Promise<Lease | RefusedSlots> {
    for (const claim of claims) {
      const [holder, ...others] = this.#here.heldElsewhere(claim);
      if (holder && others.length + 1 >= claim.slots) return { refused: claim, holder };
    }
    for (const claim of claims) {
      const known = this.#refused.get(nameOf(claim));
      if (known) return known;
    }
    const stored = await this.#store.takeAll(claims, link);
    if ('refused' in stored) {
      this.#refused.set(nameOf(stored.refused), stored);
      return stored;
    }
    const own = await this.#here.takeAll(claims, link);
    if ('refused' in own) {
      await stored.release();
      return own;
    }
    return this.#both(claims, stored, own);
  }

  heldElsewhere(claim: Claim): readonly LeaseHolder[] {
    const here = this.#here.heldElsewhere(claim);
    return here.length > 0 ? here : this.#store.heldElsewhere(claim);
  }

  watch(wake: (names?: ReadonlySet<string>) => void): () => void {
    const ofHere = this.#here.watch(wake);
    const ofStore = this.#store.watch((names) => {
      for (const name of names ?? this.#refused.keys()) this.#refused.delete(name);
      wake(names);
    });
    return () => {
      ofHere();
      ofStore();
      // Without a watch nothing would say when it is old.
      this.#refused.clear();
    };
  }

  #both(claims: readonly Claim[], stored: Lease, own: Lease): Lease {
    const lost = new AbortController();
    for (const { lost: one } of [stored, own]) {
      const lose = () => lost.abort(one.reason);
      if (one.aborted) lose();
      else one.addEventListener('abort', lose, { once: true });
    }
    let released: Promise<void> | undefined;
    return {
      lost: lost.signal,
      isHeld: () => !released && own.isHeld() && stored.isHeld(),
      release: () => {
        released ??= stored.release().then(async () => {
          await own.release();
          for (const claim of claims) this.#refused.delete(nameOf(claim));
        });
        return released;
      },
    };
  }
}

import type { Claim, Lease, RefusedSlots, SharedSlots } from '../../src/leases/lease.js';
import type { Endpoint } from '../../src/protocol/endpoint.js';
import type { LeaseLoss } from '../../src/protocol/lease-words.js';

const ENDLESS: Lease = {
  lost: new AbortController().signal,
  isHeld: () => true,
  release: async () => {},
};

/** Slots of other machines, which a test takes away. */
export class LosableSlots implements SharedSlots {
  readonly asksFirst = true;
  /** Why nothing is given; undefined: one lease is. */
  refusal: Omit<RefusedSlots, 'refused'> | undefined;
  /** Since when the only lease is over, though nobody has been told yet: the process was stopped. */
  isOver = false;
  readonly given: AbortController[] = [];
  released = 0;
  readonly #token: string;
  #wake = () => {};

  /** @param token `identity` of the endpoint whose lease it is; others may have theirs. */
  constructor({ identity }: Pick<Endpoint, 'identity'>) {
    this.#token = identity;
  }

  async takeAll(claims: readonly Claim[]): Promise<Lease | RefusedSlots> {
    if (claims[0]?.key !== this.#token) return ENDLESS;
    if (this.refusal) return { refused: claims[0]!, ...this.refusal };
    this.isOver = false;
    const lost = new AbortController();
    this.given.push(lost);
    return {
      lost: lost.signal,
      isHeld: () => {
        if (this.isOver) lost.abort({ why: 'taken', newHolder: undefined } satisfies LeaseLoss);
        return !lost.signal.aborted;
      },
      release: async () => {
        this.released += 1;
      },
    };
  }

  heldElsewhere(): [] {
    return [];
  }

  watch(wake: () => void): () => void {
    this.#wake = wake;
    return () => {
      this.#wake = () => {};
    };
  }

  lose(loss: LeaseLoss): void {
    this.given.at(-1)!.abort(loss);
  }

  free(): void {
    this.refusal = undefined;
    this.#wake();
  }
}

/** How many calls run at a time, and how many wait for that. */
export interface PlacesOptions {
  concurrent: number;
  queue: number;
}

/** A call that waits. */
interface Waiter {
  enter: () => void;
}

/**
 * Places for calls that run at a time, and a bounded queue for them. Those of one client go in the order in which they came;
 * between clients the places go round, so that a client with many waiting calls delays the others by one call each.
 */
// D254
export class Places {
  options: PlacesOptions;
  #running = 0;
  #waiting = 0;
  /** Calls that wait, by their client; the client whose turn it is comes first. */
  readonly #queues = new Map<string, Set<Waiter>>();

  constructor(options: PlacesOptions) {
    this.options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Takes a place for a call of the client: `leave` gives it back.
   *
   * @returns `entered`: the call may run; `full`: it may not; else a promise of `entered`, or of `left` when `signal` has aborted
   */
  enter(client: string, signal: () => AbortSignal): 'entered' | 'full' | Promise<'entered' | 'left'> {
    const { concurrent } = this.options;
    if (this.#running < concurrent && this.#waiting === 0) {
      this.#running += 1;
      return 'entered';
    }
    if (this.#waiting >= this.options.queue && !this.#hasLess(client)) return 'full';
    return this.#wait(client, signal());
  }

  /** A call that had entered is over. */
  leave(): void {
    this.#running -= 1;
    this.admit();
  }

  /** Lets in those for whom there is room; call it when the options have changed. */
  admit(): void {
    while (this.#running < this.options.concurrent) {
      const [first] = this.#queues;
      if (first === undefined) return;
      const [client, queue] = first;
      const [waiter] = queue;
      queue.delete(waiter!);
      // To the end of the round.
      this.#queues.delete(client);
      if (queue.size > 0) this.#queues.set(client, queue);
      this.#waiting -= 1;
      this.#running += 1;
      waiter!.enter();
    }
  }

  /** Whether the queue, which is full, has more calls of others than their share: then one more client may wait, once. */
  #hasLess(client: string): boolean {
    const { queue } = this.options;
    return queue > 0 && !this.#queues.has(client) && this.#waiting < 2 * queue;
  }

  #wait(client: string, signal: AbortSignal): Promise<'entered' | 'left'> {
    let queue = this.#queues.get(client);
    if (queue === undefined) {
      queue = new Set();
      this.#queues.set(client, queue);
    }
    const waiters = queue;
    this.#waiting += 1;
    return new Promise((resolve) => {
      const left = () => {
        waiters.delete(waiter);
        if (waiters.size === 0 && this.#queues.get(client) === waiters) this.#queues.delete(client);
        this.#waiting -= 1;
        resolve('left');
      };
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', left);
          resolve('entered');
        },
      };
      waiters.add(waiter);
      if (signal.aborted) left();
      else signal.addEventListener('abort', left, { once: true });
    });
  }
}

import { KEYS } from '../../config/key-defaults.js';

/** There is no room: what was to be computed, was not. */
export const NO_ROOM = Symbol('no room');

export interface HashOptions {
  /** Whom it is computed for: of IPv6, a network (`networkOf`). */
  address: string;
  /** The most that may wait for this address. */
  most: number;
}

/**
 * Computes a few hashes at a time, however many are asked for: files and names of hosts need the same threads. Addresses take
 * turns, so that one which sends a thousand wrong keys delays the first right one from elsewhere by one hash.
 */
export class HashQueue {
  /** What waits, by address; the one whose turn comes next is first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #count = 0;
  #running = 0;

  /** Waits for its turn, and computes. `NO_ROOM`: too many wait. */
  run<Result>(
    { address, most }: HashOptions,
    compute: () => Promise<Result>,
  ): Promise<Result | typeof NO_ROOM> {
    const own = this.#waiting.get(address) ?? [];
    if (this.#count >= KEYS.waiting || own.length >= most) return Promise.resolve(NO_ROOM);
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#running -= 1;
        this.#next();
      };
      own.push(() => void compute().then(resolve, reject).finally(done));
      this.#waiting.set(address, own);
      this.#count += 1;
      this.#next();
    });
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first || this.#running >= KEYS.atATime) return;
    const [address, [begin, ...rest]] = first;
    this.#waiting.delete(address);
    if (rest.length > 0) this.#waiting.set(address, rest);
    this.#count -= 1;
    this.#running += 1;
    begin!();
  }
}

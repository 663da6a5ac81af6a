import { POINTS, pointOf } from './call-history.js';

/** Memory of a process tree over the last 30 minutes. `at` is time of a timeline, in milliseconds, and never goes back. */
export class MemoryHistory {
  /** Bytes by number of the interval, modulo `POINTS`; 0: not measured. */
  readonly #bytes = new Float64Array(POINTS);
  #point: number;

  constructor(at: number) {
    this.#point = pointOf(at);
  }

  add(at: number, bytes: number): void {
    this.#advance(pointOf(at));
    this.#bytes[this.#point % POINTS] = bytes;
  }

  /** From the interval `first` to now. */
  points(at: number, first: number): (number | null)[] {
    this.#advance(pointOf(at));
    return Array.from(
      { length: this.#point - first + 1 },
      (_, i) => this.#bytes[(first + i) % POINTS] || null,
    );
  }

  #advance(point: number): void {
    const first = Math.max(this.#point + 1, point - POINTS + 1);
    for (let next = first; next <= point; next++) this.#bytes[next % POINTS] = 0;
    this.#point = Math.max(this.#point, point);
  }
}

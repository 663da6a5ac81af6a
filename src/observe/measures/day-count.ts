import { SEGMENTS, segmentOf } from './band.js';

/** How often something happened in the last 24 hours, to five minutes. `at` is time of a timeline, and never goes back. */
export class DayCount {
  readonly #counts = new Uint16Array(SEGMENTS);
  #segment: number;

  constructor(at: number) {
    this.#segment = segmentOf(at);
  }

  add(at: number): void {
    this.#advance(segmentOf(at));
    this.#counts[this.#segment % SEGMENTS]! += 1;
  }

  read(at: number): number {
    this.#advance(segmentOf(at));
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #advance(segment: number): void {
    const first = Math.max(this.#segment + 1, segment - SEGMENTS + 1);
    for (let next = first; next <= segment; next++) this.#counts[next % SEGMENTS] = 0;
    this.#segment = Math.max(this.#segment, segment);
  }
}

import type { Clock } from '../../time/clock.js';

export interface TimelineOptions {
  clock: Pick<Clock, 'now'>;
  /** Milliseconds since 1970. */
  wallNow: () => number;
  /** Time has passed without this program, from and to in milliseconds of the timeline: the machine slept. */
  onGap?: (from: number, to: number) => void;
}

/** How often the wall clock is compared, in milliseconds: reading it costs time at every call. */
const COMPARE_EVERY_MS = 1_000;
/** The clocks may differ by this much, in milliseconds, before it counts as sleep or as a clock that was set. */
const TOLERATED_MS = 2_000;

/**
 * Time that only goes forward, in milliseconds since it was made. The program's own clock stands still while the machine
 * sleeps, so such time is added when the wall clock is ahead; a wall clock that is set back changes nothing.
 */
export class Timeline {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #wallNow: () => number;
  readonly #onGap: (from: number, to: number) => void;
  /** `#clock` plus this is the time here. */
  #offset: number;
  /** Wall clock less `#clock`, as it was known last. */
  #apart: number;
  #comparedAt: number;
  /** By how much the wall clock was set back, in milliseconds: it may be set right again. */
  #setBack = 0;

  constructor({ clock, wallNow, onGap = () => {} }: TimelineOptions) {
    this.#clock = clock;
    this.#wallNow = wallNow;
    this.#onGap = onGap;
    const now = clock.now();
    this.#offset = -now;
    this.#apart = wallNow() - now;
    this.#comparedAt = now;
  }

  now(): number {
    return this.at(this.#clock.now());
  }

  /** The time here of a reading of the clock that was just made. */
  at(now: number): number {
    if (now - this.#comparedAt >= COMPARE_EVERY_MS) this.#compare(now);
    return now + this.#offset;
  }

  /** Milliseconds since 1970, by the wall clock of now, of a time here. */
  wallOf(at: number): number {
    return Math.round(this.#wallNow() - (this.now() - at));
  }

  #compare(now: number): void {
    this.#comparedAt = now;
    const apart = this.#wallNow() - now;
    const more = apart - this.#apart;
    if (Math.abs(more) < TOLERATED_MS) return;
    this.#apart = apart;
    const slept = more - this.#setBack;
    this.#setBack = Math.max(0, -slept);
    if (slept < TOLERATED_MS) return;
    const from = now + this.#offset;
    this.#offset += slept;
    this.#onGap(from, now + this.#offset);
  }
}

import type { FeedClass } from '../../protocol/feed.js';

/** A segment of the band, in milliseconds. */
export const SEGMENT_MS = 300_000;
/** Segments of the band: 24 hours. */
export const SEGMENTS = 288;

/** From best to worst. The first one stands for "not known". */
const CLASSES = [null, 'rest', 'ok', 'busy', 'bad'] as const;
const WORST_WELL = CLASSES.indexOf('ok');
/** Times of a segment are kept in tenths of a second, so that they fit into 16 bits. */
const TICK_MS = 100;

/**
 * How a server or link was in the last 24 hours: the worst class of each five minutes, and how long it was well. `at` is time
 * of a timeline, in milliseconds, and never goes back.
 */
export class Band {
  /** By number of the segment, modulo `SEGMENTS`. */
  readonly #worst = new Uint8Array(SEGMENTS);
  readonly #wellTicks = new Uint16Array(SEGMENTS);
  readonly #knownTicks = new Uint16Array(SEGMENTS);
  /** Class now, as a place in `CLASSES`; until when it is noted, and in which segment that is. */
  #class = 0;
  #until: number;
  #segment: number;

  constructor(at: number) {
    this.#until = at;
    this.#segment = segmentOf(at);
  }

  get class(): FeedClass | undefined {
    return CLASSES[this.#class] ?? undefined;
  }

  /** It is of this class from now on; undefined: not known. */
  change(at: number, to: FeedClass | undefined): void {
    this.#advance(at);
    this.#set(to === undefined ? 0 : CLASSES.indexOf(to));
  }

  #set(to: number): void {
    this.#class = to;
    const i = this.#segment % SEGMENTS;
    this.#worst[i] = Math.max(this.#worst[i]!, to);
  }

  /** Nothing is known of the time until `to`. */
  skip(from: number, to: number): void {
    this.#advance(from);
    const now = this.#class;
    this.#class = 0;
    this.#advance(to);
    this.#set(now);
  }

  /** The segments from number `first` to now, and the part of the known time that it was well (1 without any). */
  read(at: number, first: number): { classes: (FeedClass | null)[]; wellPart: number } {
    this.#advance(at);
    const classes: (FeedClass | null)[] = [];
    let known = 0;
    let well = 0;
    for (let segment = first; segment <= this.#segment; segment++) {
      const i = segment % SEGMENTS;
      classes.push(CLASSES[this.#worst[i]!]!);
      known += this.#knownTicks[i]!;
      well += this.#wellTicks[i]!;
    }
    return { classes, wellPart: known === 0 ? 1 : well / known };
  }

  #advance(at: number): void {
    const last = segmentOf(at);
    if (last - this.#segment >= SEGMENTS) {
      // All of it is older than what is kept.
      this.#begin(last - SEGMENTS + 1);
    }
    while (this.#segment < last) {
      this.#note((this.#segment + 1) * SEGMENT_MS);
      this.#begin(this.#segment + 1);
    }
    this.#note(at);
  }

  #begin(segment: number): void {
    const i = segment % SEGMENTS;
    this.#segment = segment;
    this.#until = segment * SEGMENT_MS;
    this.#worst[i] = this.#class;
    this.#wellTicks[i] = this.#knownTicks[i] = 0;
  }

  /** The class has been the same until `at`, in this segment. */
  #note(at: number): void {
    // Whole ticks so far, less whole ticks before: nothing is lost to rounding, however often it is read.
    const ticks = Math.floor(at / TICK_MS) - Math.floor(this.#until / TICK_MS);
    this.#until = at;
    if (this.#class === 0) return;
    const i = this.#segment % SEGMENTS;
    this.#knownTicks[i]! += ticks;
    if (this.#class <= WORST_WELL) this.#wellTicks[i]! += ticks;
  }
}

/** Number of the segment at a time. */
export function segmentOf(at: number): number {
  return Math.floor(at / SEGMENT_MS);
}

import { BUCKETS, latencyOf, quantileOf } from './latency-buckets.js';

/** A point of a chart, in milliseconds. */
export const POINT_MS = 10_000;
/** Points of a chart: 30 minutes. */
export const POINTS = 180;
/** Points of a minute. */
const PER_MINUTE = 6;
/** Minutes of a sparkline and of the quantiles. */
const MINUTES = POINTS / PER_MINUTE;
/** A bucket and its count in one small integer, which takes no memory of its own: count times this, plus the bucket. */
const PACKED = 256;

/** Calls of a server or link. Without calls all are 0 or empty. */
export interface CallFigures {
  /** Calls that ended in the last minute. */
  perMinute: number;
  /** Calls of each of the last 30 minutes, oldest first, fewer at the beginning. The same array while nothing has changed. */
  spark: readonly number[];
  /** Of the last 30 minutes, in milliseconds, within 5 %; undefined without a call. Lost and cancelled calls have no time. */
  p50: number | undefined;
  p99: number | undefined;
}

/** A chart's points, oldest first; the last one is the interval that runs. */
export interface CallPoints {
  calls: number[];
  p50: (number | null)[];
  p99: (number | null)[];
}

/**
 * The calls of the last 30 minutes of one server or link: how many, and how long they took. Its memory does not grow with
 * calls. `at` is time of a timeline, in milliseconds, and never goes back.
 */
// D217
export class CallHistory {
  /** By number of the interval, modulo `POINTS`. */
  readonly #calls = new Uint32Array(POINTS);
  /** Of closed intervals: the bucket plus 1; 0 without a call that has a time. */
  readonly #p50 = new Uint8Array(POINTS);
  readonly #p99 = new Uint8Array(POINTS);
  /** Number of the interval that runs, and counts by latency of it, of its minute, and of all minutes that are kept. */
  #point: number;
  readonly #inPoint = new Uint32Array(BUCKETS);
  readonly #inMinute = new Uint32Array(BUCKETS);
  readonly #inAll = new Uint32Array(BUCKETS);
  #timedInPoint = 0;
  #timedInAll = 0;
  /** Counts of earlier minutes, packed, by number of the minute modulo `MINUTES`: what goes out of `#inAll` with them. */
  readonly #minutes: (readonly number[] | undefined)[] = new Array(MINUTES).fill(undefined);
  /** What was read last; undefined after a change. */
  #read: CallFigures | undefined;
  #spark: readonly number[] = [];

  /** @param point The interval that runs. */
  constructor(point: number) {
    this.#point = point;
  }

  /** A call has ended in the interval `point`. `bucket`: of its time; undefined when it has none, because it was lost for instance. */
  add(point: number, bucket: number | undefined): void {
    this.#advance(point);
    this.#calls[this.#point % POINTS]! += 1;
    this.#read = undefined;
    if (bucket === undefined) return;
    this.#inPoint[bucket]! += 1;
    this.#inAll[bucket]! += 1;
    this.#timedInPoint += 1;
    this.#timedInAll += 1;
  }

  /** `since`: when measuring began. */
  figures(at: number, since: number): CallFigures {
    this.#advance(pointOf(at));
    this.#read ??= this.#figures(pointOf(since));
    return this.#read;
  }

  #figures(since: number): CallFigures {
    const spark = this.#sparkSince(since);
    return {
      perMinute: spark.at(-1) ?? 0,
      spark,
      p50: msOf(this.#ofAll(0.5)) ?? undefined,
      p99: msOf(this.#ofAll(0.99)) ?? undefined,
    };
  }

  /** The points of a chart from the interval `first` on. */
  points(at: number, first: number): CallPoints {
    this.#advance(pointOf(at));
    const found: CallPoints = { calls: [], p50: [], p99: [] };
    for (let point = first; point <= this.#point; point++) {
      const i = point % POINTS;
      const isRunning = point === this.#point;
      found.calls.push(this.#calls[i]!);
      found.p50.push(msOf(isRunning ? this.#ofPoint(0.5) : this.#p50[i]!));
      found.p99.push(msOf(isRunning ? this.#ofPoint(0.99) : this.#p99[i]!));
    }
    return found;
  }

  /** The bucket of a quantile plus 1; 0 without calls. */
  #ofPoint(part: number): number {
    return (quantileOf(this.#inPoint, this.#timedInPoint, part) ?? -1) + 1;
  }

  #ofAll(part: number): number {
    return (quantileOf(this.#inAll, this.#timedInAll, part) ?? -1) + 1;
  }

  /** Sums of six points each, back from now: the last one is the last minute. */
  #sparkSince(since: number): readonly number[] {
    const minutes = Math.min(MINUTES, Math.ceil((this.#point - since + 1) / PER_MINUTE));
    const spark = Array.from({ length: minutes }, (_, i) => {
      const end = this.#point - (minutes - 1 - i) * PER_MINUTE;
      let sum = 0;
      for (let point = Math.max(end - PER_MINUTE + 1, since, this.#point - POINTS + 1); point <= end; point++)
        sum += this.#calls[point % POINTS]!;
      return sum;
    });
    const before = this.#spark;
    const isSame = before.length === spark.length && spark.every((calls, i) => calls === before[i]);
    if (!isSame) this.#spark = spark;
    return this.#spark;
  }

  /** Closes the intervals before `point`. */
  #advance(point: number): void {
    if (point <= this.#point) return;
    this.#closePoint();
    const last = this.#point;
    const empty = Math.min(point - last, POINTS);
    for (let next = point - empty + 1; next <= point; next++) {
      const i = next % POINTS;
      this.#calls[i] = this.#p50[i] = this.#p99[i] = 0;
    }
    const minute = minuteOf(last);
    if (minuteOf(point) > minute) this.#closeMinute(minute, minuteOf(point));
    this.#point = point;
    this.#read = undefined;
  }

  #closePoint(): void {
    if (this.#timedInPoint === 0) return;
    const i = this.#point % POINTS;
    this.#p50[i] = this.#ofPoint(0.5);
    this.#p99[i] = this.#ofPoint(0.99);
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#inMinute[bucket]! += this.#inPoint[bucket]!;
    this.#inPoint.fill(0);
    this.#timedInPoint = 0;
  }

  /** Keeps the counts of `minute`, and drops those of minutes that are too old at the minute `now`. */
  #closeMinute(minute: number, now: number): void {
    this.#drop(minute);
    const packed: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.#inMinute[bucket]!;
      if (count > 0) packed.push(count * PACKED + bucket);
    }
    this.#inMinute.fill(0);
    // A copy has no room for more, which an array that has grown keeps.
    this.#minutes[minute % MINUTES] = packed.length > 0 ? packed.slice() : undefined;
    for (let next = minute + 1; next <= Math.min(now, minute + MINUTES); next++) this.#drop(next);
  }

  /** The minute whose place `minute` takes is over. */
  #drop(minute: number): void {
    const i = minute % MINUTES;
    for (const packed of this.#minutes[i] ?? []) {
      const count = Math.floor(packed / PACKED);
      this.#inAll[packed % PACKED]! -= count;
      this.#timedInAll -= count;
    }
    this.#minutes[i] = undefined;
  }
}

function msOf(bucketPlusOne: number): number | null {
  return bucketPlusOne === 0 ? null : latencyOf(bucketPlusOne - 1);
}

/** Number of the interval at a time. */
export function pointOf(at: number): number {
  return Math.floor(at / POINT_MS);
}

function minuteOf(point: number): number {
  return Math.floor(point / PER_MINUTE);
}

/** A quantile is wrong by this part of its value at most: a person reads 2.1 s or 2.2 s as the same. */
export const LATENCY_ERROR = 0.05;
/** Latencies below this, in milliseconds, count as this. */
export const SHORTEST_MS = 0.1;
/** Latencies above this, in milliseconds, count as this: no call runs for longer than an hour. */
const LONGEST_MS = 3_600_000;

/** A hundredth of the error is left for rounding what is shown. */
const OF_BUCKETS = LATENCY_ERROR * 0.99;
/** Each bucket ends at its start times this, so that its middle is within the error of all that is in it. */
const GROWTH = (1 + OF_BUCKETS) / (1 - OF_BUCKETS);
const PER_LN = 1 / Math.log(GROWTH);

/** How many buckets there are: fewer than 255, so that a byte can hold a number of one, or none. */
export const BUCKETS = bucketOf(LONGEST_MS * 0.999) + 1;

/** The latency of each bucket that stands for all of it, in milliseconds, with four digits. */
const LATENCIES = Array.from({ length: BUCKETS }, (_, bucket) =>
  bucket === 0 ? SHORTEST_MS : Number(((SHORTEST_MS * 2 * GROWTH ** bucket) / (GROWTH + 1)).toPrecision(4)),
);

/** Number of the bucket of a latency in milliseconds. */
export function bucketOf(ms: number): number {
  if (!(ms > SHORTEST_MS)) return 0;
  return ms >= LONGEST_MS ? BUCKETS - 1 : Math.ceil(Math.log(ms / SHORTEST_MS) * PER_LN);
}

/** The latency in milliseconds that stands for all of a bucket. */
export function latencyOf(bucket: number): number {
  return LATENCIES[bucket]!;
}

/**
 * The bucket of the latency that `part` (0 to 1) of the `total` calls in `counts` did not exceed (nearest rank); undefined
 * without calls.
 */
export function quantileOf(counts: ArrayLike<number>, total: number, part: number): number | undefined {
  if (total === 0) return undefined;
  let left = Math.max(1, Math.ceil(part * total));
  for (let bucket = 0; bucket < counts.length; bucket++) {
    left -= counts[bucket]!;
    if (left <= 0) return bucket;
  }
  return undefined;
}

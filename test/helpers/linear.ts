/** Runs of each length: other work of the machine slows some of them. */
const TRIES = 12;

function tookMs(act: () => unknown): number {
  const startedAt = performance.now();
  act();
  return performance.now() - startedAt;
}

/**
 * Ratio of the times of `act` for eight times the length and for `length`: 8 when the time is linear, 64 when it is
 * quadratic. The fastest run of each counts; the two take turns.
 *
 * @param length Of the shorter input: enough for some milliseconds.
 */
export function eightfold(length: number, prepare: (length: number) => () => unknown): number {
  const [short, long] = [prepare(length), prepare(8 * length)];
  const fastest = { short: Number.POSITIVE_INFINITY, long: Number.POSITIVE_INFINITY };
  for (let i = 0; i < TRIES; i++) {
    fastest.short = Math.min(fastest.short, tookMs(short));
    fastest.long = Math.min(fastest.long, tookMs(long));
  }
  return fastest.long / fastest.short;
}

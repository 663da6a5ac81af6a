/** Runs of each length: collecting garbage slows some of them. */
const TRIES = 12;

/** Time of processors, in microseconds: on a busy machine a long run always waits, whichever is the fastest. */
function took(act: () => unknown): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * How many times as long processors work on `act` for eight times the length as for `length`: 8 when the time is
 * linear, 64 when it is quadratic. The fastest run of each counts; the two take turns.
 *
 * @param length Of the shorter input: enough for some milliseconds.
 */
export function eightfold(length: number, prepare: (length: number) => () => unknown): number {
  const [short, long] = [prepare(length), prepare(8 * length)];
  const fastest = { short: Number.POSITIVE_INFINITY, long: Number.POSITIVE_INFINITY };
  for (let i = 0; i < TRIES; i++) {
    fastest.short = Math.min(fastest.short, took(short));
    fastest.long = Math.min(fastest.long, took(long));
  }
  return fastest.long / fastest.short;
}

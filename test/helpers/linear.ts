/** Milliseconds that the quickest of `tries` runs takes: what else the machine does slows the others. */
function quickestMs(act: () => unknown, tries = 5): number {
  const took = Array.from({ length: tries }, () => {
    const startedAt = performance.now();
    act();
    return performance.now() - startedAt;
  });
  return Math.min(...took);
}

/**
 * How many times as long `act` takes for eight times the length: 8 where the time is linear, 64 where it is quadratic.
 *
 * @param length The shorter one: long enough for some milliseconds.
 */
export function eightfold(length: number, prepare: (length: number) => () => unknown): number {
  const short = quickestMs(prepare(length));
  return quickestMs(prepare(8 * length)) / short;
}

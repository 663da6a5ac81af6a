/** Milliseconds of the fastest of `tries` runs: other work of the machine slows the others. */
function quickestMs(act: () => unknown, tries = 5): number {
  const took = Array.from({ length: tries }, () => {
    const startedAt = performance.now();
    act();
    return performance.now() - startedAt;
  });
  return Math.min(...took);
}

/**
 * Ratio of the times of `act` for eight times the length and for `length`: 8 when the time is linear, 64 when it is
 * quadratic.
 *
 * @param length Of the shorter input: enough for some milliseconds.
 */
export function eightfold(length: number, prepare: (length: number) => () => unknown): number {
  const short = quickestMs(prepare(length));
  return quickestMs(prepare(8 * length)) / short;
}

/** Measurements of the short and of the long, in turns, so that other work of the machine slows both. */
const FEWEST_ROUNDS = 3;
const MOST_ROUNDS = 10;

/**
 * How many times longer the long one takes, the fastest of each counting. Measures again, up to a bound, while it is `most` or
 * more: what is slow by itself stays so, other work of the machine ends.
 */
export async function growth(
  { short, long }: { short: () => Promise<number>; long: () => Promise<number> },
  most: number,
): Promise<{ factor: number; short: number; long: number }> {
  const fastest = { short: Number.POSITIVE_INFINITY, long: Number.POSITIVE_INFINITY };
  for (let round = 1; ; round++) {
    fastest.short = Math.min(fastest.short, await short());
    fastest.long = Math.min(fastest.long, await long());
    const factor = fastest.long / fastest.short;
    if (round >= MOST_ROUNDS || (round >= FEWEST_ROUNDS && factor < most)) return { factor, ...fastest };
  }
}

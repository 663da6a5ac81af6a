/** A process of a server, as far as choosing one goes. */
export interface Choosable {
  /** Calls that it works on. */
  readonly busy: number;
  /** How many agents or clients stay with it. */
  readonly sticking: number;
  /** It does not read what it is sent. */
  readonly isSlow: boolean;
  /** When its last call began or ended, clock time in milliseconds. */
  readonly lastAt: number;
}

/**
 * The process with the fewest calls; of several, the one that has been idle for longest. One that does not read comes last.
 * With `stick`, which gives the process for all later calls as well, the one that the fewest stay with; with `pack` the first
 * one rather than the idle one, so that the last ones come to rest. Pure.
 */
export function leastBusy<One extends Choosable>(
  copies: Iterable<One>,
  how: 'spread' | 'stick' | 'pack' = 'spread',
): One | undefined {
  let best: One | undefined;
  for (const one of copies) if (best === undefined || isBetter(one, best, how)) best = one;
  return best;
}

function isBetter(one: Choosable, best: Choosable, how: 'spread' | 'stick' | 'pack'): boolean {
  if (one.isSlow !== best.isSlow) return best.isSlow;
  if (how === 'stick' && one.sticking !== best.sticking) return one.sticking < best.sticking;
  if (one.busy !== best.busy) return one.busy < best.busy;
  return how !== 'pack' && one.lastAt < best.lastAt;
}

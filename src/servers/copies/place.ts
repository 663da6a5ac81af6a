import type { CopyFacts } from '../../protocol/stats.js';
import { NextStart } from '../next-start.js';
import type { CopiesOptions } from './copies-options.js';
import type { Copy } from './copy.js';

/** The place of one process. */
export interface Place {
  /** From 1. */
  readonly number: number;
  copy: Copy | undefined;
  readonly next: NextStart;
  /** It is started again later. */
  isWaiting: boolean;
  isDifferent: boolean;
  /** One is being started, or replaced. */
  isTaken: boolean;
  /** None has been started there, or the last one was not needed any more: the next one is a further process. */
  isNew: boolean;
}

export function newPlace(number: number, options: CopiesOptions): Place {
  const next = new NextStart(options);
  return { number, copy: undefined, next, isWaiting: false, isDifferent: false, isTaken: false, isNew: true };
}

/** What is known of the process, or of why there is none. @param isWanted it is to run now. @param now Clock time in milliseconds */
export function factsOf(
  { number, copy, next, isWaiting, isDifferent }: Place,
  isWanted: boolean,
  now: number,
): CopyFacts {
  const { failures } = next;
  if (copy && !isDifferent) {
    const { state, transport, busy, calls } = copy;
    const shown = state === 'up' ? 'ready' : state === 'ended' ? 'leaving' : state;
    return { copy: number, state: shown, pid: transport.pid, running: busy, calls, failures };
  }
  const nextStartMs = isWaiting ? Math.max(0, Math.round(next.at - now)) : undefined;
  const state = isDifferent ? 'different' : isWanted ? 'waiting' : 'asleep';
  return { copy: number, state, pid: undefined, running: 0, calls: 0, failures, nextStartMs };
}

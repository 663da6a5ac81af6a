import { Method } from '../protocol/mcp.js';

/** Counts of calls to a server, over all its processes. */
export interface Tally {
  answered: number;
  failed: number;
  /** When the last call came, clock time in milliseconds. */
  lastAt: number | undefined;
}

export const newTally = (): Tally => ({ answered: 0, failed: 0, lastAt: undefined });

/** Whether a request counts as a call in statistics. */
export function isCounted(method: string): boolean {
  return method !== Method.ping && method !== Method.initialize;
}

/** Counts an answered call, as failed when `isError`. */
export function countIn(tally: Tally, method: string, isError: boolean): void {
  if (!isCounted(method)) return;
  if (isError) tally.failed += 1;
  else tally.answered += 1;
}

import { systemClock } from '../../src/time/clock.js';

/** A clock on which waits pass a hundred times faster; sockets and processes keep their speed. */
export const hurried = {
  now: () => systemClock.now() * 100,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 100, signal),
  after: (ms: number, fn: () => void) => systemClock.after(ms / 100, fn),
};

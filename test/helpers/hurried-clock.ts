import { systemClock } from '../../src/time/clock.js';

/** Waits pass a hundred times faster; sockets and processes are as they are. */
export const hurried = {
  now: () => systemClock.now() * 100,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 100, signal),
  after: (ms: number, fn: () => void) => systemClock.after(ms / 100, fn),
};

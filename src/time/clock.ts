import { performance } from 'node:perf_hooks';

/** Time for the rest of the program; an option, so that tests can replace it. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. Only differences have a meaning. */
  now(): number;
  /** Resolves after `ms` milliseconds, or early when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, fn: () => void): () => void;
}

/** The longest delay of a timer, in milliseconds; Node fires a timer with a longer one at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the system; the only code that uses timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
      signal?.addEventListener('abort', done, { once: true });
    }),
  after: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** The system's clock with timers that do not keep the process running, for what is only shown. */
export const idleClock: Pick<Clock, 'now' | 'after'> = {
  now: systemClock.now,
  after: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
};

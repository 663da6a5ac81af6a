import { withAnySignal } from '../../time/with-any-signal.js';

/** Runs `act` with a signal that aborts with `signal`, and after `ms` milliseconds. */
export function atMost<T>(
  ms: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withAnySignal([signal, AbortSignal.timeout(ms)], act);
}

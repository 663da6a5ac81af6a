import { uptime } from 'node:os';
import { type Clock, systemClock } from './clock.js';

export interface SleepClockOptions {
  /** Milliseconds on a clock that never jumps, but may stand still while the machine sleeps: on Linux, CLOCK_MONOTONIC does. */
  now: () => number;
  /** Milliseconds since 1970: goes on while the machine sleeps, and may jump. */
  wallNow: () => number;
  /** Milliseconds since the machine was started, those asleep included: on Linux, CLOCK_BOOTTIME. Expensive to read. */
  uptimeMs: () => number;
}

/** When the wall's clock is ahead or behind by more than this, in ms, the machine may have slept. */
const SUSPICIOUS_MS = 500;

/** Returns a function that tells milliseconds on a clock that never jumps, and that counts the time in which the machine slept. */
export function countingSleep({ now, wallNow, uptimeMs }: SleepClockOptions): () => number {
  let [at, wallAt] = [now(), wallNow()];
  let known = uptimeMs() - at;
  let sleptMs = 0;
  return () => {
    const [later, wall] = [now(), wallNow()];
    if (Math.abs(wall - wallAt - (later - at)) > SUSPICIOUS_MS) {
      const passed = uptimeMs() - later;
      sleptMs += Math.max(0, passed - known);
      known = Math.max(known, passed);
    }
    [at, wallAt] = [later, wall];
    return later + sleptMs;
  };
}

/** The clock of the system, for what others count as well while this machine sleeps. Its timers do not. */
// D321
export function sleepCountingClock(): Clock {
  const now = countingSleep({
    ...{ now: systemClock.now, wallNow: Date.now },
    uptimeMs: () => 1_000 * uptime(),
  });
  return { ...systemClock, now };
}

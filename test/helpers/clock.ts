import { vi } from 'vitest';
import { type Clock, systemClock } from '../../src/time/clock.js';
import { JumpingClock } from './jumping-clock.js';
import { isMemory } from './strategy.js';

/** The time of the links under test, and of those who wait for them. */
export const clock: Clock = isMemory ? jumping() : systemClock;

/** What stamps Status is the date; it goes with the clock. */
function jumping(): Clock {
  const start = Date.UTC(2026, 0, 1);
  vi.setSystemTime(start);
  return new JumpingClock((now) => vi.setSystemTime(start + now));
}

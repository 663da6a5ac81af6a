import { vi } from 'vitest';
import { type Clock, systemClock } from '../../src/time/clock.js';
import { JumpingClock } from './jumping-clock.js';
import { isMemory } from './strategy.js';

/** The clock of the links under test and of the code that waits for them. */
export const clock: Clock = isMemory ? jumping() : systemClock;

/** Status is stamped with the date, so the date follows the clock. */
function jumping(): Clock {
  const start = Date.UTC(2026, 0, 1);
  vi.setSystemTime(start);
  return new JumpingClock((now) => vi.setSystemTime(start + now));
}

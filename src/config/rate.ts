import type { Rate } from '../protocol/grant.js';
import { RATE_UNITS } from '../protocol/rate-text.js';

const WRITTEN =
  /^\s*(\d{1,9})\s*(?:\/|\s+per\s+)\s*(\d{1,5})?\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)\s*$/i;

/** More calls than this in any time are no limit: it keeps the sums below exact integers. */
export const MOST_CALLS = 1_000_000_000;
/** The longest time, in milliseconds: a timer of Node.js holds no longer one than 24.8 days. */
export const LONGEST_RATE_MS = 7 * 86_400_000;

/** Of `"rate": true`: what one client does by hand, and a model in a loop exceeds. */
export const DEFAULT_RATE: Rate = { calls: 100, perMs: 60_000 };

/** `100/m`, `10/s`, `5 / 30 s`, `1000 per hour`; undefined for anything else, and for no call at all. */
export function rateOf(written: string): Rate | undefined {
  const [, amount, times = '1', unit = ''] = WRITTEN.exec(written) ?? [];
  const calls = Number(amount);
  const perMs = Number(times) * (RATE_UNITS[unit.slice(0, 1).toLowerCase()] ?? Number.NaN);
  const isRate = calls >= 1 && calls <= MOST_CALLS && perMs >= 1_000 && perMs <= LONGEST_RATE_MS;
  return isRate ? { calls, perMs } : undefined;
}

/** A rate that the schema has let through: `true` is the usual one, `false` and nothing are none. */
export function readRate(written: string | boolean | undefined): Rate | undefined {
  if (typeof written === 'string') return rateOf(written);
  return written ? DEFAULT_RATE : undefined;
}

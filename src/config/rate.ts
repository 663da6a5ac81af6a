import type { Rate } from '../protocol/grant.js';

/** Milliseconds of each unit; longer words of it begin with the same letter. */
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
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
  const perMs = Number(times) * (UNITS[unit.slice(0, 1).toLowerCase()] ?? Number.NaN);
  const isRate = calls >= 1 && calls <= MOST_CALLS && perMs >= 1_000 && perMs <= LONGEST_RATE_MS;
  return isRate ? { calls, perMs } : undefined;
}

/** A rate that the schema has let through: `true` is the usual one, `false` and nothing are none. */
export function readRate(written: string | boolean | undefined): Rate | undefined {
  if (typeof written === 'string') return rateOf(written);
  return written ? DEFAULT_RATE : undefined;
}

/** The rate as a configuration has it: `100/m`, `5/30s`. */
export function rateText({ calls, perMs }: Rate): string {
  const [unit, ms] = Object.entries(UNITS).findLast(([, ms]) => perMs % ms === 0) ?? ['s', 1_000];
  return `${calls}/${perMs === ms ? '' : perMs / ms}${unit}`;
}

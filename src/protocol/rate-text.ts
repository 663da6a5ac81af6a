import type { Rate } from './grant.js';

/** Milliseconds of each unit of time in a rate. */
export const RATE_UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The rate as a configuration has it: `100/m`, `5/30s`. */
export function rateText({ calls, perMs }: Rate): string {
  const [unit, ms] = Object.entries(RATE_UNITS).findLast(([, ms]) => perMs % ms === 0) ?? ['s', 1_000];
  return `${calls}/${perMs === ms ? '' : perMs / ms}${unit}`;
}

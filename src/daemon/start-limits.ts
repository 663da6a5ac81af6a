import { defaults } from '../config/defaults.js';
import type { Plan } from '../config/plan.js';
import { StartLimit } from '../process/start-limit.js';
import { type Clock, systemClock } from '../time/clock.js';

/** One limit for all links, because its settings apply to the whole configuration. */
export function startLimit(
  { links, forClients }: Plan,
  { clock = systemClock }: { clock?: Clock },
): StartLimit {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? forClients?.settings ?? defaults;
  return new StartLimit(maxParallelStarts, startSlotMs, clock);
}

/** The settings of the start limit, as a text to compare. */
export function limitsOf({ links, forClients }: Plan): string {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? forClients?.settings ?? defaults;
  return `${maxParallelStarts} ${startSlotMs}`;
}

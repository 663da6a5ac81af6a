import { defaults, type Settings } from '../config/defaults.js';
import type { Plan } from '../config/plan.js';
import { StartLimit } from '../process/start-limit.js';
import { type Clock, systemClock } from '../time/clock.js';

/** Settings that apply to the whole configuration. */
export function settingsOfAll({ links, forClients }: Pick<Plan, 'links' | 'forClients'>): Settings {
  return links[0]?.settings ?? forClients?.settings ?? defaults;
}

/** One limit for all links, because its settings apply to the whole configuration. */
export function startLimit(plan: Plan, { clock = systemClock }: { clock?: Clock }): StartLimit {
  const { maxParallelStarts, startSlotMs } = settingsOfAll(plan);
  return new StartLimit(maxParallelStarts, startSlotMs, clock);
}

/** The settings of the start limit, as a text to compare. */
export function limitsOf(plan: Plan): string {
  const { maxParallelStarts, startSlotMs } = settingsOfAll(plan);
  return `${maxParallelStarts} ${startSlotMs}`;
}

import { totalmem } from 'node:os';
import { defaults, type Settings } from '../config/defaults.js';
import type { Plan } from '../config/plan.js';
import { availableMemory } from '../process/available-memory.js';
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

/** In bytes, what a server takes that is started for its lists: most are started by npx then, which takes 166 MB, and installs first. */
const LEARNING_BYTES = 512 * 1024 ** 2;
/** One that has not said what it offers after this time no longer keeps others waiting: a first download takes a minute or two. */
const LEARNED_WITHIN_MS = 120_000;

/**
 * Of servers that are started for their lists alone, as many run at once as the machine has memory for: on one of 1 GB, one after
 * the other.
 */
// D362
export function learningTurns(
  { clock = systemClock }: { clock?: Clock },
  available: () => number | undefined = availableMemory,
): StartLimit {
  const hasRoom = (learning: number) => (available() ?? totalmem() / 2) >= LEARNING_BYTES * (learning + 1);
  return new StartLimit(hasRoom, LEARNED_WITHIN_MS, clock);
}

/** The settings of the start limit, as a text to compare. */
export function limitsOf(plan: Plan): string {
  const { maxParallelStarts, startSlotMs } = settingsOfAll(plan);
  return `${maxParallelStarts} ${startSlotMs}`;
}

import { availableParallelism, totalmem } from 'node:os';
import { defaults, type Settings } from '../config/defaults.js';
import type { Plan } from '../config/plan.js';
import { availableMemory } from '../process/available-memory.js';
import { type StartBound, StartLimit } from '../process/start-limit.js';
import { StartPace } from '../process/start-pace.js';
import { type Clock, systemClock } from '../time/clock.js';

/** Settings that apply to the whole configuration. */
export function settingsOfAll({ links, forClients }: Pick<Plan, 'links' | 'forClients'>): Settings {
  return links[0]?.settings ?? forClients?.settings ?? defaults;
}

/** Servers elsewhere take no processor and no memory here: so many are asked at once that each of hundreds waits a few seconds at most. */
const REMOTE_AT_ONCE = 32;

/** Limits for servers that run here, and for those that run elsewhere. */
export interface StartLimits {
  local: StartLimit;
  remote: StartLimit;
}

/** The same for all links, because their settings apply to the whole configuration. */
export function startLimits(plan: Plan, options: { clock?: Clock }): StartLimits {
  return limitsBy(settingsOfAll(plan), options);
}

/** A number that the user has written holds for all servers together. */
// D370
export function limitsBy(
  { maxParallelStarts, startSlotMs }: Pick<Settings, 'maxParallelStarts' | 'startSlotMs'>,
  { clock = systemClock }: { clock?: Clock } = {},
): StartLimits {
  const limit = (most: number | StartBound) => new StartLimit(most, startSlotMs, clock);
  if (maxParallelStarts > 0) {
    const both = limit(maxParallelStarts);
    return { local: both, remote: both };
  }
  const pace = new StartPace({ cores: availableParallelism(), available: availableMemory, clock });
  return { local: limit(pace), remote: limit(REMOTE_AT_ONCE) };
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
  return new StartLimit({ mayStart: hasRoom }, LEARNED_WITHIN_MS, clock);
}

/** The settings of the start limit, as a text to compare. */
export function limitsOf(plan: Plan): string {
  const { maxParallelStarts, startSlotMs } = settingsOfAll(plan);
  return `${maxParallelStarts} ${startSlotMs}`;
}

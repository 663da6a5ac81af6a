import { systemClock } from '../time/clock.js';
import {
  type ListedProcess,
  type ListProcesses,
  listProcesses,
  type WhyNotMeasured,
} from './process-list.js';

/** What was there at a look. */
export interface ProcessLook {
  /** Clock time in milliseconds. */
  at: number;
  listed: readonly ListedProcess[] | WhyNotMeasured;
}

export interface ProcessLooksOptions {
  list?: ListProcesses;
  /** Clock time in milliseconds. */
  now?: () => number;
  /** How old a look may be for the next one who asks, in milliseconds. */
  sharedForMs?: number;
}

/** A server that leaks 50 MB a second is seen within 13 MB; what asks at the same event, or by timers that fall together, shares a look. */
const SHARED_FOR_MS = 250;

/**
 * Looks at all processes of the machine when that is asked for, and at no other time: metrics, the status page, limits and what
 * is measured of servers ask at times of their own, and those that ask within a moment share a look.
 */
// D363
export class ProcessLooks {
  readonly #list: ListProcesses;
  readonly #now: () => number;
  readonly #sharedForMs: number;
  /** The last look at all processes; it may be going on. */
  #last: { sinceMs: number; look: Promise<ProcessLook> } | undefined;

  constructor({
    list = listProcesses,
    now = systemClock.now,
    sharedForMs = SHARED_FOR_MS,
  }: ProcessLooksOptions = {}) {
    this.#list = list;
    this.#now = now;
    this.#sharedForMs = sharedForMs;
  }

  /**
   * @param wanted Processes that have to be seen if they run: a look from before one of them began is not enough.
   * @param only The processes that are looked at, which takes as much less time as they are fewer. Default: all.
   */
  async look(wanted: Iterable<number>, only?: readonly number[]): Promise<ProcessLook> {
    const last = this.#last;
    if (last && this.#now() - last.sinceMs < this.#sharedForMs) {
      const look = await last.look;
      if (hasAll(look, wanted)) return look;
    }
    const look = this.#look(only);
    if (!only) this.#last = { sinceMs: this.#now(), look };
    return look;
  }

  async #look(only: readonly number[] | undefined): Promise<ProcessLook> {
    const listed = await this.#list(only);
    return { at: this.#now(), listed };
  }
}

/** Where nothing can be seen, a further look sees nothing either. */
function hasAll({ listed }: ProcessLook, wanted: Iterable<number>): boolean {
  if (typeof listed === 'string') return true;
  const pids = new Set(listed.map(({ pid }) => pid));
  for (const pid of wanted) if (!pids.has(pid)) return false;
  return true;
}

/** Those of this process. */
export const processLooks = new ProcessLooks();

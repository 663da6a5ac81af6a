import { HARD_SHARE } from '../../process/limited-group.js';
import type { TreeUsage } from '../../process/tree-usage.js';
import type { LimitedResource, LimitReached, ResourceLimits } from '../../protocol/resource-limits.js';
import { BOUNDED } from './bounds-defaults.js';

/** What has to be done about a process. */
export interface OverLimit {
  reached: Omit<LimitReached, 'times'>;
  /** Not even the calls that it works on are waited for. */
  isAtOnce: boolean;
}

/** Compares what one process and its descendants take with their limits, look by look. */
export class LimitWatch {
  readonly #limits: ResourceLimits;
  readonly #held: () => ReadonlySet<LimitedResource>;
  /** Since when they take more; clock time in milliseconds. */
  readonly #since: { [Of in LimitedResource]?: number } = {};
  /** Whether something is so near its limit that it has to be looked at more often. */
  isNear = false;

  /** @param held what the kernel holds them to now: they enter a group a moment after their start, or cannot */
  constructor(limits: ResourceLimits, held: () => ReadonlySet<LimitedResource>) {
    this.#limits = limits;
    this.#held = held;
  }

  /** @returns undefined while nothing has to be done. */
  look(
    { memoryBytes, cpuPercent = 0, processes, threads = processes }: TreeUsage,
    now: number,
  ): OverLimit | undefined {
    const { memory, cpu, pids } = this.#limits;
    this.isNear = false;
    const over =
      this.#memory(memoryBytes, memory, now) ??
      this.#pids(threads, pids, now) ??
      this.#cpu(cpuPercent, cpu, now);
    return over;
  }

  #memory(used: number, limit: number | undefined, now: number): OverLimit | undefined {
    if (limit === undefined) return undefined;
    this.isNear ||= used >= limit * BOUNDED.nearShare;
    const forMs = this.#over('memory', used > limit, now);
    const isAtOnce = used > limit * HARD_SHARE;
    if (forMs === undefined || (forMs < BOUNDED.memoryOverMs && !isAtOnce)) return undefined;
    return { reached: { of: 'memory', limit, used }, isAtOnce };
  }

  /** Each look may come too late for one that multiplies: it is ended at the first. Where the kernel holds it, it has the time. */
  #pids(used: number, limit: number | undefined, now: number): OverLimit | undefined {
    if (limit === undefined) return undefined;
    const isHeld = this.#held().has('pids');
    const forMs = this.#over('pids', isHeld ? used >= limit : used > limit, now);
    if (forMs === undefined || (isHeld && forMs < BOUNDED.memoryOverMs)) return undefined;
    return { reached: { of: 'pids', limit, used }, isAtOnce: true };
  }

  #cpu(used: number, limit: number | undefined, now: number): OverLimit | undefined {
    // The kernel gives it no more.
    if (limit === undefined || this.#held().has('cpu')) return undefined;
    const forMs = this.#over('cpu', used > limit, now);
    if (forMs === undefined || forMs < BOUNDED.cpuOverMs) return undefined;
    return { reached: { of: 'cpu', limit, used }, isAtOnce: false };
  }

  /** For how long it has been over its limit, in milliseconds; undefined when it is not. */
  #over(of: LimitedResource, isOver: boolean, now: number): number | undefined {
    if (!isOver) {
      delete this.#since[of];
      return undefined;
    }
    this.#since[of] ??= now;
    return now - this.#since[of];
  }
}

import type { LimitedResource, LimitReached, ResourceLimits } from '../protocol/resource-limits.js';

/** What the processes of a server may take, each of `"instances"` for itself, and the way to end the one that takes more. */
export interface LifeBounds {
  readonly limits: ResourceLimits;
  /** What the kernel holds a running process to; the rest only a watcher can. */
  held(pid: number): ReadonlySet<LimitedResource>;
  /**
   * Ends a running process because of a limit: the supervisor sees it end, and `ServerTransport.endOf` says why. Does nothing
   * when that process does not run any more.
   *
   * @param pid of the process that came to the limit
   * @param isAtOnce It is killed, without the time to end by itself.
   */
  end(pid: number, reached: Omit<LimitReached, 'times'>, isAtOnce: boolean): Promise<void>;
}

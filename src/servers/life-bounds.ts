import type { LimitedResource, LimitReached, ResourceLimits } from '../protocol/resource-limits.js';

/** What the processes of a server may take, and the way to end the one that takes more. */
export interface LifeBounds {
  readonly limits: ResourceLimits;
  /** What the kernel holds the running process to; the rest only a watcher can. */
  readonly held: ReadonlySet<LimitedResource>;
  /**
   * Ends the running process because of a limit: the supervisor sees it end, and `ServerTransport.endOf` says why. Does nothing
   * when another process runs by now.
   *
   * @param pid of the process that came to the limit
   * @param isAtOnce It is killed, without the time to end by itself.
   */
  end(pid: number, reached: Omit<LimitReached, 'times'>, isAtOnce: boolean): Promise<void>;
}

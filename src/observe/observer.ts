import type { Frame } from '../protocol/frame.js';
import type { Status } from '../protocol/status.js';

/** One of several that are told what happens: a log, a snapshot, a program's own. What it throws is contained. */
export interface Observer {
  /** Names it when it fails: `log`. */
  readonly name: string;
  /** Takes a Status in; returns at once. */
  onStatus?(status: Status): void;
  /** Another plan runs from now on. Told before the first Status of its links, which may hold secrets of it. */
  onPlan?(plan: { secrets: readonly string[] }): void;
  /** Sees every frame that is carried, which costs time for each: installed only where an observer has it when the app is made. */
  onFrame?(link: string, to: 'server' | 'endpoint', frame: Frame): void;
}

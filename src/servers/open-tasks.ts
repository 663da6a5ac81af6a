import type { Frame } from '../protocol/frame.js';
import { parsed, valueAt } from '../protocol/json-parts.js';

/** Most tasks of a process that are remembered; the oldest are forgotten first. */
const MAX_TASKS = 4_096;
/** Where a message names a task and its status (MCP 2025-11-25 "Tasks", extension `tasks` of 2026-07-28). */
const PLACES = [['result', 'task'], ['result'], ['params']] as const;
const ENDS: ReadonlySet<unknown> = new Set(['completed', 'failed', 'cancelled']);
const TASK_ID = Buffer.from('"taskId"');

/** The tasks that a process works on without a pending call. They are lost with it. */
export class OpenTasks {
  /** When each may be forgotten, clock time in milliseconds, by its id. */
  readonly #until = new Map<unknown, number>();

  /** Reads an answer or notification of the server, which may say how a task is. `now` is clock time in milliseconds. */
  note(frame: Frame, now: number): void {
    if (!frame.includes(TASK_ID)) return;
    for (const place of PLACES) {
      const [id, status, ttl] = ['taskId', 'status', 'ttl'].map((member) => {
        const at = valueAt(frame, [...place, member]);
        return at && parsed(frame, at);
      });
      if (id === undefined || typeof status !== 'string') continue;
      this.#until.delete(id);
      if (ENDS.has(status)) return;
      this.#until.set(id, typeof ttl === 'number' ? now + ttl : Number.POSITIVE_INFINITY);
      for (const oldest of this.#until.keys()) {
        if (this.#until.size <= MAX_TASKS) return;
        this.#until.delete(oldest);
      }
    }
  }

  /** Whether it works on any. */
  areOpen(now: number): boolean {
    for (const [id, until] of this.#until) {
      if (until > now) return true;
      this.#until.delete(id);
    }
    return false;
  }
}

import type { Frame } from '../../protocol/frame.js';
import { parsed, spliced, textIn, valueAt } from '../../protocol/json-parts.js';
import type { Copy } from './copy.js';

/** Most tasks whose process is kept; servers keep tasks for minutes or hours (MCP "Tasks", `ttl`). */
const MAX_TASKS = 10_000;
const TASK_ID = '"taskId"';
const MARK = 'mcp-pipe-copy-';

/** Which process has which task: a request for a task goes there. `tasks/list` goes through all of them, page after page. */
export class TaskPlaces {
  readonly #places = new Map<string, Copy>();

  /** Notes the task in an answer of a process, or in a notification of it. */
  note(copy: Copy, frame: Frame): void {
    if (!frame.includes(TASK_ID)) return;
    const at =
      valueAt(frame, ['result', 'task', 'taskId']) ??
      valueAt(frame, ['result', 'taskId']) ??
      valueAt(frame, ['params', 'taskId']);
    const id = at && textIn(frame, at);
    if (id === undefined) return;
    this.#places.delete(id);
    this.#places.set(id, copy);
    if (this.#places.size > MAX_TASKS) this.#places.delete(this.#places.keys().next().value!);
  }

  /** The process that has the task of a request; undefined when no running one has. */
  of(frame: Frame): Copy | undefined {
    const at = valueAt(frame, ['params', 'taskId']);
    const copy = at && this.#places.get(textIn(frame, at) ?? '');
    return copy?.state === 'ended' ? undefined : copy;
  }

  /** The place of the process that a `tasks/list` is for, from 1, and the request as that process gets it. */
  page(frame: Frame): { number: number; frame: Frame } {
    const at = valueAt(frame, ['params', 'cursor']);
    const [, number, own] = /^mcp-pipe-copy-(\d+):(.*)$/s.exec((at && textIn(frame, at)) ?? '') ?? [];
    if (!at || number === undefined) return { number: 1, frame };
    if (own !== '')
      return { number: Number(number), frame: spliced(frame, [{ ...at, bytes: JSON.stringify(own) }]) };
    const message = JSON.parse(frame.toString('utf8')) as { params: Record<string, unknown> };
    delete message.params.cursor;
    return { number: Number(number), frame: Buffer.from(JSON.stringify(message)) };
  }

  /** The answer of a process to `tasks/list`: its last page is followed by the first one of the process after it. */
  paged(frame: Frame, number: number, after: number | undefined): Frame {
    const cursor = valueAt(frame, ['result', 'nextCursor']);
    const own = cursor && parsed(frame, cursor);
    if (cursor && typeof own === 'string')
      return spliced(frame, [{ ...cursor, bytes: JSON.stringify(`${MARK}${number}:${own}`) }]);
    const result = valueAt(frame, ['result']);
    if (after === undefined || !result) return frame;
    const next = { ...(parsed(frame, result) as object), nextCursor: `${MARK}${after}:` };
    return spliced(frame, [{ ...result, bytes: JSON.stringify(next) }]);
  }
}

import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { type Edit, elementsOf, spliced, valueAt } from '../../protocol/json-parts.js';
import type { Asked, Core } from './core.js';
import { jsonAt, textAt } from './frames.js';
import type { Port } from './port.js';

/** Tasks that are remembered; the oldest are forgotten first. */
const MAX_TASKS = 4_096;
const RELATED = 'io.modelcontextprotocol/related-task';
/** Where a message may name a task (MCP 2025-11-25 "Tasks", extension `tasks` of 2026-07-28). */
const PLACES = [
  ['result', 'task', 'taskId'],
  ['result', 'taskId'],
  ['result', '_meta', RELATED, 'taskId'],
  ['params', 'taskId'],
  ['params', '_meta', RELATED, 'taskId'],
] as const;

/** Where the same messages say how the task stands. */
const STATUSES = [
  ['result', 'task', 'status'],
  ['result', 'status'],
  ['params', 'status'],
] as const;
const ENDS: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

interface Task {
  port: Port;
  /** As its server knows it. */
  id: string;
  /** The server does not work on it any more, though it may know the result. */
  isOver: boolean;
}

/** Which server works on which task. Of two equal ids the later one is shown under another. */
export class Tasks {
  readonly #core: Core;
  /** By the id that callers see. */
  readonly #tasks = new Map<string, Task>();
  readonly #shown = new Map<Port, Map<string, string>>();
  #aliases = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Whether the server may work on a task. */
  has(port: Port): boolean {
    for (const shown of this.#shown.get(port)?.values() ?? []) {
      if (this.#tasks.get(shown)?.isOver === false) return true;
    }
    return false;
  }

  /** A fresh process works on none of them. */
  serverIsFresh(port: Port): void {
    for (const shown of this.#shown.get(port)?.values() ?? []) {
      const task = this.#tasks.get(shown);
      if (task) task.isOver = true;
    }
  }

  /** A message of a server as callers have to see it; tasks that it names for the first time are remembered. */
  fromServer(port: Port, frame: Frame): Frame {
    const edits: Edit[] = [];
    for (const path of PLACES) {
      const found = textAt(frame, path);
      if (!found) continue;
      const shown = this.#learn(port, found.text);
      const task = this.#tasks.get(shown);
      if (task) task.isOver ||= STATUSES.some((at) => ENDS.has(textAt(frame, at)?.text ?? ''));
      if (shown !== found.text) edits.push({ ...found.at, bytes: JSON.stringify(shown) });
    }
    return edits.length === 0 ? frame : spliced(frame, edits);
  }

  /** A message of the endpoint as its server has to see it. */
  toServer(frame: Frame): Frame {
    if (this.#aliases === 0) return frame;
    const edits: Edit[] = [];
    for (const path of PLACES) {
      const found = textAt(frame, path);
      const task = found && this.#tasks.get(found.text);
      if (task && task.id !== found.text) edits.push({ ...found.at, bytes: JSON.stringify(task.id) });
    }
    return edits.length === 0 ? frame : spliced(frame, edits);
  }

  /** `tasks/get`, `tasks/result`, `tasks/cancel`, `tasks/update`: to the server that works on the task. */
  async route(asked: Asked): Promise<void> {
    const id = textAt(asked.frame, ['params', 'taskId'])?.text;
    if (id === undefined) return this.#core.refuse(asked, -32602, 'Missing "taskId" in params.');
    const task = this.#tasks.get(id) ?? (await this.#find(id));
    if (!task) return this.#core.refuse(asked, -32602, `Task not found: ${id}`);
    const { port } = task;
    this.#core.forward(port, asked, undefined, {
      frame: this.toServer(asked.frame),
      onReply: (reply) => this.fromServer(port, reply),
    });
  }

  /** `tasks/list`: every server's. */
  async list(asked: Asked): Promise<void> {
    const parts = await Promise.all(this.#able().map((port) => this.#listOf(port)));
    this.#core.answer(asked, `{"tasks":[${parts.flat().join(',')}]}`);
  }

  async #listOf(port: Port): Promise<string[]> {
    const reply = await this.#core.within(
      this.#core.ask(port, 'tasks/list', '{}'),
      this.#core.options.settings.gatherTimeoutMs,
    );
    if (reply === 'late' || !reply || reply.envelope.isError) return [];
    const list = valueAt(reply.frame, ['result', 'tasks']);
    return (list ? elementsOf(reply.frame, list) : []).map((range) => {
      const task = reply.frame.subarray(range.start, range.end);
      const found = textAt(task, ['taskId']);
      const shown = found && this.#learn(port, found.text);
      const changed = found && shown !== found.text;
      return (changed ? spliced(task, [{ ...found.at, bytes: JSON.stringify(shown) }]) : task).toString(
        'utf8',
      );
    });
  }

  /** A task that was made before we were there: the server that knows it has it. */
  async #find(id: string): Promise<Task | undefined> {
    for (const port of this.#able()) {
      const reply = await this.#core.ask(port, 'tasks/get', JSON.stringify({ taskId: id }));
      if (reply && !reply.envelope.isError) return this.#tasks.get(this.#learn(port, id));
    }
    return undefined;
  }

  #able(): Port[] {
    return this.#core.ports.filter((port) => port.isUp && canTasks(port));
  }

  #learn(port: Port, id: string): string {
    const shownBy = this.#shown.get(port) ?? new Map<string, string>();
    this.#shown.set(port, shownBy);
    const known = shownBy.get(id);
    if (known !== undefined) return known;
    let shown = id;
    while (this.#tasks.has(shown)) {
      this.#aliases += 1;
      shown = `${id}~${this.#aliases}`;
    }
    this.#tasks.set(shown, { port, id, isOver: false });
    shownBy.set(id, shown);
    if (this.#tasks.size > MAX_TASKS) this.#forgetOldest();
    return shown;
  }

  #forgetOldest(): void {
    const [shown, { port, id }] = this.#tasks.entries().next().value!;
    this.#tasks.delete(shown);
    this.#shown.get(port)?.delete(id);
  }
}

/** Whether a server may answer with a task instead of a result. */
export function canTasks({ introduction }: Port): boolean {
  const { tasks, extensions } = introduction?.capabilities ?? {};
  return (
    tasks !== undefined ||
    (extensions as Record<string, unknown> | undefined)?.[TASKS_EXTENSION] !== undefined
  );
}

const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Whether a reply hands out a task. */
export function namesTask(frame: Frame, { isError }: Envelope): boolean {
  if (isError) return false;
  return (
    jsonAt(frame, ['result', 'task']) !== undefined || jsonAt(frame, ['result', 'resultType']) === '"task"'
  );
}

import type { Envelope, Message } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { type Edit, elementsOf, spliced, valueAt } from '../../protocol/json-parts.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { jsonAt, textAt } from './frames.js';
import type { ClientRequest, RouterContext, RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** Most tasks that are remembered; the oldest are forgotten first. */
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

/** Where the same messages give the status of the task. */
const STATUSES = [
  ['result', 'task', 'status'],
  ['result', 'status'],
  ['params', 'status'],
] as const;
const ENDS: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

interface Task {
  channel: ServerChannel;
  /** The task's id as its server knows it. */
  id: string;
  /** The server has finished the task. It may still have the result. */
  isOver: boolean;
}

interface Refused {
  channel: ServerChannel;
  refusal: Message;
}

/** Remembers which server works on which task. Of two tasks with equal ids the later one gets another id for callers. */
export class Tasks implements RouterPart {
  readonly #context: RouterContext;
  /** Tasks by the id that callers see. */
  readonly #tasks = new Map<string, Task>();
  readonly #shown = new Map<ServerChannel, Map<string, string>>();
  #aliases = 0;

  constructor(context: RouterContext) {
    this.#context = context;
  }

  /** Whether the server may work on a task. */
  isBusy(channel: ServerChannel): boolean {
    for (const shown of this.#shown.get(channel)?.values() ?? []) {
      if (this.#tasks.get(shown)?.isOver === false) return true;
    }
    return false;
  }

  /** Marks the server's tasks as finished: a new process does not know them. */
  onServerReady(channel: ServerChannel, isNewProcess: boolean): void {
    if (!isNewProcess) return;
    for (const shown of this.#shown.get(channel)?.values() ?? []) {
      const task = this.#tasks.get(shown);
      if (task) task.isOver = true;
    }
  }

  serverLeft(channel: ServerChannel): void {
    for (const shown of this.#shown.get(channel)?.values() ?? []) this.#tasks.delete(shown);
    this.#shown.delete(channel);
  }

  /** A server's message with the ids that callers see. Tasks that it names for the first time are remembered. */
  fromServer(channel: ServerChannel, frame: Frame): Frame {
    const edits: Edit[] = [];
    for (const path of PLACES) {
      const found = textAt(frame, path);
      if (!found) continue;
      const shown = this.#learn(channel, found.text);
      const task = this.#tasks.get(shown);
      if (task) task.isOver ||= STATUSES.some((at) => ENDS.has(textAt(frame, at)?.text ?? ''));
      if (shown !== found.text) edits.push({ ...found.at, bytes: JSON.stringify(shown) });
    }
    return edits.length === 0 ? frame : spliced(frame, edits);
  }

  /** A message of the endpoint with the ids that its server knows. */
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

  /** Sends `tasks/get`, `tasks/result`, `tasks/cancel` and `tasks/update` to the server of the task. */
  async route(request: ClientRequest): Promise<void> {
    const id = textAt(request.frame, ['params', 'taskId'])?.text;
    if (id === undefined) return this.#context.refuse(request, -32602, 'Missing "taskId" in params.');
    const found = this.#tasks.get(id) ?? (await this.#find(id, request));
    if (!found) return this.#context.refuse(request, RpcError.invalidParams, `Task not found: ${id}`);
    const { channel } = found;
    if ('refusal' in found) return this.#context.relay(channel, request, found.refusal);
    this.#context.forward(channel, request, undefined, {
      frame: this.toServer(request.frame),
      onReply: (reply) => this.fromServer(channel, reply),
    });
  }

  /** Answers `tasks/list` with the tasks of every server. */
  async list(request: ClientRequest): Promise<void> {
    const parts = await Promise.all(this.#able().map((channel) => this.#listOf(channel)));
    this.#context.answer(request, `{"tasks":[${parts.flat().join(',')}]}`);
  }

  async #listOf(channel: ServerChannel): Promise<string[]> {
    const reply = await this.#context.within(
      this.#context.ask(channel, 'tasks/list', '{}'),
      this.#context.options.settings.gatherTimeoutMs,
    );
    if (reply === 'late' || !reply || reply.envelope.isError) return [];
    const list = valueAt(reply.frame, ['result', 'tasks']);
    return (list ? elementsOf(reply.frame, list) : []).map((range) => {
      const task = reply.frame.subarray(range.start, range.end);
      const found = textAt(task, ['taskId']);
      const shown = found && this.#learn(channel, found.text);
      const changed = found && shown !== found.text;
      return (changed ? spliced(task, [{ ...found.at, bytes: JSON.stringify(shown) }]) : task).toString(
        'utf8',
      );
    });
  }

  /**
   * Finds a task that was made before mcp-pipe started: asks the servers for it.
   *
   * @returns Undefined when no server knows it; the answer of a server that tells tasks only to clients with the extension.
   */
  async #find(id: string, { meta }: ClientRequest): Promise<Task | Refused | undefined> {
    // What `meta` says of this client, before another request can replace it.
    const own = meta === undefined ? {} : { _meta: JSON.parse(this.#context.meta) };
    let refused: Refused | undefined;
    for (const channel of this.#able()) {
      const reply = await this.#context.ask(channel, 'tasks/get', JSON.stringify({ taskId: id, ...own }));
      if (reply && !reply.envelope.isError) return this.#tasks.get(this.#learn(channel, id));
      const code = reply && jsonAt(reply.frame, ['error', 'code']);
      if (reply && code === String(RpcError.missingCapability)) refused ??= { channel, refusal: reply };
    }
    return refused;
  }

  #able(): ServerChannel[] {
    return this.#context.channels.filter((channel) => channel.isUp && canTasks(channel));
  }

  #learn(channel: ServerChannel, id: string): string {
    const shownBy = this.#shown.get(channel) ?? new Map<string, string>();
    this.#shown.set(channel, shownBy);
    const known = shownBy.get(id);
    if (known !== undefined) return known;
    let shown = id;
    while (this.#tasks.has(shown)) {
      this.#aliases += 1;
      shown = `${id}~${this.#aliases}`;
    }
    this.#tasks.set(shown, { channel, id, isOver: false });
    shownBy.set(id, shown);
    if (this.#tasks.size > MAX_TASKS) this.#forgetOldest();
    return shown;
  }

  #forgetOldest(): void {
    const [shown, { channel, id }] = this.#tasks.entries().next().value!;
    this.#tasks.delete(shown);
    this.#shown.get(channel)?.delete(id);
  }
}

/** Whether a server may answer with a task instead of a result. */
export function canTasks({ introduction }: ServerChannel): boolean {
  const { tasks, extensions } = introduction?.capabilities ?? {};
  return (
    tasks !== undefined ||
    (extensions as Record<string, unknown> | undefined)?.[TASKS_EXTENSION] !== undefined
  );
}

const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Whether a reply names a task. */
export function namesTask(frame: Frame, { isError }: Envelope): boolean {
  if (isError) return false;
  return (
    jsonAt(frame, ['result', 'task']) !== undefined || jsonAt(frame, ['result', 'resultType']) === '"task"'
  );
}

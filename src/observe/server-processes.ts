import type { TreeRoot } from '../process/tree-usage.js';
import type { CopyEvent } from '../protocol/copy-event.js';
import type { Status } from '../protocol/status.js';

/** A process of a server that takes requests. */
export interface ServerProcess extends TreeRoot {
  /** The name that events give its server: `memory`, or `memory#3` for some clients only. */
  server: string;
  /** Which one, of a server with several; 1 of any other. */
  copy: number;
}

/** What an event has changed. */
type Change = 'began' | 'ended';

/** Events of the lives of processes; most events are of something else. */
const OF_LIVES: ReadonlySet<Status['type']> = new Set([
  'server-starting',
  'server-ready',
  'server-kept',
  'server-copy',
  'server-down',
  'server-state',
]);

/** Whether an event may be one of those that `ServerProcesses` follows. */
export function isOfLife({ type }: Status): boolean {
  return OF_LIVES.has(type);
}

/** Which processes run, as events tell: of a server with `"instances"`, all of them. */
// D363
export class ServerProcesses {
  /** By server and copy. */
  readonly #running = new Map<string, Map<number, ServerProcess>>();
  #lives = 0;

  /**
   * Something has happened to the server of this name.
   *
   * @returns what that has changed, if it is another process than before, or one less.
   */
  onStatus(status: Status, server: string): Change | undefined {
    const { type } = status;
    // It was ready before, when it is only said to be so once more.
    if (type === 'server-ready' || type === 'server-kept') return this.#began(server, 1, status.pid);
    if (type === 'server-copy') return this.#ofCopy(status, server);
    const isOver =
      type === 'server-down' ||
      type === 'server-starting' ||
      (type === 'server-state' && (status.to === 'stopped' || status.to === 'idle-stopped'));
    return isOver && this.#running.delete(server) ? 'ended' : undefined;
  }

  /** Of the first one, the server's own events have told that it is ready. */
  #ofCopy(event: CopyEvent, server: string): Change | undefined {
    if (event.to === 'ready') return this.#began(server, event.copy, event.pid);
    return this.#ended(server, event.copy);
  }

  #began(server: string, copy: number, pid: number | undefined): Change | undefined {
    if (pid === undefined) return this.#ended(server, copy);
    const copies = this.#running.get(server) ?? new Map<number, ServerProcess>();
    if (copies.get(copy)?.pid === pid) return undefined;
    copies.set(copy, { server, copy, pid, life: ++this.#lives });
    this.#running.set(server, copies);
    return 'began';
  }

  #ended(server: string, copy: number): Change | undefined {
    const copies = this.#running.get(server);
    if (!copies?.delete(copy)) return undefined;
    if (copies.size === 0) this.#running.delete(server);
    return 'ended';
  }

  /** Those of a server, in no order. */
  of(server: string): readonly ServerProcess[] {
    return [...(this.#running.get(server)?.values() ?? [])];
  }

  /** Those of all servers. */
  get all(): readonly ServerProcess[] {
    return [...this.#running.values()].flatMap((copies) => [...copies.values()]);
  }
}

/** What a reader of process trees is asked for. Two processes that run have two numbers. */
export function treeRoots<Root extends TreeRoot>(processes: readonly Root[]): Map<string, Root> {
  return new Map(processes.map((one) => [String(one.pid), one]));
}

import type { Frame } from '../../protocol/frame.js';
import { Method, paramAsJson } from '../../protocol/mcp.js';
import type { Copy } from './copy.js';

/**
 * The requests whose effects stay in a process: the log level, which every process gets, and subscriptions to resources,
 * which one process has: otherwise each change would be told once by each. Where clients stay with their process, each process
 * has them, and tells its own clients.
 */
// D350
export class KeptEffects {
  #level: Frame | undefined;
  /** By the address, as JSON text. */
  readonly #subscriptions = new Map<string, Frame>();

  note(method: string, frame: Frame): void {
    if (method === Method.setLevel) {
      this.#level = frame;
      return;
    }
    const uri = paramAsJson(frame, 'uri');
    if (uri === undefined) return;
    if (method === Method.subscribe) this.#subscriptions.set(uri, frame);
    else this.#subscriptions.delete(uri);
  }

  /** A new process gets the log level, and the subscriptions if it is to tell of changes. */
  tell(copy: Copy, isTelling: boolean): void {
    if (this.#level) void copy.ask(this.#level);
    if (isTelling) this.tellSubscriptions(copy);
  }

  /** It tells of changed resources from now on. */
  tellSubscriptions(copy: Copy): void {
    for (const frame of this.#subscriptions.values()) void copy.ask(frame);
  }
}

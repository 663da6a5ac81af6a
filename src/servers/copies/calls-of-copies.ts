import { type IdKey, idKey, type RawId } from '../../protocol/envelope.js';
import { Method } from '../../protocol/mcp.js';
import { isCounted } from '../tally.js';
import type { Copy } from './copy.js';

/** A request of a client, and the process that works on it. */
export interface CallOfCopy {
  readonly copy: Copy;
  readonly raw: RawId;
  readonly method: string;
  /** The process is busy with it; not with a subscription, which lasts until it is cancelled, and not once it is cancelled. */
  isWork: boolean;
}

/** Most calls that are kept, as in `CallTable`; some servers never answer some calls. */
const MAX_CALLS = 16_384;

/** Which process has which call, by the ids that processes are sent: no two open calls have the same. */
export class CallsOfCopies {
  readonly #calls = new Map<IdKey, CallOfCopy>();

  enter(raw: RawId, method: string, copy: Copy, now: number): void {
    const isWork = isCounted(method) && method !== Method.listen;
    this.#calls.set(idKey(raw), { copy, raw, method, isWork });
    if (this.#calls.size > MAX_CALLS)
      for (const first of this.#calls.keys()) {
        this.#remove(first, now);
        break;
      }
    if (!isWork) return;
    copy.busy += 1;
    copy.calls += 1;
    copy.lastAt = now;
    const { onCall } = copy;
    copy.onCall = undefined;
    onCall?.();
  }

  get(raw: RawId): CallOfCopy | undefined {
    return this.#calls.get(idKey(raw));
  }

  /** It need not be answered any more (MCP "Cancellation"), and has not been yet. */
  cancel(call: CallOfCopy, now: number): void {
    if (!call.isWork) return;
    call.isWork = false;
    call.copy.busy -= 1;
    call.copy.lastAt = now;
  }

  /** The process answers no more, or has answered. */
  end(raw: RawId, now: number): void {
    this.#remove(idKey(raw), now);
  }

  /** Removes and returns the calls of a process that has ended. */
  takeAll(copy: Copy, now: number): CallOfCopy[] {
    const all = [...this.#calls.values()].filter((call) => call.copy === copy);
    for (const { raw } of all) this.end(raw, now);
    return all;
  }

  #remove(key: IdKey, now: number): void {
    const call = this.#calls.get(key);
    if (!call) return;
    this.#calls.delete(key);
    if (!call.isWork) return;
    call.copy.busy -= 1;
    call.copy.lastAt = now;
  }
}

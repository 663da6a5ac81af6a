import { type Envelope, idKey, rawId, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { cancelledWith, paramAsJson, progressTokenAsked } from '../protocol/mcp.js';

/** A request that a server is working on. `Asker` is whoever waits for the reply. */
export interface Call<Asker> {
  asker: Asker;
  /** The id as the asker spelled it, JSON text. */
  rawId: string;
  method: string;
  /** The server knows the call under this id instead; JSON text. */
  alias: string | undefined;
  /** JSON text of the progress token the asker chose. */
  progressToken: string | undefined;
  cancelled: boolean;
  /** Sees the reply on its way out. */
  onReply: ((reply: Frame) => void) | undefined;
}

/** A cancelled call is never answered (MCP "Cancellation"); more than this many are forgotten, oldest first. */
const MAX_CANCELLED = 256;
/** Ids of ended connections that are remembered after their reply, so that a second one is not misdelivered. */
const MAX_REMEMBERED = 1_024;

/**
 * The id fence of one server process: which calls run there, and who asked.
 *
 * Ids alone do not tell connections apart, because the cloud counts from 0 on each of them. So a request whose id
 * is still in use goes in under an alias and comes back under its own id; every other message stays as it is. A
 * reply whose asker has left is recognised by its call and never reaches the next connection.
 */
export class Inflight<Asker> {
  /** By the key under which the server answers. */
  readonly #calls = new Map<string, Call<Asker>>();
  readonly #gone = new Set<string>();
  readonly #left = new Set<Asker>();
  #cancelled = 0;
  #aliases = 0;
  /** Calls whose asker has left while they run. */
  #stale = 0;

  /** Enters a request; the result is the frame to send, the same one unless its id is taken. */
  enter(frame: Frame, envelope: Envelope, asker: Asker, onReply?: (reply: Frame) => void): Frame {
    const raw = rawId(frame, envelope);
    const key = idKey(raw);
    const taken = this.#calls.has(key);
    const alias = taken ? `"mcp-pipe-${++this.#aliases}"` : undefined;
    this.#calls.set(alias ?? key, {
      asker,
      rawId: raw,
      method: envelope.method!,
      alias,
      progressToken: progressTokenAsked(frame),
      cancelled: false,
      onReply,
    });
    return alias ? withId(frame, envelope, alias) : frame;
  }

  /**
   * Takes a reply: the call it ends; `fenced` when it answers a call that was answered already for a connection
   * that has left; undefined when no call is known.
   */
  take(frame: Frame, envelope: Envelope): Call<Asker> | 'fenced' | undefined {
    return envelope.idStart < 0 ? undefined : this.takeId(rawId(frame, envelope));
  }

  /** The same for a reply that was not kept; `raw` is its id token. */
  takeId(raw: string): Call<Asker> | 'fenced' | undefined {
    const key = idKey(raw);
    const call = this.#calls.get(key);
    if (!call) return this.#gone.has(key) ? 'fenced' : undefined;
    this.#forget(key, call);
    return call;
  }

  /** A cancelled notification as the server has to see it, or undefined when it would hit somebody else's call. */
  cancel(frame: Frame, asker: Asker): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return frame;
    const wanted = idKey(requestId);
    for (const call of this.#candidates(wanted)) {
      if (call.asker !== asker || idKey(call.rawId) !== wanted) continue;
      if (!call.cancelled) {
        call.cancelled = true;
        this.#cancelled += 1;
        if (this.#cancelled > MAX_CANCELLED) this.#dropOldestCancelled();
      }
      return call.alias ? cancelledWith(frame, call.alias) : frame;
    }
    return this.#calls.has(wanted) ? undefined : frame;
  }

  /** Whether a progress notification belongs to a call whose asker has left. */
  isStaleProgress(frame: Frame): boolean {
    if (this.#stale === 0) return false;
    const token = paramAsJson(frame, 'progressToken');
    for (const call of this.#calls.values()) {
      if (this.#left.has(call.asker) && call.progressToken === token) return true;
    }
    return false;
  }

  /** The asker is gone: its calls go on, their replies will be fenced. */
  leave(asker: Asker): void {
    this.#left.add(asker);
    for (const call of this.#calls.values()) if (call.asker === asker) this.#stale += 1;
    if (this.#stale === 0) this.#left.delete(asker);
  }

  /** Calls of `asker` that somebody still waits for. */
  of(asker: Asker): Call<Asker>[] {
    return [...this.#calls.values()].filter((call) => call.asker === asker && !call.cancelled);
  }

  /** The process is gone: nobody will answer any of them. The result is what `asker` still waited for. */
  abandon(asker: Asker): Call<Asker>[] {
    const waitedFor = this.of(asker);
    this.#calls.clear();
    return waitedFor;
  }

  /** How many calls run, whoever asked. */
  get size(): number {
    return this.#calls.size;
  }

  #forget(key: string, call: Call<Asker>): void {
    this.#calls.delete(key);
    if (call.cancelled) this.#cancelled -= 1;
    if (!this.#left.has(call.asker)) return;
    this.#stale -= 1;
    if (this.#stale === 0) this.#left.clear();
    this.#gone.add(key);
    if (this.#gone.size > MAX_REMEMBERED) this.#gone.delete(this.#gone.values().next().value!);
  }

  /** The call under that key, or every aliased one: cancelling is rare, a second index is not worth its upkeep. */
  *#candidates(key: string): Iterable<Call<Asker>> {
    const direct = this.#calls.get(key);
    if (direct) yield direct;
    if (this.#aliases > 0) for (const call of this.#calls.values()) if (call.alias) yield call;
  }

  #dropOldestCancelled(): void {
    for (const [key, call] of this.#calls) {
      if (!call.cancelled) continue;
      this.#forget(key, call);
      this.#gone.add(key);
      return;
    }
  }
}

import { type Envelope, type IdKey, idKey, type RawId, rawId, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { calledName, cancelledWith, Method, paramAsJson, progressTokenAsked } from '../protocol/mcp.js';
import { AnsweredIds } from './answered-ids.js';
import { ForwardedInitialize } from './forwarded-initialize.js';
import { OpenCalls } from './open-calls.js';

/** A request that a server is working on. `Asker` is whoever waits for the reply. */
export interface InflightCall<Asker> {
  /** Undefined once the asker has left: its call goes on, its reply is for nobody. */
  asker: Asker | undefined;
  /** The id as the asker spelled it. */
  rawId: RawId;
  method: string;
  /** Of the tool, prompt or resource; undefined of everything else. */
  name: string | undefined;
  /** Clock time in milliseconds. */
  enteredAt: number;
  /** The server knows the call under this id instead; JSON text. */
  alias: string | undefined;
  /** JSON text of the progress token the asker chose. */
  progressToken: string | undefined;
  cancelled: boolean;
  /** It was said that it takes long. */
  isSlow: boolean;
  /** Sees the reply on its way out. */
  onReply: ((reply: Frame) => void) | undefined;
}

/** What became of a server's calls, over all its processes. */
export interface Tally {
  answered: number;
  failed: number;
  /** When the last one came, clock time in milliseconds. */
  lastAt: number | undefined;
}

export const newTally = (): Tally => ({ answered: 0, failed: 0, lastAt: undefined });

/** A cancelled call is never answered (MCP "Cancellation"); more than this many are forgotten, oldest first. */
const MAX_CANCELLED = 256;
/** Calls of askers that have left; some servers never answer some calls. */
const MAX_STALE = 1_024;
/** Calls altogether; nobody waits for the oldest of so many. */
const MAX_CALLS = 16_384;
/** Ids of calls that were forgotten. */
const MAX_REMEMBERED = 4_096;

/** Numbers above it are aliases; they fit into 32 bits. */
const FIRST_NUMBER = 2_000_000_000;

/**
 * The id fence of one server process: which calls run there, and who asked.
 *
 * Ids alone do not tell connections apart, because the cloud counts from 0 on each of them. So a request whose id
 * is still in use, or was answered on an earlier connection, goes in under an alias and comes back under its own id; every other message stays as it is. A
 * reply whose asker has left is recognised by its call and never reaches the next connection.
 */
export class InflightCalls<Asker> {
  /** By the key under which the server answers. */
  readonly #calls = new OpenCalls<InflightCall<Asker>>();
  /** A second reply to an asker that has left must not reach anybody either. */
  readonly #answered = new AnsweredIds();
  /** Forgotten before an answer came, which may still come: whoever uses the id anew gets an alias. */
  readonly #forgotten = new Set<IdKey>();
  #cancelled = 0;
  #aliases = 0;
  /** Calls whose asker has left while they run. */
  #stale = 0;
  #hasSubscriptions = false;
  /** Hears of the next call, once. */
  onNext: (() => void) | undefined;
  readonly #now: () => number;
  readonly #tally: Tally;

  /** @param now Clock time in milliseconds. */
  constructor(now: () => number = () => 0, tally: Tally = newTally()) {
    this.#now = now;
    this.#tally = tally;
  }

  /** Enters a request; the result is the frame to send, the same one unless its id is taken. */
  enter(frame: Frame, envelope: Envelope, asker: Asker, onReply?: (reply: Frame) => void): Frame {
    const raw = rawId(frame, envelope);
    const key = idKey(raw);
    // D2, D35: only a taken id changes.
    const alias = this.#isTaken(key) ? this.#freeAlias(key) : undefined;
    if (envelope.method === Method.listen) this.#hasSubscriptions = true;
    const enteredAt = this.#now();
    if (!isOwn(asker)) {
      if (isCounted(envelope.method!)) this.#tally.lastAt = enteredAt;
      if (this.onNext) this.#notifyNext(this.onNext);
    }
    this.#calls.add(alias === undefined ? key : idKey(alias), {
      asker,
      rawId: raw,
      method: envelope.method!,
      name: calledName(frame, envelope),
      enteredAt,
      alias,
      progressToken: progressTokenAsked(frame, envelope),
      cancelled: false,
      isSlow: false,
      onReply,
    });
    if (this.#calls.size > MAX_CALLS) this.#forgetOldest(() => true);
    return alias ? withId(frame, envelope, alias) : frame;
  }

  /**
   * Takes a reply: the call it ends; `fenced` when it answers a call that nobody waits for any more; undefined when
   * no call is known.
   */
  take(frame: Frame, envelope: Envelope): InflightCall<Asker> | 'fenced' | undefined {
    return envelope.idStart < 0 ? undefined : this.takeId(rawId(frame, envelope));
  }

  /** The same for a reply that was not kept; `raw` is its id token. */
  takeId(raw: RawId): InflightCall<Asker> | 'fenced' | undefined {
    const key = idKey(raw);
    const call = this.#calls.take(key);
    if (!call) return this.#forgotten.delete(key) || this.#answered.isEarlier(key) ? 'fenced' : undefined;
    this.#removed(call);
    if (call.asker === undefined) {
      this.#answered.late(key);
      return 'fenced';
    }
    this.#answered.answered(key);
    return call;
  }

  /** Nobody waits for the call any more; an answer to it may still come, and is for nobody. */
  giveUp(call: InflightCall<Asker>): void {
    const key = idKey(call.alias ?? call.rawId);
    if (this.#calls.get(key) !== call) return;
    this.#calls.take(key);
    this.#removed(call);
    remember(this.#forgotten, key);
  }

  /** Whether a call with that id was answered lately, and none runs under it. */
  wasAnswered(raw: RawId): boolean {
    return this.#answered.isRecent(idKey(raw));
  }

  /** The call that a reply with that id would end. */
  peek(raw: RawId): InflightCall<Asker> | undefined {
    return this.#calls.get(idKey(raw));
  }

  /** A cancelled notification as the server has to see it, or undefined when it would hit somebody else's call. */
  cancel(frame: Frame, asker: Asker): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return frame;
    const wanted = idKey(requestId);
    for (const call of this.#candidates(wanted)) {
      // The id may have been used again after it was cancelled.
      if (call.asker !== asker || call.cancelled || idKey(call.rawId) !== wanted) continue;
      call.cancelled = true;
      this.#cancelled += 1;
      if (this.#cancelled > MAX_CANCELLED) this.#forgetOldest(({ cancelled }) => cancelled);
      return call.alias ? cancelledWith(frame, call.alias) : frame;
    }
    return this.#calls.has(wanted) || this.#forgotten.has(wanted) ? undefined : frame;
  }

  /** Whether a progress notification can only belong to a call whose asker has left. */
  isStaleProgress(frame: Frame): boolean {
    if (this.#stale === 0) return false;
    const token = paramAsJson(frame, 'progressToken');
    let stale = false;
    for (const call of this.#calls.values()) {
      if (call.progressToken !== token) continue;
      if (call.asker !== undefined) return false;
      stale = true;
    }
    return stale;
  }

  /** Whether some call may be a subscription (MCP 2026-07-28, `subscriptions/listen`), whose notifications name its id. */
  get hasSubscriptions(): boolean {
    return this.#hasSubscriptions;
  }

  /** The call that a subscription's notification belongs to; `id` is what it names, JSON text. */
  subscription(id: string): InflightCall<Asker> | undefined {
    const call = this.#calls.get(idKey(id));
    return call?.method === Method.listen ? call : undefined;
  }

  /**
   * The asker is gone: its calls go on, their replies will be fenced. The result is what would go on for ever: its
   * subscriptions, by the ids under which the server knows them.
   */
  leave(asker: Asker): RawId[] {
    const endless: RawId[] = [];
    for (const call of this.#calls.values()) {
      if (call.asker !== asker) continue;
      if (call.method === Method.listen && !call.cancelled) endless.push(call.alias ?? call.rawId);
      call.asker = undefined;
      call.onReply = undefined;
      this.#stale += 1;
    }
    this.#answered.leave();
    while (this.#stale > MAX_STALE) this.#forgetOldest((call) => call.asker === undefined);
    return endless;
  }

  /** Calls of `asker` that somebody still waits for. */
  of(asker: Asker): InflightCall<Asker>[] {
    return [...this.#calls.values()].filter((call) => call.asker === asker && !call.cancelled);
  }

  /** The process is gone: nobody will answer any of them. The result is what `asker` still waited for. */
  abandon(asker: Asker): InflightCall<Asker>[] {
    const waitedFor = this.of(asker);
    this.#calls.clear();
    return waitedFor;
  }

  /** Whether some call is so. */
  has(which: (call: InflightCall<Asker>) => boolean): boolean {
    for (const call of this.#calls.values()) if (which(call)) return true;
    return false;
  }

  /** How many calls run, whoever asked. */
  get size(): number {
    return this.#calls.size;
  }

  /** Calls that the server works on for others, oldest first; subscriptions are meant to last. */
  *running(): Generator<InflightCall<Asker>> {
    for (const call of this.owed()) if (!call.cancelled) yield call;
  }

  /** The same with those that were cancelled, which need no answer (MCP "Cancellation"), but have got none either. */
  *owed(): Generator<InflightCall<Asker>> {
    for (const call of this.#calls.values())
      if (call.method !== Method.listen && !isOwn(call.asker)) yield call;
  }

  #notifyNext(onNext: () => void): void {
    this.onNext = undefined;
    onNext();
  }

  /** An answer under that id may be meant for somebody else. */
  #isTaken(key: IdKey): boolean {
    return this.#calls.has(key) || this.#forgotten.has(key) || this.#answered.isEarlier(key);
  }

  /**
   * An id that nobody uses: the endpoint may be another mcp-pipe, with aliases of its own. A number stays a number, because
   * some servers know no others.
   */
  #freeAlias(key: IdKey): string {
    for (;;) {
      this.#aliases += 1;
      const alias =
        typeof key === 'number' ? String(FIRST_NUMBER + this.#aliases) : `"mcp-pipe-${this.#aliases}"`;
      if (!this.#isTaken(idKey(alias))) return alias;
    }
  }

  #removed(call: InflightCall<Asker>): void {
    if (call.cancelled) this.#cancelled -= 1;
    if (call.asker === undefined) this.#stale -= 1;
  }

  /** The call under that key, or every aliased one: cancelling is rare, a second index is not worth its upkeep. */
  *#candidates(key: IdKey): Iterable<InflightCall<Asker>> {
    const direct = this.#calls.get(key);
    if (direct) yield direct;
    if (this.#aliases > 0) for (const call of this.#calls.values()) if (call.alias) yield call;
  }

  #forgetOldest(which: (call: InflightCall<Asker>) => boolean): void {
    for (const [key, call] of this.#calls.entries()) {
      if (!which(call)) continue;
      this.#calls.take(key);
      this.#removed(call);
      remember(this.#forgotten, key);
      return;
    }
  }
}

/** Whether a request is one of those that people mean when they ask what a server has done. */
export function isCounted(method: string): boolean {
  return method !== Method.ping && method !== Method.initialize;
}

/** Symbols stand for mcp-pipe itself: what it asks for its own sake is no call. */
function isOwn(asker: unknown): boolean {
  return typeof asker === 'symbol' || asker instanceof ForwardedInitialize;
}

function remember(keys: Set<IdKey>, key: IdKey): void {
  keys.add(key);
  if (keys.size > MAX_REMEMBERED) keys.delete(keys.values().next().value!);
}

import { type Envelope, type IdKey, idKey, type RawId, rawId } from '../envelope.js';
import type { Frame } from '../frame.js';
import { type Edit, spliced, valueAt } from '../json-parts.js';
import { Method, paramAsJson } from '../mcp.js';
import { withId } from '../with-id.js';
import { AliasedCalls } from './aliased-calls.js';
import { AnsweredIds } from './answered-ids.js';
import { OpenCalls } from './open-calls.js';
import type { PendingCall } from './pending-call.js';

export interface CallTableOptions<Call> {
  /** `keep`: only a request whose id is taken gets one of the table's own. `own`: every request does. */
  readonly ids: 'keep' | 'own';
  /** Returns own id number `count` for `key`. With `own` ids no id may be returned twice. */
  readonly newId: (key: IdKey, count: number) => RawId;
  /** As `newId`, JSON text, for a progress token that an open call uses already; without this option, tokens stay unchanged. */
  readonly newToken?: (count: number) => string;
  /** Whether a call keeps its token although `other`, an open call, uses the same. Default: none does. */
  keepsToken?(call: Call, other: Call): boolean;
  /** Whether a cancelled call, which need not be answered (MCP "Cancellation"), stays open for a reply or is forgotten. */
  readonly cancelled: 'open' | 'forgotten';
  readonly timeout?: {
    ms: number;
    clock: { now(): number; after(ms: number, fn: () => void): () => void };
    onTimeout(call: Call): void;
  };
}

/** Most calls in a table; no asker has this many pending. */
const MAX_CALLS = 16_384;
/** Most cancelled calls in a table: they may never be answered, so the oldest are forgotten. */
const MAX_CANCELLED = 256;
/** Most calls whose asker has left: some servers never answer some calls. */
const MAX_STALE = 1_024;
/** From this many calls on, there is an index for cancellations. */
const MANY = 64;
/** Most ids of forgotten calls. */
const MAX_FORGOTTEN = MAX_CALLS;

/**
 * Pending requests. Each reply is passed to its asker once, with the id that the asker chose, byte for byte.
 *
 * Each asker counts its ids from 0, so two requests may have equal ids. A request whose id is taken is sent under an alias;
 * all other frames keep their bytes. An id is taken while its call is open, after the call was forgotten and may still be
 * answered, and after the asker of an answered call has left, because a server may answer twice.
 */
// D2, D35, D37, D126
export class CallTable<Asker, Call extends PendingCall<Asker> = PendingCall<Asker>> {
  readonly #options: CallTableOptions<Call>;
  readonly #isOwn: boolean;
  readonly #timeout: CallTableOptions<Call>['timeout'];
  /** Open calls by the key under which the peer answers, oldest first. */
  readonly #open = new OpenCalls<Call>();
  readonly #answered = new AnsweredIds();
  /** Keys of calls that were forgotten before their answers came, with the peer that may still answer. */
  readonly #forgotten = new Map<IdKey, unknown>();
  /** Open calls by the progress token that the peer knows. */
  readonly #byToken: Map<string, Call> | undefined;
  /** Open calls that were cancelled, in the order of the cancellations. */
  readonly #cancelled = new Set<Call>();
  /** From the first search among many calls on, until no call is open. */
  #aliased: AliasedCalls<Call> | undefined;
  #stale = 0;
  #ids = 0;
  #tokens = 0;
  #stopTimer: (() => void) | undefined;

  constructor(options: CallTableOptions<Call>) {
    this.#options = options;
    this.#isOwn = options.ids === 'own';
    this.#timeout = options.timeout;
    if (options.newToken) this.#byToken = new Map();
  }

  /** Number of open calls of all askers. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether entering one more call makes the table forget the oldest one. */
  get isFull(): boolean {
    return this.#open.size >= MAX_CALLS;
  }

  /** Whether the peer knows progress of any call so far under another token than the asker's. */
  get hasTokenAliases(): boolean {
    return this.#tokens > 0;
  }

  /** Number of open calls whose asker has left. */
  get stale(): number {
    return this.#stale;
  }

  /**
   * Enters the request `frame` as `call`. Returns the frame to send: the same one unless its id or token is taken. With
   * `isRenamed` it gets an id and a token that no other call gets: those of askers that the peer may confuse.
   */
  enterCall(frame: Frame, envelope: Envelope, call: Call, isRenamed = false): Frame {
    const key = idKey(call.rawId);
    if (this.#isOwn || isRenamed || this.#isTaken(key)) call.alias = this.newId(key);
    this.#open.add(call.alias === undefined ? key : idKey(call.alias), call);
    this.#aliased?.add(call);
    if (this.#open.size > MAX_CALLS) this.#forgetOldest(() => true);
    if (this.#timeout) this.#limit(call, this.#timeout);
    if (
      call.progressToken !== undefined &&
      this.#byToken &&
      this.#enterToken(call, this.#byToken, isRenamed)
    ) {
      const edits: Edit[] = [];
      if (call.alias !== undefined)
        edits.push({ start: envelope.idStart, end: envelope.idEnd, bytes: String(call.alias) });
      const token = valueAt(frame, ['params', '_meta', 'progressToken']);
      if (token) edits.push({ ...token, bytes: call.tokenAlias! });
      return spliced(frame, edits);
    }
    return call.alias === undefined ? frame : withId(frame, envelope, call.alias);
  }

  /** An id of the table's own that is not taken, in place of `key`. */
  newId(key: IdKey): RawId {
    for (;;) {
      this.#ids += 1;
      const id = this.#options.newId(key, this.#ids);
      if (!this.#isTaken(idKey(id))) return id;
    }
  }

  /** Removes and returns the call that a reply answers; `stale` if its asker has left; undefined if there is none. */
  take(frame: Frame, envelope: Envelope, peer?: unknown): Call | 'stale' | undefined {
    return envelope.idStart < 0 ? undefined : this.takeId(rawId(frame, envelope), peer);
  }

  /** As `take`, by the reply's id. With `peer`, only calls to this peer are taken. */
  takeId(raw: RawId, peer?: unknown): Call | 'stale' | undefined {
    const key = idKey(raw);
    if (peer !== undefined && (this.#open.get(key)?.peer ?? this.#forgotten.get(key)) !== peer)
      return undefined;
    const call = this.#open.take(key);
    if (!call) return this.#forgotten.delete(key) || this.#answered.isEarlier(key) ? 'stale' : undefined;
    this.#removed(call);
    if (call.asker === undefined) {
      this.#answered.late(key);
      return 'stale';
    }
    this.#answered.answered(key);
    return call;
  }

  /** The call that a reply with this id would end; undefined when there is none. */
  peek(raw: RawId): Call | undefined {
    return this.#open.get(idKey(raw));
  }

  /** Whether the peer works on a call with this id, or may still answer a forgotten one. */
  isKnown(raw: RawId): boolean {
    const key = idKey(raw);
    return this.#open.has(key) || this.#forgotten.has(key);
  }

  /** Whether a call with this id was answered lately, and none is open. */
  wasAnswered(raw: RawId): boolean {
    return this.#answered.isRecent(idKey(raw));
  }

  /** Cancels and returns the asker's call with this id (JSON text); undefined when there is none to cancel. */
  cancelCall(requestId: string, asker: Asker): Call | undefined {
    const wanted = idKey(requestId);
    for (const call of this.#candidates(wanted)) {
      // The id may have been used again after it was cancelled.
      if (call.asker !== asker || call.cancelled || idKey(call.rawId) !== wanted) continue;
      this.markCancelled(call);
      return call;
    }
    return undefined;
  }

  /** Marks an open call as cancelled. */
  markCancelled(call: Call): void {
    if (call.cancelled) return;
    call.cancelled = true;
    this.#cancelled.add(call);
    if (this.#options.cancelled === 'forgotten') this.giveUp(call);
    else if (this.#cancelled.size > MAX_CANCELLED)
      for (const first of this.#cancelled) return void this.giveUp(first);
  }

  /** Forgets an open call; its id stays taken until the answer has come. Returns false if it is not open. */
  giveUp(call: Call): boolean {
    const key = idKey(call.alias ?? call.rawId);
    if (this.#open.get(key) !== call) return false;
    this.#open.take(key);
    this.#forget(key, call);
    return true;
  }

  /** The call of a progress notification, and the frame with the asker's token; undefined without a call. */
  progressed(frame: Frame): { call: Call; frame: Frame } | undefined {
    if (!this.#byToken?.size) return undefined;
    const token = paramAsJson(frame, 'progressToken');
    const call = token === undefined ? undefined : this.#byToken.get(token);
    if (!call) return undefined;
    const at = call.tokenAlias === undefined ? undefined : valueAt(frame, ['params', 'progressToken']);
    return { call, frame: at ? spliced(frame, [{ ...at, bytes: call.progressToken! }]) : frame };
  }

  /** Call it when the asker has left. Returns its calls: the peer goes on, and the replies are dropped. */
  leave(asker: Asker): Call[] {
    const left: Call[] = [];
    for (const call of this.#open.values()) {
      if (call.asker !== asker) continue;
      call.asker = undefined;
      this.#stale += 1;
      left.push(call);
    }
    this.renewIds();
    while (this.#stale > MAX_STALE) this.#forgetOldest((call) => call.asker === undefined);
    return left;
  }

  /** Call it when askers begin to count ids from 0 again: all ids answered so far then count as taken. */
  renewIds(): void {
    this.#answered.leave();
  }

  /** Calls of `asker` that were not cancelled, oldest first. */
  of(asker: Asker): Call[] {
    return [...this.#open.values()].filter((call) => call.asker === asker && !call.cancelled);
  }

  /** Open calls, oldest first. */
  values(): Iterable<Call> {
    return this.#open.values();
  }

  /** Whether any open call meets the condition. */
  has(which: (call: Call) => boolean): boolean {
    for (const call of this.#open.values()) if (which(call)) return true;
    return false;
  }

  /** Removes and returns all calls; replies to them are unknown from now on. */
  clear(): Call[] {
    const calls = [...this.#open.values()];
    this.#open.clear();
    this.#byToken?.clear();
    this.#cancelled.clear();
    this.#aliased = undefined;
    this.#stale = 0;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    return calls;
  }

  /** Whether an answer with this id may belong to another call. */
  #isTaken(key: IdKey): boolean {
    const { size } = this.#forgotten;
    return this.#open.has(key) || (size > 0 && this.#forgotten.has(key)) || this.#answered.isEarlier(key);
  }

  /** The call under this key, and calls with aliases, among them all that have the id. */
  *#candidates(key: IdKey): Iterable<Call> {
    const direct = this.#open.get(key);
    if (direct) yield direct;
    if (this.#ids === 0) return;
    // Cancelling is rare, so there is an index only where the search would take long.
    if (this.#open.size < MANY) {
      for (const call of this.#open.values()) if (call.alias !== undefined) yield call;
      return;
    }
    this.#aliased ??= new AliasedCalls(this.#open.values());
    yield* this.#aliased.of(key);
  }

  /** Enters the progress token of a call. Returns true if it was replaced by an alias. */
  #enterToken(call: Call, byToken: Map<string, Call>, isRenamed: boolean): boolean {
    const asked = call.progressToken!;
    const renew = () => {
      this.#tokens += 1;
      call.tokenAlias = this.#options.newToken!(this.#tokens);
    };
    const isTaken = (token: string) => {
      const other = byToken.get(token);
      return other !== undefined && !this.#options.keepsToken?.(call, other);
    };
    if (isRenamed) renew();
    while (isTaken(call.tokenAlias ?? asked)) renew();
    byToken.set(call.tokenAlias ?? asked, call);
    return call.tokenAlias !== undefined;
  }

  #removed(call: Call): void {
    if (call.cancelled) this.#cancelled.delete(call);
    this.#aliased?.delete(call);
    if (this.#open.size === 0) this.#aliased = undefined;
    if (call.asker === undefined) this.#stale -= 1;
    if (call.progressToken === undefined || !this.#byToken) return;
    const token = call.tokenAlias ?? call.progressToken;
    if (this.#byToken.get(token) === call) this.#byToken.delete(token);
  }

  #forgetOldest(which: (call: Call) => boolean): void {
    for (const [key, call] of this.#open.entries()) {
      if (!which(call)) continue;
      this.#open.take(key);
      return this.#forget(key, call);
    }
  }

  /** Keeps the key of a call that was removed without an answer. */
  #forget(key: IdKey, call: Call): void {
    this.#removed(call);
    // The table's own ids are never used twice.
    if (this.#isOwn) return;
    this.#forgotten.set(key, call.peer);
    if (this.#forgotten.size > MAX_FORGOTTEN) this.#forgotten.delete(this.#forgotten.keys().next().value!);
  }

  #limit(call: Call, { ms, clock }: NonNullable<CallTableOptions<Call>['timeout']>): void {
    // A server may take any time to start, and `initialize` is never cancelled (MCP "Cancellation").
    if (call.method === Method.initialize) return;
    call.deadline = clock.now() + ms;
    this.#stopTimer ??= clock.after(ms, () => this.#expire());
  }

  /** Handles calls over their deadline. All calls have the same time, so the oldest call has the first deadline. */
  #expire(): void {
    const { clock, onTimeout } = this.#timeout!;
    this.#stopTimer = undefined;
    for (const call of this.#open.values()) {
      if (call.deadline === undefined) continue;
      // Timers may fire a fraction early.
      const leftMs = call.deadline - clock.now();
      if (leftMs > 1) {
        this.#stopTimer = clock.after(leftMs, () => this.#expire());
        return;
      }
      if (this.giveUp(call)) onTimeout(call);
    }
  }
}

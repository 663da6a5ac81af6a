import { type Envelope, type IdKey, idKey, type RawId, rawId, withId } from '../envelope.js';
import type { Frame } from '../frame.js';
import { type Edit, spliced, valueAt } from '../json-parts.js';
import { cancelledWith, Method, paramAsJson, progressTokenAsked } from '../mcp.js';
import { AnsweredIds } from './answered-ids.js';
import { OpenCalls } from './open-calls.js';

/** A request that has not been answered. The asker gets the reply, the peer gives it. */
export interface PendingCall<Asker> {
  /** Undefined once the asker has left: its call goes on, the reply is dropped. */
  asker: Asker | undefined;
  /** The id as the asker spelled it. */
  readonly rawId: RawId;
  readonly method: string;
  /** JSON text of the progress token the asker chose. */
  progressToken: string | undefined;
  /** The peer knows the call under this id instead; JSON text. */
  alias: string | undefined;
  cancelled: boolean;
  /** The peer knows the call's progress under this token instead; JSON text. */
  tokenAlias?: string;
  /** The one peer that may answer, in a table that has several. */
  readonly peer?: unknown;
  /** Clock time in milliseconds after which the call has timed out. */
  deadline?: number | undefined;
}

/** The call of a request that needs nothing more. */
export function pendingCall<Asker>(frame: Frame, envelope: Envelope, asker: Asker): PendingCall<Asker> {
  return {
    asker,
    rawId: rawId(frame, envelope),
    method: envelope.method!,
    progressToken: progressTokenAsked(frame, envelope),
    alias: undefined,
    cancelled: false,
  };
}

export interface CallTableOptions<Call> {
  /** `keep`: only a request whose id is taken gets one of the table's own. `own`: every request does. */
  readonly ids: 'keep' | 'own';
  /** The table's own id number `count` in the place of `key`, JSON text. With `own` ids, none may be given twice. */
  readonly newId: (key: IdKey, count: number) => string;
  /** The same for a progress token that an open call uses already; without it, tokens are left as they are. */
  readonly newToken?: (count: number) => string;
  /** A cancelled call need not be answered (MCP "Cancellation"): it stays open for a reply all the same, or is forgotten. */
  readonly cancelled: 'open' | 'forgotten';
  readonly timeout?: {
    ms: number;
    clock: { now(): number; after(ms: number, fn: () => void): () => void };
    onTimeout(call: Call): void;
  };
}

/** Calls altogether; so many are waited for by no asker. */
const MAX_CALLS = 16_384;
/** A cancelled call may never be answered; more than this many are forgotten, oldest first. */
const MAX_CANCELLED = 256;
/** Calls of askers that have left; some servers never answer some calls. */
const MAX_STALE = 1_024;
/** Ids of calls that were forgotten. */
const MAX_FORGOTTEN = 4_096;

/**
 * Requests that wait for their replies: each reply goes to its asker once, under the id that the asker chose, byte for byte.
 *
 * Askers count their ids from 0 each, so equal ids meet here. A request whose id is taken is sent under an alias; every
 * other frame keeps its bytes. Taken is an id that is open, that was forgotten and may yet be answered, or that was answered
 * before its asker left and may be answered again.
 */
// D2, D35, D37, D126
export class CallTable<Asker, Call extends PendingCall<Asker> = PendingCall<Asker>> {
  readonly #options: CallTableOptions<Call>;
  readonly #isOwn: boolean;
  readonly #timeout: CallTableOptions<Call>['timeout'];
  /** By the key under which the peer answers, oldest first. */
  readonly #open = new OpenCalls<Call>();
  readonly #answered = new AnsweredIds();
  /** Forgotten before an answer came, which may still come; with the peer it would come from. */
  readonly #forgotten = new Map<IdKey, unknown>();
  /** By the progress token as the peer knows it. */
  readonly #byToken: Map<string, Call> | undefined;
  #cancelled = 0;
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

  /** How many calls are open, of all askers. */
  get size(): number {
    return this.#open.size;
  }

  /** One more makes the table forget the oldest call. */
  get isFull(): boolean {
    return this.#open.size >= MAX_CALLS;
  }

  /** How many of the open calls have lost their askers. */
  get stale(): number {
    return this.#stale;
  }

  /** Enters the request `frame` as `call`. Returns the frame to send: the same one unless its id or token is taken. */
  enterCall(frame: Frame, envelope: Envelope, call: Call): Frame {
    const key = idKey(call.rawId);
    if (this.#isOwn || this.#isTaken(key)) call.alias = this.newId(key);
    this.#open.add(call.alias === undefined ? key : idKey(call.alias), call);
    if (this.#open.size > MAX_CALLS) this.#forgetOldest(() => true);
    if (this.#timeout) this.#limit(call, this.#timeout);
    if (call.progressToken !== undefined && this.#byToken && this.#enterToken(call, this.#byToken)) {
      const edits: Edit[] = [];
      if (call.alias !== undefined)
        edits.push({ start: envelope.idStart, end: envelope.idEnd, bytes: call.alias });
      const token = valueAt(frame, ['params', '_meta', 'progressToken']);
      if (token) edits.push({ ...token, bytes: call.tokenAlias! });
      return spliced(frame, edits);
    }
    return call.alias === undefined ? frame : withId(frame, envelope, call.alias);
  }

  /** An id of the table's own, as JSON text, that is not taken. `key` is what it stands for. */
  newId(key: IdKey): string {
    for (;;) {
      this.#ids += 1;
      const id = this.#options.newId(key, this.#ids);
      if (!this.#isTaken(idKey(id))) return id;
    }
  }

  /** Takes a reply: the call it ends; `fenced` if it answers a call without an asker; undefined if it answers none. */
  take(frame: Frame, envelope: Envelope, peer?: unknown): Call | 'fenced' | undefined {
    return envelope.idStart < 0 ? undefined : this.takeId(rawId(frame, envelope), peer);
  }

  /** The same by the reply's id token. With `peer`, nothing is taken that was asked of another one. */
  takeId(raw: RawId, peer?: unknown): Call | 'fenced' | undefined {
    const key = idKey(raw);
    if (peer !== undefined && (this.#open.get(key)?.peer ?? this.#forgotten.get(key)) !== peer)
      return undefined;
    const call = this.#open.take(key);
    if (!call) return this.#forgotten.delete(key) || this.#answered.isEarlier(key) ? 'fenced' : undefined;
    this.#removed(call);
    if (call.asker === undefined) {
      this.#answered.late(key);
      return 'fenced';
    }
    this.#answered.answered(key);
    return call;
  }

  /** The call that a reply with that id token would end. */
  peek(raw: RawId): Call | undefined {
    return this.#open.get(idKey(raw));
  }

  /** The peer knows a call under that id token, or knew one and may yet answer it. */
  isKnown(raw: RawId): boolean {
    const key = idKey(raw);
    return this.#open.has(key) || this.#forgotten.has(key);
  }

  /** A call with that id token was answered lately, and none is open under it. */
  wasAnswered(raw: RawId): boolean {
    return this.#answered.isRecent(idKey(raw));
  }

  /** Cancels the asker's call with that id (JSON text); undefined when it has none that was not cancelled before. */
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

  /** The asker of an open call has lost interest in the reply. */
  markCancelled(call: Call): void {
    if (call.cancelled) return;
    call.cancelled = true;
    this.#cancelled += 1;
    if (this.#options.cancelled === 'forgotten') this.giveUp(call);
    else if (this.#cancelled > MAX_CANCELLED) this.#forgetOldest(({ cancelled }) => cancelled);
  }

  /** Forgets an open call; its id stays taken until the answer has come, which is fenced. False if it is not open. */
  giveUp(call: Call): boolean {
    const key = idKey(call.alias ?? call.rawId);
    if (this.#open.get(key) !== call) return false;
    this.#open.take(key);
    this.#forget(key, call);
    return true;
  }

  /** A progress notification of the peer: the call it reports on, and the frame as its asker has to see it. */
  progressed(frame: Frame): { call: Call; frame: Frame } | undefined {
    if (!this.#byToken?.size) return undefined;
    const token = paramAsJson(frame, 'progressToken');
    const call = token === undefined ? undefined : this.#byToken.get(token);
    if (!call) return undefined;
    const at = call.tokenAlias === undefined ? undefined : valueAt(frame, ['params', 'progressToken']);
    return { call, frame: at ? spliced(frame, [{ ...at, bytes: call.progressToken! }]) : frame };
  }

  /** The asker is gone. Its calls, which are returned, go on, and their replies are fenced. */
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

  /** Askers count anew from now on: ids that were answered so far are taken. */
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

  /** Some open call is so. */
  has(which: (call: Call) => boolean): boolean {
    for (const call of this.#open.values()) if (which(call)) return true;
    return false;
  }

  /** Ends all calls, which are returned; no answer is expected for them. */
  clear(): Call[] {
    const calls = [...this.#open.values()];
    this.#open.clear();
    this.#byToken?.clear();
    this.#cancelled = 0;
    this.#stale = 0;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    return calls;
  }

  /** An answer under that id may be meant for another call. */
  #isTaken(key: IdKey): boolean {
    return this.#open.has(key) || this.#forgotten.has(key) || this.#answered.isEarlier(key);
  }

  /** The call under that key, and every aliased one: cancelling is rare, a second index is not worth its upkeep. */
  *#candidates(key: IdKey): Iterable<Call> {
    const direct = this.#open.get(key);
    if (direct) yield direct;
    if (this.#ids > 0) for (const call of this.#open.values()) if (call.alias !== undefined) yield call;
  }

  /** Returns true if the token had to be changed. */
  #enterToken(call: Call, byToken: Map<string, Call>): boolean {
    const asked = call.progressToken!;
    while (byToken.has(call.tokenAlias ?? asked)) {
      this.#tokens += 1;
      call.tokenAlias = this.#options.newToken!(this.#tokens);
    }
    byToken.set(call.tokenAlias ?? asked, call);
    return call.tokenAlias !== undefined;
  }

  #removed(call: Call): void {
    if (call.cancelled) this.#cancelled -= 1;
    if (call.asker === undefined) this.#stale -= 1;
    if (call.progressToken !== undefined && this.#byToken)
      this.#byToken.delete(call.tokenAlias ?? call.progressToken);
  }

  #forgetOldest(which: (call: Call) => boolean): void {
    for (const [key, call] of this.#open.entries()) {
      if (!which(call)) continue;
      this.#open.take(key);
      return this.#forget(key, call);
    }
  }

  /** Of an open call that was taken away. */
  #forget(key: IdKey, call: Call): void {
    this.#removed(call);
    // Own ids are never given again.
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

  /** All deadlines are equally far from their calls' beginnings, so the oldest comes first. */
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

/** A reply as the asker of `call` has to see it. */
export function replyTo(call: PendingCall<unknown>, frame: Frame, envelope: Envelope): Frame {
  return call.alias === undefined ? frame : withId(frame, envelope, call.rawId);
}

/** A cancelled notification of the asker as the peer has to see it. */
export function cancelledFor(call: PendingCall<unknown>, frame: Frame): Frame {
  return call.alias === undefined ? frame : cancelledWith(frame, call.alias);
}

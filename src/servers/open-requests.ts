import { OpenCalls } from '../protocol/calls/open-calls.js';
import { type IdKey, idKey, type RawId } from '../protocol/envelope.js';
import type { CallerName, CallOutcome, OnCall } from '../protocol/finished-call.js';
import type { OpenCall } from '../protocol/link-traffic.js';
import { CallRecord, SpareRecords } from './call-record.js';
import { isCounted } from './tally.js';

/** Requests of a link's endpoint that are not over, seen where they come in and where their answers go out. */
// D144
export class OpenRequests {
  readonly #link: string;
  readonly #caller: CallerName | undefined;
  readonly #onCall: OnCall;
  /** The oldest one with each id. */
  readonly #byId = new OpenCalls<CallRecord>();
  readonly #byAlias = new Map<IdKey, CallRecord>();

  readonly #spare: SpareRecords | undefined;

  /** @param reusesCalls Objects that `onCall` gets are used again, unless they are kept. */
  constructor(link: string, onCall: OnCall, reusesCalls = false, caller?: CallerName) {
    this.#link = link;
    this.#caller = caller;
    if (reusesCalls) this.#spare = new SpareRecords();
    this.#onCall = onCall;
  }

  /** A request came at `now`, and took `readMs` to come. Returns what is noted of it; undefined: it is not counted. */
  made(
    id: RawId,
    method: string,
    tool: string | undefined,
    server: string | undefined,
    bytes: number,
    now: number,
    readMs: number,
  ): CallRecord | undefined {
    if (!isCounted(method)) return undefined;
    const request = this.#spare?.take() ?? new CallRecord(this.#link, this.#spare, this.#caller);
    request.begin(id, method, tool, server, bytes, now, readMs);
    return request;
  }

  /** It is to be answered. */
  add(request: CallRecord): void {
    const key = idKey(request.rawId);
    const same = this.#byId.get(key);
    if (same) lastOf(same).next = request;
    else this.#byId.add(key, request);
  }

  /** The router of a mux knows the last request with this id under another one. */
  renamed(id: RawId, to: RawId): void {
    const first = this.#byId.get(idKey(id));
    if (!first) return;
    const request = lastOf(first);
    request.alias = idKey(to);
    this.#byAlias.set(request.alias, request);
  }

  /** The request, under the id that the router knows, was sent to the server at `now`. */
  routed(id: RawId, server: string, now: number): void {
    const request = this.#known(id);
    if (!request) return;
    request.server = server;
    request.servedAt = now;
  }

  /** The request, under the id that the router knows, was held until `now`, when the server could take it. */
  released(id: RawId, now: number): void {
    const request = this.#known(id);
    if (request) request.servedAt = now;
  }

  /** Oldest first. */
  get list(): OpenCall[] {
    return this.#all.map(({ key, server, method, tool, id, requestBytes, at }) => {
      return { key, server, method, tool, id, requestBytes, at };
    });
  }

  /** Oldest first. */
  get #all(): CallRecord[] {
    const all: CallRecord[] = [];
    for (const first of this.#byId.values())
      for (let one: CallRecord | undefined = first; one; one = one.next) all.push(one);
    return all.sort((a, b) => a.key - b.key);
  }

  /** The request, under the id that the router knows, is about to be answered because its server took too long. */
  timedOut(id: RawId): void {
    const request = this.#known(id);
    if (request) request.hasTimedOut = true;
  }

  /** The request under the id that the router knows. */
  #known(id: RawId): CallRecord | undefined {
    const key = idKey(id);
    const first = this.#byAlias.get(key) ?? this.#byId.get(key);
    // Of those with one id, the router has got the last one now.
    return first && (first.alias === key ? first : lastOf(first));
  }

  /**
   * @param servedAt when the server was sent the request, unless that is known already; NaN: it is not known.
   * @returns the call, unless it is not counted. It is kept: `letGo` has to be called.
   */
  answered(
    id: RawId,
    isError: boolean,
    code: number | undefined,
    bytes: number,
    now: number,
    servedAt: number,
    fromCache = false,
  ): CallRecord | undefined {
    const request = this.#take(idKey(id));
    if (!request) return undefined;
    if (Number.isNaN(request.servedAt)) request.servedAt = servedAt;
    request.code = code;
    request.replyBytes = bytes;
    request.fromCache = fromCache;
    this.#over(request, request.hasTimedOut ? 'timed-out' : isError ? 'error' : 'ok', now);
    return request;
  }

  /**
   * The endpoint has sent `notifications/cancelled` for the id, JSON text. An answer that comes nevertheless is not counted.
   */
  cancelled(id: string, now: number): void {
    const request = this.#take(idKey(id));
    if (!request) return;
    this.#over(request, 'cancelled', now);
    request.letGo();
  }

  /** A request that `made` has returned, and that was never added, is over. */
  unseen(request: CallRecord, outcome: CallOutcome, now: number, code?: number, bytes = 0): void {
    request.code = code;
    request.replyBytes = bytes;
    this.#over(request, outcome, now);
    request.letGo();
  }

  /** The connection has ended: no open request will be answered. */
  lost(now: number): void {
    const open = this.#all;
    this.#byId.clear();
    for (const request of open) {
      this.#over(request, 'lost', now);
      request.letGo();
    }
  }

  #take(key: IdKey): CallRecord | undefined {
    const first = this.#byId.take(key);
    if (first?.next) this.#byId.add(key, first.next);
    return first;
  }

  #over(request: CallRecord, outcome: CallOutcome, now: number): void {
    if (request.alias !== undefined) {
      this.#byAlias.delete(request.alias);
      request.alias = undefined;
    }
    request.next = undefined;
    request.outcome = outcome;
    request.endedAt = now;
    this.#onCall(request);
  }
}

function lastOf(first: CallRecord): CallRecord {
  let last = first;
  while (last.next) last = last.next;
  return last;
}

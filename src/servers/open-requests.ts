import { type IdKey, idKey, type RawId } from '../protocol/envelope.js';
import type { CallLegs, CallOutcome, FinishedCall, OnCall } from '../protocol/finished-call.js';
import type { OpenCall } from '../protocol/link-traffic.js';
import { isCounted } from './tally.js';

/** A request of the endpoint that is not over. */
interface OpenRequest {
  /** Unique in a run. */
  key: number;
  id: RawId;
  method: string;
  tool: string | undefined;
  server: string | undefined;
  bytes: number;
  /** When it came, clock time in milliseconds. */
  at: number;
  /** How long it took to come, in milliseconds. */
  readMs: number;
  /** When the server was sent it; undefined: not yet, or the hub knows. */
  servedAt: number | undefined;
  /** The id that the router of a mux knows instead. */
  alias: IdKey | undefined;
  hasTimedOut: boolean;
}

let lastKey = 0;

/** A number for a call, unique in a run. */
export function newCallKey(): number {
  lastKey += 1;
  return lastKey;
}

/** Requests of a link's endpoint that are not over, seen where they come in and where their answers go out. */
// D144
export class OpenRequests {
  readonly #link: string;
  readonly #onCall: OnCall;
  /** Oldest first. An endpoint should not use an id twice at a time, but may. */
  readonly #byId = new Map<IdKey, OpenRequest[]>();
  readonly #byAlias = new Map<IdKey, OpenRequest>();

  constructor(link: string, onCall: OnCall) {
    this.#link = link;
    this.#onCall = onCall;
  }

  add(request: OpenRequest): void {
    if (!isCounted(request.method)) return;
    const key = idKey(request.id);
    const same = this.#byId.get(key);
    if (same) same.push(request);
    else this.#byId.set(key, [request]);
  }

  /** The router of a mux knows the last request with this id under another one. */
  renamed(id: RawId, to: RawId): void {
    const request = this.#byId.get(idKey(id))?.at(-1);
    if (!request) return;
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
    return [...this.#byId.values()]
      .flat()
      .map(({ key, server, method, tool, id, bytes, at }) => ({
        ...{ key, server, method, tool, id: String(id), requestBytes: bytes, at },
      }))
      .sort((a, b) => a.key - b.key);
  }

  /** The request, under the id that the router knows, is about to be answered because its server took too long. */
  timedOut(id: RawId): void {
    const request = this.#known(id);
    if (request) request.hasTimedOut = true;
  }

  /** The request under the id that the router knows. */
  #known(id: RawId): OpenRequest | undefined {
    const key = idKey(id);
    return this.#byAlias.get(key) ?? this.#byId.get(key)?.at(-1);
  }

  /**
   * @param servedAt when the server was sent the request; undefined when that is known already, or not to be known.
   * @returns the call, unless it is not counted.
   */
  answered(
    id: RawId,
    isError: boolean,
    code: number | undefined,
    bytes: number,
    now: number,
    servedAt?: number,
  ): FinishedCall | undefined {
    const request = this.#take(idKey(id));
    if (!request) return undefined;
    const outcome = request.hasTimedOut ? 'timed-out' : isError ? 'error' : 'ok';
    const legs = legsOf(request, request.servedAt ?? servedAt, now);
    return this.#over(request, outcome, now, code, bytes, legs);
  }

  /**
   * The endpoint has sent `notifications/cancelled` for the id, JSON text. An answer that comes nevertheless is not counted.
   */
  cancelled(id: string, now: number): void {
    const request = this.#take(idKey(id));
    if (request) this.#over(request, 'cancelled', now, undefined, 0, undefined);
  }

  /** The connection has ended: no open request will be answered. */
  lost(now: number): void {
    const open = [...this.#byId.values()].flat();
    this.#byId.clear();
    for (const request of open) this.#over(request, 'lost', now, undefined, 0, undefined);
  }

  #take(key: IdKey): OpenRequest | undefined {
    const same = this.#byId.get(key);
    if (!same) return undefined;
    if (same.length === 1) this.#byId.delete(key);
    return same.shift();
  }

  #over(
    { key, id, method, tool, server, bytes, at, readMs, alias }: OpenRequest,
    outcome: CallOutcome,
    now: number,
    code: number | undefined,
    replyBytes: number,
    legs: CallLegs | undefined,
  ): FinishedCall {
    if (alias !== undefined) this.#byAlias.delete(alias);
    const link = this.#link;
    const ms = readMs + now - at;
    const call = {
      key,
      link,
      server,
      method,
      tool,
      id: String(id),
      ms,
      outcome,
      code,
      requestBytes: bytes,
      replyBytes,
      legs,
    };
    this.#onCall(call);
    return call;
  }
}

function legsOf(
  { at, readMs }: OpenRequest,
  servedAt: number | undefined,
  now: number,
): CallLegs | undefined {
  if (servedAt === undefined) return undefined;
  return { read: readMs, waited: servedAt - at, server: now - servedAt, sent: 0 };
}

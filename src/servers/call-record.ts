import type { IdKey, RawId } from '../protocol/envelope.js';
import type { CallLegs, CallOutcome, FinishedCall } from '../protocol/finished-call.js';

let lastKey = 0;

/**
 * A request of an endpoint; when it is over, the `FinishedCall` that is reported: one object for each call. What few listeners
 * read is made when it is read. Times are clock time in milliseconds.
 */
export class CallRecord implements FinishedCall {
  readonly key = ++lastKey;
  readonly link: string;
  readonly rawId: RawId;
  readonly method: string;
  readonly tool: string | undefined;
  server: string | undefined;
  readonly requestBytes: number;
  /** When all of it had come, and how long it took to come, in milliseconds. */
  readonly at: number;
  readMs = 0;
  /** When the server was sent it; NaN when that is not known. */
  servedAt = Number.NaN;
  endedAt = Number.NaN;
  /** How long the socket took to take the answer, in milliseconds. */
  sentMs = 0;
  outcome: CallOutcome = 'lost';
  code: number | undefined = undefined;
  replyBytes = 0;
  /** The id that the router of a mux knows instead. */
  alias: IdKey | undefined = undefined;
  hasTimedOut = false;
  /** The next one with the same id: an endpoint should not use an id twice at a time, but may. */
  next: CallRecord | undefined = undefined;

  constructor(
    link: string,
    rawId: RawId,
    method: string,
    tool: string | undefined,
    server: string | undefined,
    requestBytes: number,
    at: number,
  ) {
    this.link = link;
    this.rawId = rawId;
    this.method = method;
    this.tool = tool;
    this.server = server;
    this.requestBytes = requestBytes;
    this.at = at;
  }

  get id(): string {
    return String(this.rawId);
  }

  get ms(): number {
    return this.readMs + this.endedAt - this.at + this.sentMs;
  }

  get legs(): CallLegs | undefined {
    const { at, readMs, servedAt, endedAt, sentMs, outcome } = this;
    if (Number.isNaN(servedAt) || outcome === 'cancelled' || outcome === 'lost') return undefined;
    return { read: readMs, waited: servedAt - at, server: endedAt - servedAt, sent: sentMs };
  }
}

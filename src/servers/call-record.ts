import type { CallOrigin } from '../protocol/call-origin.js';
import type { IdKey, RawId } from '../protocol/envelope.js';
import type {
  CallArguments,
  CallerName,
  CallLegs,
  CallOutcome,
  FinishedCall,
} from '../protocol/finished-call.js';

let lastKey = 0;

/** Most records that wait to be used again: as many as calls run at a time where many do. */
const MAX_SPARE = 256;

/** Records of one link that are used again: a new one for each call, with its numbers, is much to collect. */
export class SpareRecords {
  readonly #spare: CallRecord[] = [];

  take(): CallRecord | undefined {
    return this.#spare.pop();
  }

  add(record: CallRecord): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(record);
  }
}

/**
 * A request of an endpoint; when it is over, the `FinishedCall` that is reported. What few listeners read is made when it is
 * read. Times are clock time in milliseconds.
 */
// D219
export class CallRecord implements FinishedCall {
  key = 0;
  readonly link: string;
  rawId: RawId = 0;
  method = '';
  tool: string | undefined = undefined;
  server: string | undefined = undefined;
  requestBytes = 0;
  /** When all of it had come, and how long it took to come, in milliseconds. */
  at = Number.NaN;
  readMs = 0;
  /** When the server was sent it; NaN when that is not known. */
  servedAt = Number.NaN;
  endedAt = Number.NaN;
  /** How long the socket took to take the answer, in milliseconds. */
  sentMs = 0;
  outcome: CallOutcome = 'lost';
  code: number | undefined = undefined;
  replyBytes = 0;
  fromCache = false;
  origin: CallOrigin | undefined = undefined;
  arguments: CallArguments | undefined = undefined;
  /** The id that the router of a mux knows instead. */
  alias: IdKey | undefined = undefined;
  hasTimedOut = false;
  /** The next one with the same id: an endpoint should not use an id twice at a time, but may. */
  next: CallRecord | undefined = undefined;

  readonly caller: CallerName | undefined;
  readonly #spare: SpareRecords | undefined;
  #keepers = 1;

  /** @param spare Gets the record back when nobody keeps it; without it, it is not used again. */
  constructor(link: string, spare: SpareRecords | undefined, caller?: CallerName) {
    this.link = link;
    this.caller = caller;
    this.#spare = spare;
  }

  /** It is kept by the caller from now on. */
  begin(
    rawId: RawId,
    method: string,
    tool: string | undefined,
    server: string | undefined,
    requestBytes: number,
    at: number,
    readMs: number,
  ): void {
    this.key = ++lastKey;
    this.rawId = rawId;
    this.method = method;
    this.tool = tool;
    this.server = server;
    this.requestBytes = requestBytes;
    this.at = at;
    this.readMs = readMs;
    this.servedAt = Number.NaN;
    this.sentMs = 0;
    this.code = undefined;
    this.replyBytes = 0;
    this.fromCache = false;
    this.origin = undefined;
    this.arguments = undefined;
    this.hasTimedOut = false;
    this.#keepers = 1;
  }

  keep(): void {
    this.#keepers += 1;
  }

  letGo(): void {
    this.#keepers -= 1;
    if (this.#keepers === 0) this.#spare?.add(this);
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

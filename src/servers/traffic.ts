import { originOf } from '../protocol/call-origin.js';
import { type Envelope, envelopeOf, type RawId, rawId, readEnvelope } from '../protocol/envelope.js';
import type { CallArguments, CallerName, OnCall } from '../protocol/finished-call.js';
import type { Frame } from '../protocol/frame.js';
import { arrivalMs } from '../protocol/frame-arrival.js';
import { FrameCode, type FrameRing } from '../protocol/frame-ring.js';
import { valueAt } from '../protocol/json-parts.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import type { LinkTraffic, OpenCall } from '../protocol/link-traffic.js';
import { calledName, Method, paramAsJson } from '../protocol/mcp.js';
import { isKept } from '../protocol/own-error.js';
import type { Clock } from '../time/clock.js';
import type { CallRecord } from './call-record.js';
import { OpenRequests } from './open-requests.js';

/** The request that a reply answers. */
export interface AnsweredCall {
  readonly rawId: RawId;
  readonly method: string;
  readonly name: string | undefined;
  /** Clock time in milliseconds. */
  readonly enteredAt: number;
}

/** Options of the traffic of one link. */
export interface TrafficOptions {
  link: string;
  /** Keeps the last frames. */
  ring?: FrameRing | undefined;
  /** Called with each request of the endpoint that is over. */
  onCall?: OnCall | undefined;
  /** The objects that `onCall` gets are used again, unless they are kept. */
  reusesCalls?: boolean | undefined;
  caller?: CallerName | undefined;
  /** Whether `onCall` wants the arguments of calls that come from now on; undefined: never. */
  takesArguments?: (() => boolean) | undefined;
}

/**
 * What is noted of the frames between one link and its endpoint. The clients of the link share it; a link has one connection
 * at a time.
 */
// D143, D144, D219
export class Traffic implements LinkTraffic {
  bytesIn = 0;
  bytesOut = 0;
  readonly #ring: FrameRing | undefined;
  readonly #open: OpenRequests | undefined;
  readonly #takesArguments: (() => boolean) | undefined;
  /** Calls whose answers are to be handed to the socket with this batch. */
  #answered: CallRecord[] = [];

  constructor({ link, ring, onCall, reusesCalls, caller, takesArguments }: TrafficOptions) {
    this.#ring = ring;
    this.#takesArguments = takesArguments;
    if (onCall) this.#open = new OpenRequests(link, onCall, reusesCalls, caller);
  }

  /** A message of the endpoint came: `envelope` is that of `frame`, or of a member of the batch `frame`. */
  received(frame: Frame, envelope: Envelope, bytes: number, now: number, server: string | undefined): void {
    this.bytesIn += bytes;
    if (envelope.kind !== 'request') return this.#receivedOther(frame, envelope, bytes, now);
    const noted = this.#requested(frame, envelope, bytes, now, server);
    if (noted) this.#open!.add(noted);
  }

  #requested(
    frame: Frame,
    envelope: Envelope,
    bytes: number,
    now: number,
    server: string | undefined,
  ): CallRecord | undefined {
    const method = envelope.method!;
    // Both are needed again when the request is passed on, and are kept with the envelope.
    const id = rawId(frame, envelope);
    const name = calledName(frame, envelope);
    this.#ring?.note(FrameCode.request, now, bytes, method, name, id, Number.NaN);
    const readMs = arrivalMs(frame, now);
    const noted = this.#open?.made(id, method, toolOf(method, name), server, bytes, now, readMs);
    if (!noted) return undefined;
    noted.origin = originOf(frame);
    if (this.#takesArguments?.()) noted.arguments = argumentsIn(frame, envelope);
    return noted;
  }

  #receivedOther(frame: Frame, envelope: Envelope, bytes: number, now: number): void {
    const { method } = envelope;
    const id = idOf(frame, envelope);
    this.#note(frame, envelope, now, bytes, 0, id);
    if (method === Method.cancelled && typeof id === 'string') this.#open?.cancelled(id, now);
  }

  /** `call`, which the endpoint has sent, is answered with `reply`, whose id may be another one in `envelope`. */
  answered(call: AnsweredCall, reply: Frame, envelope: Envelope, now: number): void {
    const { isError } = envelope;
    this.bytesOut += reply.length;
    const kind = FrameCode.toEndpoint | (isError ? FrameCode.error : FrameCode.response);
    this.#ring?.note(kind, now, reply.length, call.method, call.name, call.rawId, now - call.enteredAt);
    const code = isError ? codeOf(reply) : undefined;
    if (code !== undefined) this.#ring?.addCode(code);
    if (!this.#open) return;
    const { rawId, enteredAt } = call;
    const over = this.#open.answered(rawId, isError, code, reply.length, now, enteredAt, isKept(reply));
    if (over) this.#answered.push(over);
  }

  /** A message is about to be sent to the endpoint. Without `envelope` it is read here. */
  sent(frame: Frame, envelope: Envelope | undefined, now: number): void {
    this.bytesOut += frame.length;
    const known = envelope ?? envelopeOf(frame);
    if (known.kind !== 'batch') return this.#sentOne(frame, known, now);
    for (const { start, end } of known.items!) {
      const member = frame.subarray(start, end);
      this.#sentOne(member, envelopeOf(member), now);
    }
  }

  /** The router of a mux gets the request with this id as `sent`, which may have another one. */
  renamed(id: RawId, sent: Frame): void {
    this.#open?.renamed(id, rawId(sent, readEnvelope(sent)));
  }

  /** A request was sent on to one of the servers of a mux; `id` is the one that the router knows. */
  routed(id: RawId, server: string, clock: Pick<Clock, 'now'>): void {
    this.#open?.routed(id, server, clock.now());
  }

  /** A request that was held for one of the servers of a mux is sent to it now. */
  released(id: RawId, clock: Pick<Clock, 'now'>): void {
    this.#open?.released(id, clock.now());
  }

  /** A request has ended before the server got it: it is answered with `reply`, or the endpoint has cancelled it, or is gone. */
  unseen(
    frame: Frame,
    envelope: Envelope,
    at: number,
    reply: Frame | 'cancelled' | 'lost',
    now: number,
    server: string | undefined,
  ): void {
    this.bytesIn += frame.length;
    const noted = this.#requested(frame, envelope, frame.length, at, server);
    const isAnswered = typeof reply !== 'string';
    if (isAnswered) {
      this.bytesOut += reply.length;
      this.#note(reply, readEnvelope(reply), now, reply.length, FrameCode.toEndpoint, rawId(frame, envelope));
    }
    if (!noted) return;
    if (isAnswered && isKept(reply)) {
      noted.fromCache = true;
      this.#open!.unseen(noted, 'ok', now, undefined, reply.length);
    } else if (isAnswered) this.#open!.unseen(noted, 'error', now, codeOf(reply), reply.length);
    else this.#open!.unseen(noted, reply, now);
  }

  /** The request with this id is answered with `reply`, in place of the server. */
  instead(id: RawId, reply: Frame, now: number): void {
    this.bytesOut += reply.length;
    const code = codeOf(reply);
    if (code === ErrorCode.callTimeout) this.#open?.timedOut(id);
    this.#open?.answered(id, true, code, reply.length, now, Number.NaN)?.letGo();
  }

  /** All answers so far were handed to the socket; `slow` resolves when the endpoint has taken them, if that takes a while. */
  handed(slow: Promise<void> | undefined, clock: Pick<Clock, 'now'>): void {
    if (this.#answered.length === 0) return;
    if (slow === undefined) {
      for (const call of this.#answered) call.letGo();
      this.#answered.length = 0;
      return;
    }
    const calls = this.#answered;
    this.#answered = [];
    const since = clock.now();
    void slow.then(() => {
      const ms = clock.now() - since;
      for (const call of calls) {
        call.sentMs = ms;
        call.letGo();
      }
    });
  }

  openCalls(): OpenCall[] {
    return this.#open?.list ?? [];
  }

  /** The router of a mux answers the request in place of a server that took too long; `id` is the one that it knows. */
  timedOut(id: RawId): void {
    this.#open?.timedOut(id);
  }

  /** The connection has ended; `now` is clock time in milliseconds. */
  ended(now: number): void {
    this.#open?.lost(now);
  }

  #sentOne(frame: Frame, envelope: Envelope, now: number): void {
    const id = idOf(frame, envelope);
    const code = this.#note(frame, envelope, now, frame.length, FrameCode.toEndpoint, id);
    if (envelope.kind === 'response' && id !== undefined)
      this.#open?.answered(id, envelope.isError, code, frame.length, now, Number.NaN)?.letGo();
  }

  /** Returns the code of an error. */
  #note(
    frame: Frame,
    envelope: Envelope,
    now: number,
    bytes: number,
    direction: number,
    id: RawId | undefined,
  ): number | undefined {
    this.#ring?.note(
      codeOfKind(envelope) | direction,
      now,
      bytes,
      envelope.method,
      undefined,
      id,
      Number.NaN,
    );
    const code = envelope.isError ? codeOf(frame) : undefined;
    if (code !== undefined) this.#ring?.addCode(code);
    return code;
  }
}

/** The id; of a cancellation, that of the request that it names. */
function idOf(frame: Frame, envelope: Envelope): RawId | undefined {
  if (envelope.idStart >= 0) return rawId(frame, envelope);
  return envelope.method === Method.cancelled ? paramAsJson(frame, 'requestId') : undefined;
}

function codeOfKind({ kind, isError }: Envelope): number {
  if (kind === 'request') return FrameCode.request;
  if (kind === 'notification') return FrameCode.notification;
  return isError ? FrameCode.error : FrameCode.response;
}

/** No code has more digits. */
const MAX_DIGITS = 24;

/** The address of a resource is an argument, and may hold a path or a query. */
function toolOf(method: string, name: string | undefined): string | undefined {
  return method === 'resources/read' ? undefined : name;
}

/** Longer arguments are not kept while a call runs, in bytes. */
const MAX_ARGUMENTS_BYTES = 8 * 1024;

/** What is asked for: the arguments, or the address of a resource. */
function argumentsIn(frame: Frame, { method, paramsStart }: Envelope): CallArguments | undefined {
  if (paramsStart < 0) return undefined;
  const member = method === 'resources/read' ? 'uri' : 'arguments';
  const at = valueAt(frame, [member], { start: paramsStart, end: frame.length });
  if (!at) return undefined;
  const bytes = at.end - at.start;
  // A copy: a part of the frame would keep all of it.
  return { json: bytes > MAX_ARGUMENTS_BYTES ? undefined : frame.toString('utf8', at.start, at.end), bytes };
}

/** The code of an error reply. Found without parsing: errors may come as fast as calls. */
function codeOf(frame: Frame): number | undefined {
  const at = valueAt(frame, ['error', 'code']);
  const code = at
    ? Number(frame.toString('utf8', at.start, Math.min(at.end, at.start + MAX_DIGITS)))
    : Number.NaN;
  return Number.isNaN(code) ? undefined : code;
}

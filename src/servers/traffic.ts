import { type Envelope, envelopeOf, type RawId, rawId, readEnvelope } from '../protocol/envelope.js';
import type { OnCall } from '../protocol/finished-call.js';
import type { Frame } from '../protocol/frame.js';
import { FrameCode, type FrameRing } from '../protocol/frame-ring.js';
import { valueAt } from '../protocol/json-parts.js';
import { calledName, Method, paramAsJson } from '../protocol/mcp.js';
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
}

/**
 * What is noted of the frames between one link and its endpoint. The clients of the link share it; a link has one connection
 * at a time.
 */
// D143, D144
export class Traffic {
  readonly #ring: FrameRing | undefined;
  readonly #open: OpenRequests | undefined;

  constructor({ link, ring, onCall }: TrafficOptions) {
    this.#ring = ring;
    if (onCall) this.#open = new OpenRequests(link, onCall);
  }

  /** A message of the endpoint came: `envelope` is that of `frame`, or of a member of the batch `frame`. */
  received(frame: Frame, envelope: Envelope, bytes: number, now: number, server: string | undefined): void {
    const { kind, method, isError } = envelope;
    const id = idOf(frame, envelope);
    const isRequest = kind === 'request';
    const name = isRequest ? calledName(frame, envelope) : undefined;
    const code = isError ? codeOf(frame) : Number.NaN;
    this.#ring?.note(codeOfKind(envelope), now, bytes, method, name, id, Number.NaN, code);
    const open = this.#open;
    if (!open) return;
    if (isRequest)
      open.add({ id: id!, method: method!, tool: toolOf(method!, name), server, bytes, at: now });
    else if (method === Method.cancelled) open.cancelled(frame, now);
  }

  /**
   * A message is about to be sent to the endpoint. Without `envelope` it is read here.
   *
   * @param call The request that it answers, if that is known.
   */
  sent(frame: Frame, known: Envelope | undefined, now: number, call?: AnsweredCall): void {
    const envelope = known ?? envelopeOf(frame);
    if (envelope.kind === 'batch') {
      for (const item of envelope.items!)
        this.#sentOne(
          frame.subarray(item.start, item.end),
          envelopeOf(frame.subarray(item.start, item.end)),
          now,
        );
    } else this.#sentOne(frame, envelope, now, call);
  }

  /** The router of a mux gets the request with this id as `sent`, which may have another one. */
  renamed(id: RawId, sent: Frame): void {
    this.#open?.renamed(id, rawId(sent, readEnvelope(sent)));
  }

  /** A request was sent on to one of the servers of a mux; `id` is the one that the router knows. */
  routed(id: RawId, server: string): void {
    this.#open?.routed(id, server);
  }

  /** The router of a mux answers the request in place of a server that took too long; `id` is the one that it knows. */
  timedOut(id: RawId): void {
    this.#open?.timedOut(id);
  }

  /** The connection has ended; `now` is clock time in milliseconds. */
  ended(now: number): void {
    this.#open?.lost(now);
  }

  #sentOne(frame: Frame, envelope: Envelope, now: number, call?: AnsweredCall): void {
    const { isError } = envelope;
    const id = call ? call.rawId : idOf(frame, envelope);
    const code = isError ? codeOf(frame) : Number.NaN;
    this.#ring?.note(
      codeOfKind(envelope) | FrameCode.toEndpoint,
      now,
      frame.length,
      call ? call.method : envelope.method,
      call ? call.name : undefined,
      id,
      call ? now - call.enteredAt : Number.NaN,
      code,
    );
    if (this.#open && envelope.kind === 'response' && id !== undefined)
      this.#open.answered(id, isError, code, frame.length, now);
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

/** The address of a resource is an argument, and may hold a path or a query. */
function toolOf(method: string, name: string | undefined): string | undefined {
  return method === 'resources/read' ? undefined : name;
}

/** The code of an error reply; NaN without one. Found without parsing: errors may come as fast as calls. */
function codeOf(frame: Frame): number {
  const at = valueAt(frame, ['error', 'code']);
  const code = at && Number(frame.toString('utf8', at.start, Math.min(at.end, at.start + 24)));
  return code === undefined ? Number.NaN : code;
}

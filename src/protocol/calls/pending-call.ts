import { type Envelope, type RawId, rawId } from '../envelope.js';
import type { Frame } from '../frame.js';
import { cancelledWith, progressTokenAsked } from '../mcp.js';
import { withId } from '../with-id.js';

/** A request that has not been answered. The asker gets the reply, the peer gives it. */
export interface PendingCall<Asker> {
  /** Undefined once the asker has left: the peer goes on, and its reply is dropped. */
  asker: Asker | undefined;
  /** The id as the asker spelled it. */
  readonly rawId: RawId;
  readonly method: string;
  /** JSON text of the progress token the asker chose. */
  progressToken: string | undefined;
  /** The peer knows the call under this id instead. */
  alias: RawId | undefined;
  cancelled: boolean;
  /** The peer knows the call's progress under this token instead; JSON text. */
  tokenAlias?: string;
  /** The one peer that may answer, in a table that has several. */
  readonly peer?: unknown;
  /** Clock time in milliseconds after which the call has timed out. */
  deadline?: number | undefined;
}

/** A call without further members, for the request `frame`. */
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

/** The reply with the id that the asker of `call` chose. */
export function replyTo(call: PendingCall<unknown>, frame: Frame, envelope: Envelope): Frame {
  return call.alias === undefined ? frame : withId(frame, envelope, call.rawId);
}

/** The asker's cancelled notification with the id that the peer knows. */
export function cancelledFor(call: PendingCall<unknown>, frame: Frame): Frame {
  return call.alias === undefined ? frame : cancelledWith(frame, call.alias);
}

import type { Frame } from './frame.js';

/** Where a request of a client of the gateway has come from. */
export interface CallOrigin {
  /** Names the request to people and in logs: that of its HTTP request (`X-Request-Id`), or `CONNECTION-NUMBER`. Printable, short. */
  readonly requestId: string;
  /** Of the client, without its port. */
  readonly address?: string | undefined;
}

const ORIGIN = Symbol('origin');
type Noted = Frame & { [ORIGIN]?: CallOrigin };

/** Notes it with the frame, for as long as the frame is there. */
export function noteOrigin(frame: Frame, origin: CallOrigin | undefined): void {
  if (origin !== undefined) (frame as Noted)[ORIGIN] = origin;
}

/** What was noted of the frame. */
export function originOf(frame: Frame): CallOrigin | undefined {
  return (frame as Noted)[ORIGIN];
}

/** Returns `to`, which carries on what `from` has asked for. */
export function withOriginOf(from: Frame, to: Frame): Frame {
  if (to !== from) noteOrigin(to, originOf(from));
  return to;
}

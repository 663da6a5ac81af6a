import type { Frame } from './frame.js';

/** Clock times in milliseconds; only of messages that came in several reads of a socket. */
const beganAt = new WeakMap<Frame, number>();

/** The first byte of the message came at `at`, clock time in milliseconds, and the last one later. */
export function noteArrival(frame: Frame, at: number): void {
  beganAt.set(frame, at);
}

/** A shorter message comes in one packet, all at once. */
const ONE_PACKET_BYTES = 1_024;

/** How long a message that is complete at `now` has been coming, in milliseconds; 0 for one that came all at once. */
export function arrivalMs(frame: Frame, now: number): number {
  if (frame.length <= ONE_PACKET_BYTES) return 0;
  const began = beganAt.get(frame);
  return began === undefined ? 0 : Math.max(0, now - began);
}

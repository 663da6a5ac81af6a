import { CallTable } from '../protocol/calls/call-table.js';
import { cancelledFor, pendingCall } from '../protocol/calls/pending-call.js';
import type { Envelope, RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { paramAsJson } from '../protocol/mcp.js';

/**
 * When a server has this many unanswered requests, further ones are rejected (D28): some endpoints never answer. Real
 * servers have a handful.
 */
export const MAX_SERVER_REQUESTS = 256;
/** Text of the error. */
export const TOO_MANY_SERVER_REQUESTS = `The client has not answered the last ${MAX_SERVER_REQUESTS} requests of this server; this one was not passed on.`;

/**
 * Requests of servers to the endpoint on one connection: roots, sampling, elicitation. Each server process counts its
 * ids from 0: an answer is passed to the process that sent the request, or dropped when that has ended (D37).
 */
export class ServerRequests<Life> {
  readonly #table = new CallTable<Life>({
    ids: 'keep',
    newId: (_, count) => `"mcp-pipe-q${count}"`,
    cancelled: 'open',
  });
  #life: Life | undefined;

  /** Whether `life` has `MAX_SERVER_REQUESTS` open; the next one is then to be rejected. */
  isFull(life: Life): boolean {
    if (this.#table.size < MAX_SERVER_REQUESTS) return false;
    // Requests of earlier processes, and cancelled ones, are forgotten first: their answers would be dropped.
    for (const call of this.#table.values())
      if (call.asker !== life || call.cancelled) this.#table.giveUp(call);
    return this.#table.size >= MAX_SERVER_REQUESTS;
  }

  /**
   * Enters a request of `life`. Returns the frame to send, the same one unless its id is taken. The caller bounds the
   * number of open requests with `isFull`.
   */
  enter(frame: Frame, envelope: Envelope, life: Life): Frame {
    if (this.#life !== life) this.#table.renewIds();
    this.#life = life;
    return this.#table.enterCall(frame, envelope, pendingCall(frame, envelope, life));
  }

  /**
   * Takes the endpoint's answer, by its id. Returns the id that `life` knows; undefined when `life` sent no such
   * request.
   */
  take(raw: RawId, life: Life | undefined): RawId | undefined {
    const call = this.#table.takeId(raw);
    return call && call !== 'stale' && call.asker === life ? call.rawId : undefined;
  }

  /** A server's cancelled notification with the id that the endpoint knows; undefined when it names no request here. */
  cancelKnown(frame: Frame, life: Life): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    const call = requestId === undefined ? undefined : this.#table.cancelCall(requestId, life);
    return call && cancelledFor(call, frame);
  }

  /** Whether `life` waits for an answer. */
  isAwaitedBy(life: Life): boolean {
    return this.#table.has(({ asker, cancelled }) => asker === life && !cancelled);
  }

  /** The ids of the pending requests of `life`. */
  of(life: Life): RawId[] {
    return [...this.#table.values()].filter(({ asker }) => asker === life).map(({ rawId }) => rawId);
  }
}

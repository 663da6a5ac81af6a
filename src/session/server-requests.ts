import { CallTable, cancelledFor, pendingCall } from '../protocol/calls/call-table.js';
import type { Envelope, RawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { paramAsJson } from '../protocol/mcp.js';

/**
 * Some endpoints never answer. A server that has so many requests open is refused the next ones; a real one has a handful.
 */
export const MAX_SERVER_REQUESTS = 256;
/** What it hears. */
export const TOO_MANY_SERVER_REQUESTS = `The client has not answered the last ${MAX_SERVER_REQUESTS} requests of this server; this one was not passed on.`;

/**
 * The requests that servers send to the endpoint on one connection: roots, sampling, elicitation. Servers count from 0 in each
 * of their lives: the table's fence leads an answer to the life that asked, or drops it.
 */
// D37
export class ServerRequests<Life> {
  readonly #table = new CallTable<Life>({
    ids: 'keep',
    newId: (_, count) => `"mcp-pipe-q${count}"`,
    cancelled: 'open',
  });
  #life: Life | undefined;

  /** Whether `life` has `MAX_SERVER_REQUESTS` open: the next one is to be refused. */
  isFull(life: Life): boolean {
    if (this.#table.size < MAX_SERVER_REQUESTS) return false;
    // Requests of earlier lives, and withdrawn ones, are forgotten first: their answers are of no use.
    for (const call of this.#table.values())
      if (call.asker !== life || call.cancelled) this.#table.giveUp(call);
    return this.#table.size >= MAX_SERVER_REQUESTS;
  }

  /**
   * Enters a request of `life`. Returns the frame to send, the same one unless its id is taken. How many are open is for the
   * caller to bound: by `isFull`, or as a router does for each of its servers.
   */
  enter(frame: Frame, envelope: Envelope, life: Life): Frame {
    if (this.#life !== life) this.#table.renewIds();
    this.#life = life;
    return this.#table.enterCall(frame, envelope, pendingCall(frame, envelope, life));
  }

  /** Takes the endpoint's answer, by its id token: the id that `life` knows, or undefined when it did not ask. */
  take(raw: RawId, life: Life | undefined): RawId | undefined {
    const call = this.#table.takeId(raw);
    return call && call !== 'fenced' && call.asker === life ? call.rawId : undefined;
  }

  /** A server's cancelled notification as the endpoint has to see it. */
  cancel(frame: Frame, life: Life): Frame {
    const requestId = paramAsJson(frame, 'requestId');
    const call = requestId === undefined ? undefined : this.#table.cancelCall(requestId, life);
    return call ? cancelledFor(call, frame) : frame;
  }

  /** The id tokens that `life` still waits for. */
  of(life: Life): RawId[] {
    return [...this.#table.values()].filter(({ asker }) => asker === life).map(({ rawId }) => rawId);
  }
}

import { CallTable, cancelledFor, pendingCall, replyTo } from '../../protocol/calls/call-table.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { paramAsJson } from '../../protocol/mcp.js';
import { MAX_SERVER_REQUESTS } from '../../session/server-requests.js';
import type { RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/**
 * What servers ask the endpoint: roots, sampling, elicitation. Servers count from 0 each, so ids and progress tokens meet;
 * the later one of two equal ones gets an alias.
 */
export class ForwardedServerRequests implements RouterPart {
  readonly #table = new CallTable<ServerChannel>({
    ids: 'keep',
    newId: (_, count) => `"mcp-pipe-mux-q${count}"`,
    newToken: (count) => `"mcp-pipe-mux-p${count}"`,
    // Its id stays taken: an answer may be on its way.
    cancelled: 'open',
  });

  /** Whether that server waits for an answer. */
  isBusy(channel: ServerChannel): boolean {
    return this.#table.has(({ asker, cancelled }) => asker === channel && !cancelled);
  }

  /** The process that asked is gone. */
  serverGone(channel: ServerChannel): void {
    for (const call of this.#table.of(channel)) this.#table.markCancelled(call);
  }

  /** Enters a request; the result is the frame for the endpoint, undefined when that server has too many open already. */
  enter(frame: Frame, envelope: Envelope, channel: ServerChannel): Frame | undefined {
    if (this.#isFull(channel)) return undefined;
    return this.#table.enterCall(frame, envelope, pendingCall(frame, envelope, channel));
  }

  /** The endpoint's answer and the server it is for; undefined when none waits for it. */
  answered(frame: Frame, envelope: Envelope): { channel: ServerChannel; frame: Frame } | undefined {
    const call = this.#table.take(frame, envelope);
    if (!call || call === 'fenced' || !call.asker || call.cancelled) return undefined;
    return { channel: call.asker, frame: replyTo(call, frame, envelope) };
  }

  /** The endpoint's progress with one of them, and the server it is for. */
  progressed(frame: Frame): { channel: ServerChannel; frame: Frame } | undefined {
    const found = this.#table.progressed(frame);
    if (!found?.call.asker || found.call.cancelled) return undefined;
    return { channel: found.call.asker, frame: found.frame };
  }

  /** A server's cancelled notification as the endpoint has to see it; undefined when it means nothing that is open. */
  cancelled(frame: Frame, channel: ServerChannel): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    const call = requestId === undefined ? undefined : this.#table.cancelCall(requestId, channel);
    return call && cancelledFor(call, frame);
  }

  /** Requests that the server does not wait for any more are forgotten first: their answers are of no use. */
  #isFull(channel: ServerChannel): boolean {
    if (this.#table.size < MAX_SERVER_REQUESTS) return false;
    const own = [...this.#table.values()].filter(({ asker }) => asker === channel);
    let room = MAX_SERVER_REQUESTS - own.length;
    for (const call of own) if (room <= 0 && call.cancelled && this.#table.giveUp(call)) room += 1;
    return room <= 0;
  }
}

import { CallTable } from '../../protocol/calls/call-table.js';
import { cancelledFor, pendingCall, replyTo } from '../../protocol/calls/pending-call.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { paramAsJson } from '../../protocol/mcp.js';
import type { RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/**
 * Requests of servers to the endpoint: roots, sampling, elicitation. Each server counts its ids and progress tokens
 * from 0, so they may be equal; the later one of two equal ones is sent under an alias. The hub of each server bounds
 * how many it may have open.
 */
export class ForwardedServerRequests implements RouterPart {
  readonly #table = new CallTable<ServerChannel>({
    ids: 'keep',
    newId: (_, count) => `"mcp-pipe-mux-q${count}"`,
    newToken: (count) => `"mcp-pipe-mux-p${count}"`,
    // The id stays taken, because an answer may be on its way.
    cancelled: 'open',
  });

  /** Whether the server has a pending request to the endpoint. */
  isBusy(channel: ServerChannel): boolean {
    return this.#table.has(({ asker, cancelled }) => asker === channel && !cancelled);
  }

  /** The process has ended: its requests are forgotten. */
  onServerEnded(channel: ServerChannel): void {
    for (const call of this.#table.of(channel)) this.#table.markCancelled(call);
  }

  /** Enters a request. Returns the frame for the endpoint. */
  enter(frame: Frame, envelope: Envelope, channel: ServerChannel): Frame {
    return this.#table.enterCall(frame, envelope, pendingCall(frame, envelope, channel));
  }

  /** The endpoint's answer for a server, and the server; undefined when no server waits for it. */
  answered(frame: Frame, envelope: Envelope): { channel: ServerChannel; frame: Frame } | undefined {
    const call = this.#table.take(frame, envelope);
    if (!call || call === 'stale' || !call.asker || call.cancelled) return undefined;
    return { channel: call.asker, frame: replyTo(call, frame, envelope) };
  }

  /** The endpoint's progress notification for a server, and the server; undefined when it belongs to no request. */
  progressed(frame: Frame): { channel: ServerChannel; frame: Frame } | undefined {
    const found = this.#table.progressed(frame);
    if (!found?.call.asker || found.call.cancelled) return undefined;
    return { channel: found.call.asker, frame: found.frame };
  }

  /** A server's cancelled notification with the id that the endpoint knows; undefined when the request is not open. */
  cancelled(frame: Frame, channel: ServerChannel): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    const call = requestId === undefined ? undefined : this.#table.cancelCall(requestId, channel);
    return call && cancelledFor(call, frame);
  }
}

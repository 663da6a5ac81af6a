import { CallTable } from '../../protocol/calls/call-table.js';
import { cancelledFor, type PendingCall, pendingCall } from '../../protocol/calls/pending-call.js';
import { type Envelope, type IdKey, idKey } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { type Edit, type Range, spliced, valueAt } from '../../protocol/json-parts.js';
import { cancelled, Method, paramAsJson, SUBSCRIPTION_ID } from '../../protocol/mcp.js';
import { withId } from '../../protocol/with-id.js';

/**
 * Pending requests of one peer. Each request is sent to the peer with an id of the endpoint's own, and its reply is sent to
 * the asker with the asker's id, byte for byte. So askers may use any ids, even equal ones.
 */
export class RelayedCalls<Asker> extends CallTable<Asker> {
  /** `nextId` returns an id, JSON text, that it has not returned before. */
  constructor(nextId: () => string) {
    super({
      ids: 'own',
      newId: nextId,
      newToken: (count) => `"mcp-pipe-progress-${count}"`,
      cancelled: 'forgotten',
    });
  }

  /** Enters a request. Returns the frame for the peer. A progress token is changed only when another call uses the same. */
  enter(frame: Frame, envelope: Envelope, asker: Asker): Frame {
    return this.enterCall(frame, envelope, pendingCall(frame, envelope, asker));
  }

  /** Removes and returns the call that a reply answers; undefined when there is none. */
  override take(frame: Frame, envelope: Envelope): PendingCall<Asker> | undefined {
    const call = super.take(frame, envelope);
    return call === 'stale' ? undefined : call;
  }

  /** The asker's cancel notification, with the id that the peer knows; undefined when the asker has no such call. */
  cancel(frame: Frame, asker: Asker): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    const call = requestId === undefined ? undefined : this.cancelCall(requestId, asker);
    return call && cancelledFor(call, frame);
  }

  /**
   * The call of the subscription that a notification of the peer names, and the notification with the asker's id; undefined
   * when no such call is open. Call it only with frames that name a subscription.
   */
  subscribed(frame: Frame): { call: PendingCall<Asker>; frame: Frame } | undefined {
    const range = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
    const key = range && keyAt(frame, range);
    const call = key === undefined ? undefined : this.peek(key);
    if (!range || call?.method !== Method.listen) return undefined;
    return { call, frame: spliced(frame, [{ ...range, bytes: String(call.rawId) }]) };
  }

  /** The asker whose call began last, among those for which `passes` returns true. */
  newestAsker(passes: (asker: Asker) => boolean): Asker | undefined {
    let newest: Asker | undefined;
    for (const { asker } of this.values()) if (asker !== undefined && passes(asker)) newest = asker;
    return newest;
  }

  /**
   * Removes the calls of an asker that has left. Returns the notifications that cancel them at the peer. `initialize`
   * stays, because it must not be cancelled (MCP "Cancellation").
   */
  abandon(asker: Asker): Frame[] {
    const calls = this.of(asker).filter(({ method }) => method !== Method.initialize);
    for (const call of calls) this.giveUp(call);
    return calls.map(({ alias, rawId }) => cancelled(alias ?? rawId, 'the caller left'));
  }
}

/**
 * The reply with the asker's own id. The result of a subscription names the id a second time (MCP 2026-07-28
 * "Subscriptions").
 */
export function replyFor(call: PendingCall<unknown>, frame: Frame, envelope: Envelope): Frame {
  if (call.method !== Method.listen || !frame.includes(SUBSCRIPTION_ID))
    return withId(frame, envelope, call.rawId);
  const bytes = String(call.rawId);
  const edits: Edit[] = [{ start: envelope.idStart, end: envelope.idEnd, bytes }];
  const named = valueAt(frame, ['result', '_meta', SUBSCRIPTION_ID]);
  if (named) edits.push({ ...named, bytes });
  return spliced(frame, edits);
}

/** The key of the id at `range`; undefined when the value is no id. */
function keyAt(frame: Frame, { start, end }: Range): IdKey | undefined {
  const raw = frame.toString('utf8', start, end);
  return /^["0-9-]/.test(raw) ? idKey(raw) : undefined;
}

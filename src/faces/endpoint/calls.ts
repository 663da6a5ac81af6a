import { CallTable, cancelledFor, type PendingCall, pendingCall } from '../../protocol/calls/call-table.js';
import { type Envelope, type IdKey, idKey, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { type Edit, type Range, spliced, valueAt } from '../../protocol/json-parts.js';
import { cancelled, Method, paramAsJson, SUBSCRIPTION_ID } from '../../protocol/mcp.js';

/**
 * The requests one peer is working on. Every request gets an id of the endpoint's own on its way in and its asker's
 * id, byte for byte, on its way out; so askers may use any ids, also equal ones.
 */
export class RelayedCalls<Asker> extends CallTable<Asker> {
  /** `nextId` gives ids, as JSON text, that were never given before. */
  constructor(nextId: () => string) {
    super({
      ids: 'own',
      newId: nextId,
      newToken: (count) => `"mcp-pipe-progress-${count}"`,
      cancelled: 'forgotten',
    });
  }

  /** Enters a request; the result is the frame for the peer. A progress token changes only when it is taken. */
  enter(frame: Frame, envelope: Envelope, asker: Asker): Frame {
    return this.enterCall(frame, envelope, pendingCall(frame, envelope, asker));
  }

  /** The call that a reply ends; undefined when no such call runs. */
  override take(frame: Frame, envelope: Envelope): PendingCall<Asker> | undefined {
    const call = super.take(frame, envelope);
    return call === 'fenced' ? undefined : call;
  }

  /** An asker's cancelled notification as the peer has to see it; undefined when it means none of the asker's calls. */
  cancel(frame: Frame, asker: Asker): Frame | undefined {
    const requestId = paramAsJson(frame, 'requestId');
    const call = requestId === undefined ? undefined : this.cancelCall(requestId, asker);
    return call && cancelledFor(call, frame);
  }

  /**
   * The call whose subscription a notification of the peer belongs to, and the notification as its asker has to see it;
   * undefined when it names none that is open. Call it for frames that name one.
   */
  subscribed(frame: Frame): { call: PendingCall<Asker>; frame: Frame } | undefined {
    const range = valueAt(frame, ['params', '_meta', SUBSCRIPTION_ID]);
    const key = range && keyAt(frame, range);
    const call = key === undefined ? undefined : this.peek(key);
    if (!range || call?.method !== Method.listen) return undefined;
    return { call, frame: spliced(frame, [{ ...range, bytes: String(call.rawId) }]) };
  }

  /** The asker whose call began last, of those that pass. */
  newestAsker(passes: (asker: Asker) => boolean): Asker | undefined {
    let newest: Asker | undefined;
    for (const { asker } of this.values()) if (asker !== undefined && passes(asker)) newest = asker;
    return newest;
  }

  /**
   * Forgets the calls of an asker that left; the result cancels them at the peer. `initialize` must not be cancelled (MCP
   * "Cancellation") and stays.
   */
  abandon(asker: Asker): Frame[] {
    const calls = this.of(asker).filter(({ method }) => method !== Method.initialize);
    for (const call of calls) this.giveUp(call);
    return calls.map(({ alias, rawId }) => cancelled(alias ?? rawId, 'the caller left'));
  }
}

/**
 * A reply as its asker has to see it: under the asker's own id, which a subscription's result names a second time
 * (MCP 2026-07-28 "Subscriptions").
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

/** The id at `range`, when it is one. */
function keyAt(frame: Frame, { start, end }: Range): IdKey | undefined {
  const raw = frame.toString('utf8', start, end);
  return /^["0-9-]/.test(raw) ? idKey(raw) : undefined;
}

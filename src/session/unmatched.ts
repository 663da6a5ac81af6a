import { type Envelope, type RawId, rawId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import type { HubState } from './hub-state.js';
import type { ServerLife } from './server-life.js';

/**
 * A reply to no call that runs. It is said as what it is. On a link of its own it is carried all the same, like
 * everything else the server says: nobody else could be meant. Behind a multiplexer it is left out.
 */
export function unmatched(hub: HubState, life: ServerLife, frame: Frame, envelope: Envelope): void {
  const { connection, options } = hub;
  // Whoever may have waited for it is gone.
  if (!connection) return;
  // The router's own were said where its servers are.
  if (!options.isRouter) {
    const raw = envelope.idStart < 0 ? 'null' : rawId(frame, envelope);
    const isCarried = !options.isMember;
    options.onStatus({ type: 'reply-unmatched', id: String(raw), ...reasonFor(life, raw), isCarried });
  }
  if (!options.isMember) hub.toEndpoint.push(frame);
}

type Reason = { why: 'id-type' | 'duplicate' | 'null' | 'unasked'; asked: string | undefined };

function reasonFor({ inflight }: ServerLife, raw: RawId): Reason {
  if (raw === 'null') return { why: 'null', asked: undefined };
  const twin = twinOf(raw);
  const asked = twin === undefined ? undefined : inflight.peek(twin)?.rawId;
  if (asked !== undefined) return { why: 'id-type', asked: String(asked) };
  return { why: inflight.wasAnswered(raw) ? 'duplicate' : 'unasked', asked: undefined };
}

/** `"11"` for `11`, and the other way round. */
function twinOf(raw: RawId): RawId | undefined {
  const id: unknown = typeof raw === 'number' ? raw : JSON.parse(raw);
  if (typeof id === 'number') return JSON.stringify(String(id));
  if (typeof id !== 'string' || id.trim() === '' || !Number.isFinite(Number(id))) return undefined;
  return String(Number(id));
}
